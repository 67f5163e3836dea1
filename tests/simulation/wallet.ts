/**
 * Where a client gets its token from, and what can be wrong with that.
 *
 * A server that asks for tokens lets in who has a good one, and knows two principals by them.
 */
import type { DialContext } from 'holdfast'
import { SOMEBODY_ELSE } from './strangers.ts'
import type { World } from './world.ts'
import type { Tab } from './tab.ts'

export type WalletTrouble = 'slow' | 'throws' | 'rejects' | 'never' | 'expired' | 'foreign' | 'nonsense'

type Provided = string | undefined | Promise<string | undefined>

export class Wallet {
  trouble: WalletTrouble | undefined
  private readonly world: World

  constructor(world: World) {
    this.world = world
  }

  provider(tab: Tab): (context: DialContext) => Provided {
    return (context) => this.provide(tab, context)
  }

  private provide(tab: Tab, { refresh }: DialContext): Provided {
    const { world, trouble } = this
    const { auth, mirror, options } = world
    const { name } = tab.client
    const good = options.auth ? auth.tokenFor(name, refresh) : undefined
    if (refresh) world.coverage.sometimes('fresh token asked for')
    switch (trouble) {
      case undefined:
        return good
      case 'slow':
        return world.timeline.pause(4000).then(() => good)
      case 'throws':
        throw new Error('no token today')
      case 'rejects':
        return Promise.reject(new Error('no token today'))
      case 'never':
        return new Promise(() => undefined)
      case 'nonsense':
        return 42 as never
      case 'expired':
        return options.auth ? auth.expiredFor(name) : good
      case 'foreign':
        // Who comes first owns a session that nobody knows.
        if (!options.auth || !mirror.isKept(tab.session.id ?? '')) return good
        tab.client.mayClose('forbidden')
        return auth.tokenFor(SOMEBODY_ELSE, false)
    }
  }
}
