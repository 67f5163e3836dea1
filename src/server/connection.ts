/**
 * One socket, from its opening to its end: waits for a hello, has it admitted, and passes frames to its line.
 */
import { HoldfastError } from '../base/errors.ts'
import { after, milliseconds } from '../base/time.ts'
import { CLOSE } from '../protocol/close-codes.ts'
import { decodeClientFrame } from '../protocol/decode-client-frame.ts'
import { encode } from '../protocol/encode.ts'
import { type Hello, type RefusalCode, type ServerFrame, type Shutdown, VERSION } from '../protocol/frames.ts'
import { admit } from './admission.ts'
import { identify } from './authentication.ts'
import type { ConnectionInputs, ServerConnection } from './connection-port.ts'
import type { Instance } from './instance.ts'
import type { Line } from './line.ts'
import type { LiveSession } from './live-session.ts'

/** All that a stranger may say: one frame, and no longer than this. */
const MAX_HELLO = 64 * 1024

type Phase =
  | { readonly kind: 'strange' }
  | { readonly kind: 'greeting'; readonly hello: Hello }
  | { readonly kind: 'open'; readonly line: Line; readonly session: LiveSession }
  | { readonly kind: 'over' }

export class Connection implements ConnectionInputs {
  readonly socket: ServerConnection
  readonly instance: Instance
  readonly request: unknown
  private phase: Phase = { kind: 'strange' }
  private cancelDeadline: () => void = () => {}
  /** The token to check next, while another is being checked. */
  private token: string | undefined
  private isChecking = false

  constructor(instance: Instance, socket: ServerConnection, request: unknown) {
    this.instance = instance
    this.socket = socket
    this.request = request
    this.expectSoon()
  }

  get isOver(): boolean {
    return this.phase.kind === 'over'
  }

  /** Whether the client leaves unread what we send. */
  get isFlooded(): boolean {
    return this.socket.buffered() > this.instance.settings.limits.bufferedBytes
  }

  received(message: unknown): void {
    try {
      this.take(message)
    } catch (cause) {
      // No frame may ever take the server down; that one got here is our bug, and is told as what it looks like.
      this.instance.report(new HoldfastError('protocol', 'A frame could not be dealt with.', { cause }))
      this.fault('a frame that could not be dealt with')
    }
  }

  dropped(code: number, reason: string): void {
    if (this.phase.kind !== 'over') this.leave(code, reason)
  }

  send(frame: ServerFrame): void {
    if (this.phase.kind !== 'over') this.socket.send(encode(frame))
  }

  /** The client broke the protocol. */
  fault(what: string): void {
    this.refuse('protocol', CLOSE.protocol, what)
  }

  /** Says why, and ends. */
  refuse(code: RefusalCode, close: number, message: string, retryAfterMs?: number): void {
    this.send({
      type: 'error',
      code,
      message: message.slice(0, 1024),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    })
    this.close(close, code)
  }

  close(code: number, reason: string): void {
    if (this.phase.kind === 'over') return
    this.leave(code, reason)
    this.socket.close(code, reason)
  }

  /** Ends without a word, for a line that carries none. */
  kill(reason: string): void {
    if (this.phase.kind === 'over') return
    this.leave(CLOSE.abnormal, reason)
    this.socket.terminate()
  }

  /** The session has welcomed us. */
  open(line: Line, session: LiveSession): void {
    this.cancelDeadline()
    this.phase = { kind: 'open', line, session }
  }

  /** Tells the client that the server will stop; one that is not welcomed yet is told then. */
  announce(notice: Shutdown): void {
    if (this.phase.kind === 'open') this.send(notice)
  }

  /** Checks a fresh token, one at a time; of those that come meanwhile, the last. */
  authenticateAgain(token: string, session: LiveSession): void {
    this.token = token
    if (this.isChecking) return
    this.isChecking = true
    void this.checkTokens(session)
  }

  private take(message: unknown): void {
    const { phase } = this
    switch (phase.kind) {
      case 'over':
        return
      case 'strange':
        return this.greet(message)
      case 'greeting':
        return this.fault('a frame before the welcome')
      case 'open': {
        phase.line.heard()
        if (phase.line.isLeaving) return
        const decoded = decodeClientFrame(message)
        return 'fault' in decoded ? this.fault(decoded.fault) : phase.line.hear(decoded.frame)
      }
    }
  }

  private greet(message: unknown): void {
    if (typeof message === 'string' && message.length > MAX_HELLO)
      return this.fault('a hello that is too long')
    const decoded = decodeClientFrame(message)
    if ('fault' in decoded) return this.fault(decoded.fault)
    const { frame } = decoded
    if (frame.type !== 'hello') return this.fault(`${frame.type} before the hello`)
    if (frame.version !== VERSION)
      return this.fault(`version ${frame.version}; this server speaks ${VERSION}`)
    this.phase = { kind: 'greeting', hello: frame }
    this.cancelDeadline()
    this.expectSoon()
    void admit(this, frame)
  }

  private expectSoon(): void {
    const { clock, settings } = this.instance
    const deadline = after(clock.now(), milliseconds(settings.limits.helloWithinMs))
    this.cancelDeadline = clock.alarm(deadline, () => this.close(CLOSE.slowHandshake, 'handshake too slow'))
  }

  private async checkTokens(session: LiveSession): Promise<void> {
    while (this.token !== undefined && !this.isOver) {
      const { token } = this
      this.token = undefined
      const subject = await identify(this, token)
      if (subject !== undefined && subject !== session.subject)
        this.refuse('forbidden', CLOSE.forbidden, 'not allowed')
    }
    this.isChecking = false
  }

  private leave(code: number, reason: string): void {
    const { phase } = this
    this.phase = { kind: 'over' }
    this.cancelDeadline()
    this.instance.connections.delete(this)
    if (phase.kind === 'open') {
      phase.line.stop()
      phase.session.left(this, code, reason)
    }
    this.instance.left()
  }
}
