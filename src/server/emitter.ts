/**
 * Listeners by name. One that throws or rejects harms neither its neighbours nor the caller.
 */
type Listener = (payload: never) => unknown

export class Emitter<Events extends { readonly [Name in keyof Events]: Listener }> {
  private readonly listeners = new Map<keyof Events, readonly Listener[]>()
  private readonly failed: (cause: unknown, name: keyof Events) => void

  /** @param failed - told of what a listener threw or rejected with */
  constructor(failed: (cause: unknown, name: keyof Events) => void) {
    this.failed = failed
  }

  /** @returns removes the listener; idempotent. */
  on<Name extends keyof Events>(name: Name, listener: Events[Name]): () => void {
    // A wrapper of its own, so that a listener added twice is two listeners and each is removed by itself.
    const own: Listener = (payload) => listener(payload)
    this.listeners.set(name, [...(this.listeners.get(name) ?? []), own])
    return () => {
      this.listeners.set(
        name,
        (this.listeners.get(name) ?? []).filter((one) => one !== own),
      )
    }
  }

  has(name: keyof Events): boolean {
    return this.of(name).length > 0
  }

  /** The listeners of this moment: adding or removing some makes a new list. */
  of<Name extends keyof Events>(name: Name): readonly Events[Name][] {
    return (this.listeners.get(name) ?? NOBODY) as readonly Events[Name][]
  }

  emit<Name extends keyof Events>(name: Name, payload: Parameters<Events[Name]>[0]): void {
    for (const listener of this.of(name)) {
      try {
        const result: unknown = listener(payload)
        if (isThenable(result)) result.then(undefined, (cause: unknown) => this.failed(cause, name))
      } catch (cause) {
        this.failed(cause, name)
      }
    }
  }
}

const NOBODY: readonly Listener[] = []

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  )
}
