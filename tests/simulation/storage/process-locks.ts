/**
 * The lock of processes over one simulated machine: as `holdProcessLock` has it, without sockets.
 */
import type { HoldLock } from '../../../src/adapters/journal-store.ts'
import { HoldfastError } from '../../../src/base/errors.ts'
import type { Queues } from './queues.ts'

/** What a process calls; what was asked in its name is let go by `queues.die(owner)`. */
export function processLock(queues: Queues, owner: object): HoldLock {
  return (directory, name, { blocked, signal }) =>
    new Promise((resolve, reject) => {
      const givenUp = (): HoldfastError => new HoldfastError('closed', 'Opening the store was given up.')
      if (signal.aborted) return reject(givenUp())
      const key = `${directory}\0${name}`
      const isFree = queues.isFree(key)
      const abort = (): void => {
        place.leave()
        reject(givenUp())
      }
      const place = queues.join(key, owner, () => {
        signal.removeEventListener('abort', abort)
        resolve({
          release: () => {
            place.leave()
            return Promise.resolve()
          },
        })
      })
      signal.addEventListener('abort', abort, { once: true })
      if (!isFree) blocked()
    })
}
