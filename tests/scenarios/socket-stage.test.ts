/** The socket stage: the same scripts on real sockets, against a process that is really killed. */
import { isDeepStrictEqual } from 'node:util'
import { afterEach, expect, test } from 'vitest'
import { connect, memoryStore } from 'holdfast'
import * as cue from 'holdfast/testing'
import { stageDoor } from './door.ts'

const door = stageDoor()
const closing: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

async function setting(): Promise<{
  stage: cue.SocketStage
  session: ReturnType<typeof connect>
  heard: unknown[]
}> {
  // What was answered before the server died is offered again if that was not written down in time: its number tells.
  const answered = new Set<number>()
  const app: cue.StageApp = {
    message: (one, { seq, data }) =>
      answered.has(seq) ? undefined : one.send({ echo: data }).then(() => answered.add(seq)),
  }
  const stage = await cue.socketStage({ door: await door, app })
  closing.push(() => stage.close())
  const session = connect(stage.url, { world: stage.world, store: memoryStore(), backoff: { max: 300 } })
  closing.push(() => session.close())
  const heard: unknown[] = []
  session.on('message', ({ data }) => void heard.push(data))
  await stage.until('online', () => session.status.kind === 'online')
  return { stage, session, heard }
}

for (const sign of ['fin', 'reset'] as const) {
  test(`[TS-3] a process that is killed (${sign}) and comes back has lost nothing`, async () => {
    const { stage, session, heard } = await setting()
    session.send(1)
    await stage.until('an echo', () => heard.length === 1)
    await stage.perform([cue.crash(sign)])
    await stage.until('a lost line', () => session.status.kind !== 'online')
    session.send(2)
    await stage.perform([cue.comeBack({ memory: 'kept' }), cue.expect(2)])
    await stage.until('both echoes', () => isDeepStrictEqual(heard.at(-1), { echo: 2 }))
    // A death between an answer's append and the news of it: the message is offered again, and this application,
    // which folds no state, answers it a second time. Both answers are in their place.
    const [once, ...more] = heard.filter((echo) => !isDeepStrictEqual(echo, { echo: 2 }))
    expect(once).toEqual({ echo: 1 })
    expect([[], [{ echo: 1 }]]).toContainEqual(more)
    expect(heard.filter((echo) => isDeepStrictEqual(echo, { echo: 2 }))).toHaveLength(1)
    expect(new Map(stage.received.map(({ seq, data }) => [seq, data]))).toEqual(
      new Map([
        [1, 1],
        [2, 2],
      ]),
    )
  })
}

test('[TS-3] a process that stands still goes on, and the network mutes, resets, closes and refuses', async () => {
  const { stage, session, heard } = await setting()
  let losses = 0
  session.on('lost', () => (losses += 1))
  await stage.perform([cue.hang(300)])
  session.send('after the pause')
  await stage.until('an echo', () => heard.length === 1)
  expect(losses).toBe(0)
  await stage.perform([cue.reset(), cue.accept()])
  await stage.until('one loss', () => losses === 1)
  await stage.perform([cue.close(1012, 'restart'), cue.accept()])
  await stage.until('two losses', () => losses === 2)
  await stage.perform([cue.say('<html>'), cue.accept()])
  await stage.until('three losses', () => losses === 3)
  await stage.perform([cue.reset(), cue.refuse(503, { times: 2 }), cue.accept()])
  await stage.until('four losses', () => losses === 4)
  await stage.perform(cue.script(cue.mute(500), cue.deliver('held back'), cue.after(100)))
  expect(heard).not.toContain('held back')
  await stage.until('what was held back', () => heard.includes('held back'))
  expect(stage.heard('hello')).toBe(5)
})
