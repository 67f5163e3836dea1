/**
 * Those who dial and are none of our clients: they say nothing, or say again what they have overheard.
 */
import { Host } from '../../src/testing/virtual/host.ts'
import { SUBPROTOCOL } from '../../src/protocol/frames.ts'
import type { World } from './world.ts'

/** The generation that forged hellos claim. */
export const FORGED = 999_999

/** Dials, says these texts when somebody answers, and hangs up after a while. */
export function visit(world: World, texts: readonly string[], ms: number): void {
  const host = new Host(world.timeline)
  const connection = world.network.dial(
    host,
    { url: 'ws://stage.test/', subprotocol: SUBPROTOCOL },
    {
      opened: () => {
        for (const text of texts) connection.send(text)
      },
      received: () => undefined,
      dropped: () => undefined,
    },
  )
  world.timeline.schedule((world.now + ms) as typeof world.timeline.now, () => connection.close(1000, ''))
}
