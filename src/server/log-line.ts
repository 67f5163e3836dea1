/**
 * The line to a log's process: every question is numbered, and answered once or failed.
 *
 * It connects when it is asked something, and again when the log's process comes back. What was on its way when
 * the line broke is asked again: the log's rules make that safe for everything but a greeting, which would fence
 * itself, and so fails.
 */
import { connect, type Socket } from 'node:net'
import { HoldfastError } from '../base/errors.ts'
import { checkRange } from './check.ts'
import { checkPlace, type Place, placeOf } from './log-place.ts'
import { asAtFirst, isAnswer } from './log-answers.ts'
import { lineOf, Lines, LineWriter, MAX_LINE, type Method, type Request } from './log-wire.ts'

interface Question {
  readonly request: Request
  readonly line: string
  /** Whether it was on its way when a line broke, and may have been done then. */
  isRepeated: boolean
  readonly failsAt: number
  readonly resolve: (value: unknown) => void
  readonly reject: (error: HoldfastError) => void
}

const FIRST_RETRY_MS = 20
const MOST_RETRY_MS = 500

export class LogLine {
  private readonly place: Place
  private readonly timeoutMs: number
  private readonly mostCharacters: number
  private lastId = 0
  /** Asked and not answered, oldest first; those that wait for a connection are among them. */
  private readonly questions = new Map<number, Question>()
  /** Not written yet. */
  private unsent: Question[] = []
  private socket: Socket | undefined
  private writer: LineWriter | undefined
  private retryMs = FIRST_RETRY_MS
  private timer: ReturnType<typeof setTimeout> | undefined
  private isClosed = false

  constructor(options: Place & { readonly timeoutMs?: number }, mostCharacters = MAX_LINE) {
    checkPlace(options, 1)
    this.place = options
    this.mostCharacters = mostCharacters
    this.timeoutMs = options.timeoutMs ?? 5000
    checkRange('timeoutMs', this.timeoutMs, 1, 3_600_000)
  }

  ask(method: Method, args: readonly unknown[]): Promise<unknown> {
    if (this.isClosed) return Promise.reject(failure('The log was closed.'))
    this.lastId += 1
    const request = { id: this.lastId, method, args }
    // The log's process would cut the line on it, on everybody's questions, and again whenever it is repeated.
    const line = lineOf(request, this.mostCharacters)
    if (line === undefined)
      return Promise.reject(failure(`More than ${this.mostCharacters} characters for ${method}: too long.`))
    return new Promise((resolve, reject) => {
      const failsAt = performance.now() + this.timeoutMs
      const question: Question = { request, line, isRepeated: false, failsAt, resolve, reject }
      this.questions.set(request.id, question)
      if (this.writer !== undefined) this.writer.write(line)
      else {
        this.unsent.push(question)
        if (this.socket === undefined) this.connect()
      }
      this.timer ??= setTimeout(() => this.sweep(), this.timeoutMs)
    })
  }

  close(): Promise<void> {
    this.isClosed = true
    clearTimeout(this.timer)
    this.socket?.destroy()
    for (const question of this.questions.values()) question.reject(failure('The log was closed.'))
    this.questions.clear()
    this.unsent = []
    return Promise.resolve()
  }

  private connect(): void {
    const socket = connect(placeOf(this.place))
    this.socket = socket
    socket.setEncoding('utf8')
    socket.setNoDelay(true)
    socket.on('connect', () => this.connected(socket))
    // An error is followed by a close.
    socket.on('error', () => {})
    socket.on('close', () => this.lost())
    const lines = new Lines()
    socket.on('data', (piece: string) => {
      try {
        for (const line of lines.take(piece)) this.answered(JSON.parse(line) as never)
      } catch {
        socket.destroy()
      }
    })
  }

  private connected(socket: Socket): void {
    this.retryMs = FIRST_RETRY_MS
    this.writer = new LineWriter(socket)
    for (const { line } of this.unsent) this.writer.write(line)
    this.unsent = []
  }

  private answered({ id, value, error }: { id?: unknown; value?: unknown; error?: unknown }): void {
    const question = typeof id === 'number' ? this.questions.get(id) : undefined
    // Perhaps it came too late.
    if (question === undefined) return
    this.questions.delete(question.request.id)
    const { method } = question.request
    if (typeof error === 'string')
      question.reject(failure(`The log failed at ${method}: ${error.slice(0, 200)}`))
    else if (isAnswer(method, value))
      question.resolve(question.isRepeated ? asAtFirst(question.request, value) : value)
    else question.reject(failure(`The log answered ${method} with something else.`))
  }

  private lost(): void {
    this.socket = undefined
    this.writer = undefined
    const unsent = new Set(this.unsent)
    for (const [id, question] of this.questions) {
      if (unsent.has(question)) continue
      question.isRepeated = true
      if (question.request.method !== 'greet') continue
      this.questions.delete(id)
      question.reject(failure('The connection to the log was lost.'))
    }
    // Oldest first, as they were asked.
    this.unsent = [...this.questions.values()]
    if (this.isClosed || this.unsent.length === 0) return
    setTimeout(() => {
      if (!this.isClosed && this.socket === undefined && this.unsent.length > 0) this.connect()
    }, this.retryMs)
    this.retryMs = Math.min(this.retryMs * 2, MOST_RETRY_MS)
  }

  /** Fails what has waited too long. */
  private sweep(): void {
    this.timer = undefined
    const now = performance.now()
    for (const [id, question] of this.questions) {
      if (question.failsAt > now) {
        this.timer = setTimeout(() => this.sweep(), question.failsAt - now + 1)
        return
      }
      this.questions.delete(id)
      this.unsent = this.unsent.filter((one) => one !== question)
      question.reject(
        failure(`The log did not answer ${question.request.method} within ${this.timeoutMs} ms.`),
      )
    }
  }
}

function failure(message: string): HoldfastError {
  return new HoldfastError('log-failed', message)
}
