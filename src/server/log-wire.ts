/**
 * What two processes say to each other about a log: one JSON object a line, requests numbered by who asks.
 */
import { MAX_STATE_CHARACTERS } from '../protocol/limits.ts'
import type { SessionLog } from './session-log.ts'

export type Method = Exclude<keyof SessionLog, 'durability' | 'shared' | 'close'>

export interface Request {
  readonly id: number
  readonly method: Method
  readonly args: readonly unknown[]
}

export type Response =
  { readonly id: number; readonly value: unknown } | { readonly id: number; readonly error: string }

/**
 * The longest line that either side writes or reads: a whole state, which as JSON in JSON is up to twice as long,
 * with everything after it.
 */
export const MAX_LINE = 2 * MAX_STATE_CHARACTERS + 64 * 1024 * 1024

/** What goes over the line; `undefined` if it is too long, for a longer one would cost all others their line. */
export function lineOf(message: Request | Response, most = MAX_LINE): string | undefined {
  try {
    const line = JSON.stringify(message)
    return line.length > most ? undefined : line
  } catch (cause) {
    // Longer than any string can be.
    if (cause instanceof RangeError) return undefined
    throw cause
  }
}

/** Puts lines together from the pieces in which they arrive. */
export class Lines {
  private pieces: string[] = []
  private length = 0
  private readonly most: number

  constructor(most = MAX_LINE) {
    this.most = most
  }

  /** @returns the lines that are whole now. @throws if a line is far too long */
  take(piece: string): readonly string[] {
    if (!piece.includes('\n')) {
      this.pieces.push(piece)
      this.length += piece.length
      if (this.length > this.most) throw new RangeError('a line that does not end')
      return []
    }
    const lines = (this.pieces.join('') + piece).split('\n')
    const rest = lines.pop() ?? ''
    this.pieces = rest === '' ? [] : [rest]
    this.length = rest.length
    return lines
  }
}

/** Characters that are put together at most: two long lines may be longer than any string can be. */
const TOGETHER = 1024 * 1024

/** Writes lines to a socket, those of one turn together. */
export class LineWriter {
  private readonly socket: { write(text: string): unknown }
  private waiting = ''

  constructor(socket: { write(text: string): unknown }) {
    this.socket = socket
  }

  write(line: string): void {
    if (this.waiting === '') setImmediate(() => this.flush())
    else if (this.waiting.length + line.length > TOGETHER) this.flush()
    this.waiting += `${line}\n`
  }

  private flush(): void {
    const { waiting } = this
    this.waiting = ''
    this.socket.write(waiting)
  }
}
