/** The virtual stage: a client's whole life against a server that restarts, in no time at all. */
import { expect, test } from 'vitest'
import { connect, memoryStore, type Session } from 'holdfast'
import * as cue from 'holdfast/testing'

function echoing(options: cue.VirtualStageOptions = {}): cue.VirtualStage {
  return cue.virtualStage({
    app: { message: (session, { data }) => session.send({ echo: data }) },
    ...options,
  })
}

function listening(session: Session<unknown, unknown, undefined>): unknown[] {
  const heard: unknown[] = []
  session.on('message', ({ data }) => void heard.push(data))
  return heard
}

test('[TS-1] a real client meets a real server in virtual time, and both are heard', async () => {
  const stage = echoing()
  const session = connect(stage.url, { world: stage.world, store: memoryStore() })
  const heard = listening(session)
  const sent = session.send('hello')
  await stage.advance(1000)
  expect(session.status.kind).toBe('online')
  expect(sent.state).toBe('acknowledged')
  expect(stage.received.map(({ data }) => data)).toEqual(['hello'])
  expect(heard).toEqual([{ echo: 'hello' }])
  await stage.close()
})

test('[TS-2] a script takes the server away and brings it back, and what was sent meanwhile arrives', async () => {
  const stage = echoing({
    script: cue.script(cue.accept(), cue.crash(), cue.downFor(60_000), cue.comeBack({ memory: 'kept' })),
  })
  const session = connect(stage.url, { world: stage.world, store: memoryStore() })
  const heard = listening(session)
  session.send(1)
  await stage.advance(5000)
  expect(session.status.kind).not.toBe('online')
  session.send(2)
  await stage.advance(180_000)
  expect(session.status.kind).toBe('online')
  expect(stage.received.map(({ data }) => data)).toEqual([1, 2])
  expect(heard).toEqual([{ echo: 1 }, { echo: 2 }])
  await stage.close()
})
