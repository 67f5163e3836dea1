/**
 * What two processes say to each other about a log: one JSON object a line, requests numbered by who asks.
 */
import type { SessionLog } from './session-log.ts'

export type Method = Exclude<keyof SessionLog, 'durability' | 'shared' | 'close'>

export interface Request {
  readonly id: number
  readonly method: Method
  readonly args: readonly unknown[]
}

export type Response =
  { readonly id: number; readonly value: unknown } | { readonly id: number; readonly error: string }

/** Where the log's process listens. */
export type Place = { readonly port: number; readonly host?: string } | { readonly path: string }

export function placeOf(
  place: Place,
): { readonly path: string } | { readonly port: number; readonly host: string } {
  return 'path' in place ? { path: place.path } : { port: place.port, host: place.host ?? '127.0.0.1' }
}

/** The longest answer that is read: a whole state with everything after it. */
const MAX_ANSWER = 256 * 1024 * 1024
/** The longest question that is read: a whole state, which as JSON in JSON is up to twice as long. */
export const MAX_QUESTION = 64 * 1024 * 1024

/** Puts lines together from the pieces in which they arrive. */
export class Lines {
  private pieces: string[] = []
  private length = 0
  private readonly most: number

  constructor(most = MAX_ANSWER) {
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

/** Writes lines to a socket, those of one turn together. */
export class LineWriter {
  private readonly socket: { write(text: string): unknown }
  private waiting = ''

  constructor(socket: { write(text: string): unknown }) {
    this.socket = socket
  }

  write(message: Request | Response): void {
    if (this.waiting === '') setImmediate(() => this.flush())
    this.waiting += `${JSON.stringify(message)}\n`
  }

  private flush(): void {
    const { waiting } = this
    this.waiting = ''
    this.socket.write(waiting)
  }
}
