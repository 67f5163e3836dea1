/**
 * Exclusive locks by name, first come, first served: what the kernel or the browser keeps for all processes
 * of one machine, and lets go of when one of them dies.
 */
export interface Place {
  /** Gives it up, held or not. Harmless when called again. */
  leave(): void
}

interface Waiting {
  readonly owner: object
  readonly enter: () => void
  readonly lose: () => void
  isIn: boolean
}

export class Queues {
  private readonly queues = new Map<string, Waiting[]>()
  private readonly soon: (run: () => void) => void

  /** @param soon - runs what follows, after everything that is under way. */
  constructor(soon: (run: () => void) => void) {
    this.soon = soon
  }

  isFree(name: string): boolean {
    return (this.queues.get(name) ?? []).length === 0
  }

  /** @param lose - called if the lock was stolen. */
  join(name: string, owner: object, enter: () => void, lose: () => void = () => undefined): Place {
    const queue = this.queues.get(name) ?? []
    this.queues.set(name, queue)
    const waiting: Waiting = { owner, enter, lose, isIn: false }
    queue.push(waiting)
    this.letIn(queue)
    return { leave: () => this.remove(queue, waiting) }
  }

  /** Somebody takes every lock from its holder, who is told. @returns how many */
  stealAll(): number {
    let stolen = 0
    for (const queue of this.queues.values()) {
      const [holder] = queue
      if (holder?.isIn !== true) continue
      this.remove(queue, holder)
      holder.lose()
      stolen += 1
    }
    return stolen
  }

  /** Everything that the owner held or waited for is let go. */
  die(owner: object): void {
    for (const queue of this.queues.values())
      for (const waiting of queue.filter((one) => one.owner === owner)) this.remove(queue, waiting)
  }

  private remove(queue: Waiting[], waiting: Waiting): void {
    const place = queue.indexOf(waiting)
    if (place < 0) return
    queue.splice(place, 1)
    this.letIn(queue)
  }

  private letIn(queue: Waiting[]): void {
    const [first] = queue
    if (first === undefined || first.isIn) return
    first.isIn = true
    this.soon(() => {
      // It may have died or given up in the meantime.
      if (queue.includes(first)) first.enter()
    })
  }
}
