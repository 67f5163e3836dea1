/** F75, F83 and F84: how a client's process ends, and what its application does. */
import { isHoldfastError } from 'holdfast'
import type { Chance } from '../../../src/testing/virtual/chance.ts'
import { MISCHIEF, MOMENTS } from '../app.ts'
import type { Tab } from '../tab.ts'
import type { World } from '../world.ts'
import { type Family, lasts, onClient, SIGNS } from './fault.ts'

const TROUBLES = ['slow', 'throws', 'rejects', 'never', 'expired', 'foreign', 'nonsense'] as const

export const CLIENT_FAULTS: Family = {
  'F75 client dies': onClient((client, luck, world) => {
    if (luck.happens(0.7)) client.kill(luck.pick(SIGNS))
    else client.killAll(luck.pick(SIGNS))
    lasts(world, luck.between(0, luck.pick([10, 20_000])), () => client.start())
  }),
  'F83 application misbehaves': onClient((client, luck, world) => {
    const tab = client.process
    if (tab === undefined || tab.isClosing) return
    switch (luck.pick(['plot', 'plot', 'reconnect', 'close', 'end', 'hold', 'loop', 'bad'] as const)) {
      case 'plot':
        return tab.app.scheme({ moment: luck.pick(MOMENTS), mischief: luck.pick(MISCHIEF) })
      case 'reconnect':
        return tab.session.reconnect()
      case 'close':
        return client.closeAndComeBack(tab, luck.pick([0, 100, luck.between(0, 5000)]))
      case 'end':
        if (!luck.happens(0.2)) return
        world.coverage.sometimes('session ended by the application')
        void tab.close(true).then(() => client.comeBackIn(luck.between(0, 1000)))
        return
      case 'hold':
        return tab.app.holdUp(luck.between(1000, luck.pick([5000, 60_000])))
      case 'loop':
        void tab.app.loop(luck.whole(1, 5), luck.between(0, 3000))
        return
      case 'bad':
        return sendNonsense(tab, luck, world)
    }
  }),
  'F84 token provider fails': onClient((client, luck, world) => {
    const trouble = luck.pick(TROUBLES)
    client.wallet.trouble = trouble
    lasts(world, luck.between(100, luck.pick([5000, 30_000])), () => {
      if (client.wallet.trouble === trouble) client.wallet.trouble = undefined
    })
  }),
}

const cyclic: Record<string, unknown> = {}
cyclic['itself'] = cyclic

const NONSENSE: readonly (() => unknown)[] = [
  () => undefined,
  () => 10n,
  () => cyclic,
  () => () => 'a function',
  () => Symbol('a symbol'),
  () => ({
    get t() {
      throw new Error('a getter that throws')
    },
  }),
  () =>
    new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('a proxy that throws')
        },
      },
    ),
  () => 'x'.repeat(2_000_000),
  () => JSON.parse('['.repeat(100) + ']'.repeat(100)) as unknown,
]

/** Each is refused at the call, by an error of ours, and nothing is numbered. */
function sendNonsense(tab: Tab, luck: Chance, world: World): void {
  const { session } = tab
  if (session.status.kind === 'closed') return
  const before = session.pending
  const message = luck.pick(NONSENSE)()
  let code: string | undefined
  try {
    session.send(message)
  } catch (error) {
    code = isHoldfastError(error) ? error.code : String(error)
  }
  const isRefused = code === 'not-serializable' || code === 'message-too-large'
  world.laws.must('I23', isRefused, () => `what cannot be sent is ${code ?? 'taken'}`)
  world.laws.must('I24', session.pending === before, () => 'what was refused has a number')
  world.coverage.sometimes('nonsense refused at the call')
}
