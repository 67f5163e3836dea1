/**
 * Web Locks over one simulated origin: exclusive, first come, first served, and let go of when a tab dies.
 */
import type { Place, Queues } from './queues.ts'

interface Owner {
  readonly isDead: boolean
}

export interface LockHost {
  readonly queues: Queues
  /** Grants come later, never inside the call. */
  readonly soon: (run: () => void) => void
  /** As for a page of an opaque origin. */
  readonly areDenied: () => boolean
}

/** The locks as one tab sees them. */
export function webLocks({ queues, soon, areDenied }: LockHost, owner: Owner): LockManager {
  const request = (
    name: string,
    { ifAvailable = false, signal }: LockOptions,
    hold: (lock: Lock | null) => unknown,
  ): Promise<unknown> =>
    new Promise((resolve, reject) => {
      let place: Place | undefined
      let isGranted = false
      const abort = (): void => {
        if (isGranted) return
        place?.leave()
        reject(new DOMException('given up', 'AbortError'))
      }
      const run = (lock: Lock | null): void => {
        isGranted = true
        signal?.removeEventListener('abort', abort)
        void Promise.resolve(hold(lock)).then((result) => {
          place?.leave()
          resolve(result)
        })
      }
      if (areDenied()) return reject(new DOMException('denied', 'SecurityError'))
      if (signal?.aborted === true) return abort()
      signal?.addEventListener('abort', abort)
      soon(() => {
        if (owner.isDead || signal?.aborted === true) return
        if (ifAvailable && !queues.isFree(name)) return run(null)
        place = queues.join(
          name,
          owner,
          () => run({ name, mode: 'exclusive' }),
          () => reject(new DOMException('stolen', 'AbortError')),
        )
      })
    })
  // The rest of the interface is never asked for.
  return { request } as unknown as LockManager
}
