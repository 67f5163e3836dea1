/** Stories of lines whose end a client hears late, or not at all: what the laws ask of it then, and no more. */
import { expect, test } from 'vitest'
import { type Options, PLAIN } from './options.ts'
import { rest } from './run.ts'
import type { Tab } from './tab.ts'
import { World } from './world.ts'

async function tell(
  options: Partial<Options>,
  story: (world: World, tab: Tab) => Promise<void>,
): Promise<void> {
  const world = new World({ ...PLAIN, ...options })
  world.startServer()
  const client = world.addClient('c1')
  client.start()
  await world.run(1000)
  if (client.process === undefined) throw new Error('the client has not begun')
  await story(world, client.process)
  if (world.failure === undefined) await rest(world)
  expect(world.failure).toBeUndefined()
}

/** Its sockets tell an error, and no end after it. */
function sayErrorsAlone(world: World, { machine }: Tab): void {
  const party = world.lines.partyOf(machine.host)
  if (party !== undefined) party.dialer.manners.errorAlone = true
}

test.each(['browser', 'node'] as const)(
  'a machine falls asleep while it waits for the close that follows an error (%s)',
  async (sockets) => {
    await tell({ sockets }, async (world, tab) => {
      sayErrorsAlone(world, tab)
      for (const wire of tab.wires()) wire.reset()
      await world.run(60)
      tab.sleep(5000)
      await world.run(5000)
      // Whoever looks in these moments finds it online, and is to believe that.
      for (let ms = 0; ms < 100; ms += 5) await world.run(5)
    })
  },
)
