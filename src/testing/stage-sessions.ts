/**
 * What a stage knows of its sessions, over all the processes that they live through.
 */
import { HoldfastError } from '../base/errors.ts'
import type { ReceivedMessage, StageApp, StageSession } from './stage.ts'

/** A session as one server process has it. */
export interface HostedSession {
  readonly id: string
  readonly connected: boolean
  /** The server's fold, if it keeps one and lives in this process. */
  readonly state?: unknown
  send(data: unknown): Promise<number>
}

interface Wish {
  readonly holds: () => boolean
  readonly fulfil: () => void
}

export class StageSessions {
  readonly received: ReceivedMessage[] = []
  readonly all: StageSession[] = []
  private readonly app: StageApp
  private readonly hosted = new Map<string, HostedSession>()
  private readonly byId = new Map<string, StageSession>()
  private wishes: Wish[] = []
  private welcomes = 0
  private readTo = 0

  constructor(app: StageApp) {
    this.app = app
  }

  /** A process has the session now. @returns what it is to do with each message */
  host(session: HostedSession): (message: Omit<ReceivedMessage, 'session'>) => unknown {
    const { id } = session
    this.hosted.set(id, session)
    let known = this.byId.get(id)
    if (known === undefined) {
      known = this.faceOf(id)
      this.byId.set(id, known)
      this.all.push(known)
    }
    const face = known
    this.app.session?.(face)
    this.look()
    return ({ seq, data, redelivered }) => {
      const message: ReceivedMessage = { session: id, seq, data, redelivered }
      this.received.push(message)
      this.look()
      return this.app.message?.(face, message)
    }
  }

  /** A process does not have it any more. */
  release(session: HostedSession): void {
    if (this.hosted.get(session.id) === session) this.hosted.delete(session.id)
  }

  /** A process is dead, and with it what it had. */
  releaseAll(): void {
    this.hosted.clear()
  }

  stateOf(session: string): unknown {
    return this.hosted.get(session)?.state
  }

  welcomed(): void {
    this.welcomes += 1
    this.look()
  }

  /** What was welcomed before counts no more. */
  disturb(): void {
    this.welcomes = 0
  }

  nextWelcome(): Promise<void> {
    return this.when(() => this.welcomes > 0)
  }

  /** Sends each of the values to every session, once there is one. */
  async deliver(data: readonly unknown[]): Promise<void> {
    await this.when(() => this.hosted.size > 0)
    await Promise.all([...this.hosted.values()].flatMap((session) => data.map((one) => session.send(one))))
  }

  /** Resolves when the application has been given the values, one after another, since the last such wish. */
  async heard(data: readonly unknown[]): Promise<void> {
    for (const one of data) {
      const text = JSON.stringify(one)
      await this.when(() => {
        const place = this.received.findIndex(
          (message, index) => index >= this.readTo && JSON.stringify(message.data) === text,
        )
        if (place >= 0) this.readTo = place + 1
        return place >= 0
      })
    }
  }

  /** Resolves when it holds; looked at whenever something happens here. */
  when(holds: () => boolean): Promise<void> {
    if (holds()) return Promise.resolve()
    return new Promise((resolve) => this.wishes.push({ holds, fulfil: resolve }))
  }

  look(): void {
    const waiting = this.wishes
    if (waiting.length === 0) return
    this.wishes = []
    for (const wish of waiting) {
      if (wish.holds()) wish.fulfil()
      else this.wishes.push(wish)
    }
  }

  private faceOf(id: string): StageSession {
    const { hosted } = this
    return {
      id,
      get connected() {
        return hosted.get(id)?.connected === true
      },
      send: (data) =>
        hosted.get(id)?.send(data) ??
        Promise.reject(
          new HoldfastError('stage-failed', 'No server has the session now.', {
            hint: 'Wait for it with `until`.',
          }),
        ),
    }
  }
}
