/**
 * What a session tells the application: nothing before it is ready, and every trouble to somebody.
 */
import { HoldfastError } from '../base/errors.ts'
import type { ServerSessionEvents } from './api.ts'
import { Emitter } from './emitter.ts'
import type { Instance } from './instance.ts'

type Events = ServerSessionEvents<unknown>

export class Voice extends Emitter<Events> {
  /** Whether the application knows of the session. */
  isAnnounced = false
  /** What is to be told of the connection once the session is ready. */
  arrival: Parameters<Events['connected']>[0] | undefined
  private readonly instance: Pick<Instance, 'isSilent' | 'report'>

  /** @param instance - told of trouble that nobody listens for here */
  constructor(instance: Pick<Instance, 'isSilent' | 'report'>) {
    super((cause, name) => this.listenerFailed(cause, name))
    this.instance = instance
  }

  override emit<Name extends keyof Events>(name: Name, payload: Parameters<Events[Name]>[0]): void {
    if (this.isAnnounced && !this.instance.isSilent) super.emit(name, payload)
  }

  /** @param introduce - tells the application of the session, unless it knows it already */
  announce(introduce: () => void): void {
    if (!this.isAnnounced) {
      this.isAnnounced = true
      introduce()
    }
    const { arrival } = this
    this.arrival = undefined
    if (arrival !== undefined) this.emit('connected', arrival)
  }

  /** Who is to be offered messages. */
  audience(): readonly Events['message'][] {
    return this.isAnnounced ? this.of('message') : []
  }

  fail(error: HoldfastError): void {
    if (this.isAnnounced && this.has('error')) this.emit('error', error)
    else this.instance.report(error)
  }

  listenerFailed(cause: unknown, name: keyof Events): void {
    // A listener for errors that fails has nobody left to be told to.
    if (name !== 'error')
      this.fail(new HoldfastError('listener-failed', `A listener of ${name} failed.`, { cause }))
  }
}
