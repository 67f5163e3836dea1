/**
 * What a session tells the application: nothing before it is ready, and every trouble to somebody.
 */
import { HoldfastError } from '../base/errors.ts'
import type { ServerSessionEvents } from './api.ts'
import { Emitter } from './emitter.ts'

type Events = ServerSessionEvents<unknown>

export class Voice extends Emitter<Events> {
  /** Whether the application knows of the session. */
  isAnnounced = false
  private readonly elsewhere: (error: HoldfastError) => void

  /** @param elsewhere - told of trouble that nobody listens for here */
  constructor(elsewhere: (error: HoldfastError) => void) {
    super((cause, name) => this.listenerFailed(cause, name))
    this.elsewhere = elsewhere
  }

  override emit<Name extends keyof Events>(name: Name, payload: Parameters<Events[Name]>[0]): void {
    if (this.isAnnounced) super.emit(name, payload)
  }

  /** Who is to be offered messages. */
  audience(): readonly Events['message'][] {
    return this.isAnnounced ? this.of('message') : []
  }

  fail(error: HoldfastError): void {
    if (this.isAnnounced && this.has('error')) this.emit('error', error)
    else this.elsewhere(error)
  }

  listenerFailed(cause: unknown, name: keyof Events): void {
    // A listener for errors that fails has nobody left to be told to.
    if (name !== 'error')
      this.fail(new HoldfastError('listener-failed', `A listener of ${name} failed.`, { cause }))
  }
}
