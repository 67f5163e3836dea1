/**
 * The menu of faults: every one has a number, a bit in the swarm of a seed, and a rate.
 */
import { CLIENT_FAULTS } from './client.ts'
import type { Family, Inject } from './fault.ts'
import { FORGERY_FAULTS } from './forgery.ts'
import { HANDSHAKE_FAULTS } from './handshake.ts'
import { LOG_FAULTS } from './log.ts'
import { NETWORK_FAULTS } from './network.ts'
import { PAGE_FAULTS } from './page.ts'
import { ROUTE_FAULTS } from './route.ts'
import { SERVER_FAULTS } from './server.ts'
import { SOCKET_FAULTS } from './sockets.ts'
import { STORE_FAULTS } from './store.ts'

export interface Fault {
  /** `F5` */
  readonly number: string
  readonly about: string
  readonly inject: Inject
}

/** By number, in the order of their numbers. */
export const FAULTS: ReadonlyMap<string, Fault> = menuOf([
  NETWORK_FAULTS,
  ROUTE_FAULTS,
  FORGERY_FAULTS,
  HANDSHAKE_FAULTS,
  SOCKET_FAULTS,
  SERVER_FAULTS,
  LOG_FAULTS,
  STORE_FAULTS,
  CLIENT_FAULTS,
  PAGE_FAULTS,
])

function menuOf(families: readonly Family[]): ReadonlyMap<string, Fault> {
  const faults = families.flatMap((family) =>
    Object.entries(family).map(([title, inject]): [string, Fault] => {
      const [number = ''] = title.split(' ')
      return [number, { number, about: title.slice(number.length + 1), inject }]
    }),
  )
  const menu = new Map(faults.sort(([one], [other]) => Number(one.slice(1)) - Number(other.slice(1))))
  if (menu.size < faults.length) throw new Error('two faults have the same number')
  return menu
}
