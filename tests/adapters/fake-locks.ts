/**
 * Web Locks as far as the stores use them: exclusive locks by name, first come, first served.
 */
interface Waiting {
  readonly enter: () => void
}

export function fakeLocks(): { readonly locks: LockManager; readonly steal: (name: string) => void } {
  const queues = new Map<string, Waiting[]>()
  const thieves = new Map<string, () => void>()

  const request = (
    name: string,
    { ifAvailable = false, signal }: LockOptions,
    hold: (lock: Lock | null) => unknown,
  ): Promise<unknown> => {
    const queue = queues.get(name) ?? []
    queues.set(name, queue)
    if (ifAvailable && queue.length > 0) return Promise.resolve(hold(null))
    return new Promise((resolve, reject) => {
      const leave = (waiting: Waiting): void => {
        const first = queue[0] === waiting
        queue.splice(queue.indexOf(waiting), 1)
        if (first) queue[0]?.enter()
      }
      const waiting: Waiting = {
        enter: () => {
          thieves.set(name, () => reject(new DOMException('stolen', 'AbortError')))
          void Promise.resolve(hold({ name, mode: 'exclusive' })).then((result) => {
            leave(waiting)
            resolve(result)
          })
        },
      }
      signal?.addEventListener('abort', () => {
        if (queue[0] === waiting) return
        leave(waiting)
        reject(new DOMException('given up', 'AbortError'))
      })
      queue.push(waiting)
      if (queue.length === 1) waiting.enter()
    })
  }
  // The rest of the interface is never asked for.
  const locks = { request } as unknown as LockManager
  return { locks, steal: (name) => thieves.get(name)?.() }
}
