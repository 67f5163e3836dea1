/** What the simulation once found, as scripts of their own. */
import { expect, test } from 'vitest'
import { connect, memoryStore } from 'holdfast'
import { accept, comeBack, crash, downFor, script, virtualStage, welcomeLate } from 'holdfast/testing'

const count = { initial: 0, reduce: (sum: unknown): number => Number(sum) + 1 }

test('[SIM-3] a server that waited too long for a state takes it for what it is: late, not nonsense', async () => {
  const stage = virtualStage({ server: { state: count } })
  const session = connect(stage.url, { world: stage.world, store: memoryStore(), state: count })
  const causes: string[] = []
  session.on('lost', ({ cause }) => void causes.push(cause))
  session.send('one')
  await stage.perform(script(accept()))
  await stage.advance(1000)
  // The welcome that asks for the state is longer on its way than the server's patience lasts.
  const cues = script(crash(), downFor(1000), comeBack({ memory: 'lost' }), welcomeLate(7000), accept())
  await stage.perform(cues)
  await stage.advance(30_000)
  expect(session.status.kind).toBe('online')
  expect(causes).toEqual(['closed'])
  await stage.close()
})
