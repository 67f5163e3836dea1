/**
 * A promise that is settled from outside, and whose rejection is nobody's fault if nobody waits for it.
 *
 * What it tells is told by an event as well, so a caller who does not care need not catch.
 */
export class Promised<Value> {
  readonly promise: Promise<Value>
  resolve!: (value: Value) => void
  private refuse!: (cause: Error) => void

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve
      this.refuse = reject
    })
  }

  reject(cause: Error): void {
    this.promise.catch(() => {})
    this.refuse(cause)
  }
}

export function rejected(cause: Error): Promise<never> {
  const promised = new Promised<never>()
  promised.reject(cause)
  return promised.promise
}
