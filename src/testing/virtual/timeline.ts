/**
 * Time as a queue of events: it passes only from one event to the next, so an hour costs what happens in it.
 *
 * After each event everything that follows from it without the passing of time (promises, microtasks) is let
 * run to its end. One turn of the real event loop does that, however long the chains are, because microtasks
 * always go first; counting awaits would break with the first chain that is one link longer.
 */
import { after, at, type Instant, milliseconds, NEVER } from '../../base/time.ts'

interface Happening {
  readonly at: Instant
  readonly order: number
  run: (() => void) | undefined
}

export class Timeline {
  now: Instant = at(1000)
  /** Whether something real is under way that virtual time must wait for. */
  isBusy: () => boolean = () => false
  /** Lets everything run that needs no time. */
  turn: () => Promise<void> = turn
  private readonly heap: Happening[] = []
  private orders = 0
  /** Set by a pause in virtual time: who advances it must not do so twice at once. */
  private isAdvancing = false

  /** @returns takes it back; harmless when it has happened. */
  schedule(when: Instant, run: () => void): () => void {
    const happening: Happening = { at: when < this.now ? this.now : when, order: this.orders, run }
    this.orders += 1
    this.push(happening)
    return () => (happening.run = undefined)
  }

  /** Resolves when so much virtual time has passed. */
  pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.schedule(after(this.now, milliseconds(ms)), resolve))
  }

  /** When the next thing happens; `NEVER` if nothing will. */
  get next(): Instant {
    for (let top = this.heap[0]; top !== undefined; top = this.heap[0]) {
      if (top.run !== undefined) return top.at
      this.pop()
    }
    return NEVER
  }

  /** Lets time pass to a moment, event by event, until `isDone` says so. */
  async advance(until: Instant, isDone: () => boolean = () => false): Promise<void> {
    if (this.isAdvancing)
      throw new Error('holdfast/testing: virtual time is being advanced already; await it')
    this.isAdvancing = true
    try {
      await this.settle()
      while (!isDone() && this.next <= until) {
        const happening = this.pop()
        if (happening?.run === undefined) continue
        this.now = happening.at
        happening.run()
        await this.settle()
      }
      if (!isDone() && until > this.now) this.now = until
    } finally {
      this.isAdvancing = false
    }
  }

  private async settle(): Promise<void> {
    do await this.turn()
    while (this.isBusy())
  }

  private push(happening: Happening): void {
    const { heap } = this
    let place = heap.push(happening) - 1
    while (place > 0) {
      const above = (place - 1) >> 1
      const parent = heap[above] as Happening
      if (!isBefore(happening, parent)) break
      heap[place] = parent
      place = above
    }
    heap[place] = happening
  }

  private pop(): Happening | undefined {
    const { heap } = this
    const top = heap[0]
    const last = heap.pop()
    if (top === undefined || last === undefined || heap.length === 0) return top
    let place = 0
    for (;;) {
      let below = place * 2 + 1
      const right = heap[below + 1]
      if (right !== undefined && isBefore(right, heap[below] as Happening)) below += 1
      const child = heap[below]
      if (child === undefined || !isBefore(child, last)) break
      heap[place] = child
      place = below
    }
    heap[place] = last
    return top
  }
}

const isBefore = (one: Happening, other: Happening): boolean =>
  one.at < other.at || (one.at === other.at && one.order < other.order)

type Turn = (run: () => void) => void

/** Taken once, at the start: a test that fakes the timers later must not stop virtual time. */
const nextTurn: Turn = turnTaker()

/** Resolves when everything that needs no time has run. */
export const turn = (): Promise<void> => new Promise((resolve) => nextTurn(resolve))

function turnTaker(): Turn {
  const { setImmediate } = globalThis as { setImmediate?: Turn }
  if (setImmediate !== undefined) return (run) => setImmediate(run)
  // A browser: a message to ourselves is the cheapest turn there, and unlike a timer it is not throttled.
  const { port1, port2 } = new MessageChannel()
  const waiting: (() => void)[] = []
  port1.onmessage = () => waiting.shift()?.()
  return (run) => {
    waiting.push(run)
    port2.postMessage(0)
  }
}
