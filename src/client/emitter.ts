/**
 * Typed events over eventemitter3, made safe: a listener that throws harms neither the others nor us.
 *
 * The only file that knows the emitter. eventemitter3 itself lets an exception through to whoever emits, and
 * skips the remaining listeners; so the listeners are called from here.
 */
import { EventEmitter } from 'eventemitter3'
import { isThenable } from '../base/thenable.ts'

// Listeners differ by event; what they all have in common is that they can be called.
type Listener = (...payload: never[]) => unknown

export class Emitter<Events> {
  private readonly inner = new EventEmitter()
  private readonly failed: (error: unknown, event: string) => void

  constructor(failed: (error: unknown, event: string) => void) {
    this.failed = failed
  }

  on<Name extends keyof Events & string>(name: Name, listener: Events[Name] & Listener): () => void {
    // The emitter removes by identity: a function that was added twice would go twice.
    const own = (...payload: never[]) => listener(...payload)
    this.inner.on(name, own as never)
    return () => void this.inner.off(name, own as never)
  }

  once<Name extends keyof Events & string>(name: Name, listener: Events[Name] & Listener): () => void {
    const stop = this.on(name, ((...payload: never[]) => {
      stop()
      return listener(...payload)
    }) as Events[Name] & Listener)
    return stop
  }

  has(name: keyof Events & string): boolean {
    return this.inner.listenerCount(name) > 0
  }

  /** @returns the promises of those listeners that returned one; they never reject. */
  emit<Name extends keyof Events & string>(
    name: Name,
    ...payload: Events[Name] extends (...args: infer Args) => unknown ? Args : never
  ): readonly Promise<void>[] {
    const pending: Promise<void>[] = []
    // A copy of the list: who is added now hears the next one.
    for (const listener of this.inner.listeners(name)) {
      const result = callSafely(
        () => (listener as (...args: readonly unknown[]) => unknown)(...payload),
        (error) => this.failed(error, name),
      )
      if (result !== undefined) pending.push(result)
    }
    return pending
  }
}

/**
 * Calls foreign code.
 *
 * @returns a promise that never rejects, if the code returned one; what it throws or rejects with goes to `failed`.
 */
export function callSafely(call: () => unknown, failed: (error: unknown) => void): Promise<void> | undefined {
  try {
    const result = call()
    return isThenable(result) ? Promise.resolve(result).then(() => undefined, failed) : undefined
  } catch (error) {
    failed(error)
    return undefined
  }
}
