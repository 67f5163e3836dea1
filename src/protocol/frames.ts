/**
 * The frames of `holdfast.v1`: what may stand on the wire, in which direction, and in what shape.
 *
 * Each frame is one JSON object in one WebSocket text message, told apart by `type`. `docs/PROTOCOL.md` says
 * when each is sent and what it promises; this page only says what it looks like. Lengths of time carry
 * their unit in the field's name, because JSON has no types for them.
 */

/** The WebSocket subprotocol that both ends agree on. */
export const SUBPROTOCOL = 'holdfast.v1'
export const VERSION = 1

/** Why the client lost its last connection: the operator's diagnosis, for free. */
export interface LossReport {
  readonly cause: string
  readonly code?: number
  readonly downMs: number
  readonly attempts: number
}

export interface Hello {
  readonly type: 'hello'
  readonly version: number
  /** 128 random bits that name the session, in lower-case hexadecimal. */
  readonly session: string
  /** 256 random bits that prove whose it is, in lower-case hexadecimal. */
  readonly secret: string
  readonly generation: number
  /** The generation of the client's last hello that was welcomed: a log that knows only lower ones has lost it. Absent: none was. */
  readonly welcomed?: number
  /** The incarnation of the server's log that the numbers below belong to; absent before the first welcome. */
  readonly epoch?: string
  /** Highest contiguous down number committed at the client: a cumulative ack. */
  readonly received: number
  /**
   * Highest down number that has reached this process, committed or not: the replay starts above it, and a
   * server that forgot the session numbers on from it. Absent: the same as `received`.
   */
  readonly seen?: number
  /**
   * Highest down number that the client's state stands for, where a `snapshot` has put it ahead of the messages:
   * the log must give no number up to it to another message. The replay is not shorter for it. Absent: the same as `seen`.
   */
  readonly stands?: number
  /** Highest up number that the server has acknowledged to the client. */
  readonly acked: number
  readonly auth?: string
  /** Names this process or tab, for diagnosis only. */
  readonly client: string
  readonly why?: LossReport
}

export interface Heartbeat {
  /** How long the server lets its side of the line be silent before it pings. */
  readonly intervalMs: number
  /** The server closes after two intervals and this of silence. The client takes the interval alone. */
  readonly timeoutMs: number
}

export interface Limits {
  /** Largest message, in UTF-8 bytes of its JSON. */
  readonly messageBytes: number
  /** Most messages that either side may have in flight unacknowledged. */
  readonly window: number
  /** How long the server keeps a session that nobody is connected to. */
  readonly retainMs: number
}

/** What an acknowledgement means at the server: kept in memory, beyond the process, or on disk. */
export type Durability = 'memory' | 'process' | 'disk'

export type Outcome = 'created' | 'resumed' | 'reset'

/** Which rule of the handshake failed, when the outcome is `reset`. */
export type ResetReason = 'unknown' | 'expired' | 'regressed'

export interface Welcome {
  readonly type: 'welcome'
  readonly epoch: string
  readonly outcome: Outcome
  readonly reason?: ResetReason
  /** Highest contiguous up number in the log: a cumulative ack. */
  readonly received: number
  /** The replay that follows is `from … to`; empty when `to < from`. */
  readonly from: number
  readonly to: number
  /** Up messages stored but not yet processed. */
  readonly pending: number
  /** Whether the server wants the client's stored state. */
  readonly restore: boolean
  readonly heartbeat: Heartbeat
  /** Should this connection be lost without notice: dial again at a moment drawn evenly from this range. */
  readonly reconnectWithinMs?: number
  readonly limits: Limits
  readonly durability: Durability
  /** Names the instance, for diagnosis only. */
  readonly server: string
}

/** Messages numbered `from`, `from + 1`, …; the same shape in both directions. */
export interface Messages {
  readonly type: 'messages'
  readonly from: number
  readonly data: readonly unknown[]
}

export interface Ack {
  readonly type: 'ack'
  /** Everything down (client) or up (server) to this number is durably the sender's. */
  readonly received: number
}

/** Why numbers will never come: the server trimmed or expired them, or the client gave them up. */
export type GapReason = 'trimmed' | 'expired' | 'cancelled'

/** These numbers will never come. Sent before any higher number, in either direction. */
export interface Gap {
  readonly type: 'gap'
  readonly from: number
  readonly to: number
  readonly reason: GapReason
}

/**
 * One piece of the client's stored state; the pieces' `text`s joined are its JSON.
 *
 * `of: 0` says that there is none. The digest is that of the whole text.
 */
export interface Restore {
  readonly type: 'restore'
  readonly part: number
  readonly of: number
  readonly text: string
  /** SHA-256 of the whole text in UTF-8, in lower-case hexadecimal. */
  readonly digest: string
  /** The state stands for every up message to this number, acknowledged or not, … */
  readonly up: number
  /** … and every down message to this one. What it stands for is never folded into it again. */
  readonly down: number
}

/**
 * One piece of the server's copy of the state, which replaces the client's.
 *
 * It moves no cursor: messages that it stands for are still replayed to those who listen, but not folded.
 */
export interface Snapshot extends Omit<Restore, 'type'> {
  readonly type: 'snapshot'
}

/** The end of the replay: what follows is live. */
export interface Live {
  readonly type: 'live'
  readonly seq: number
}

export interface Auth {
  readonly type: 'auth'
  readonly token: string
}

export interface Ping {
  readonly type: 'ping'
  readonly id: number
  readonly received: number
}

export interface Pong {
  readonly type: 'pong'
  readonly id: number
  readonly received: number
}

export interface Bye {
  readonly type: 'bye'
}

/** The notice: the server will stop, and says when to come back. */
export interface Shutdown {
  readonly type: 'shutdown'
  readonly reason: string
  /** How long until the server closes this connection. */
  readonly closesInMs: number
  /** The client picks its moment evenly from `[afterMs, afterMs + withinMs]`. */
  readonly reconnect: { readonly afterMs: number; readonly withinMs: number }
  /** Whether another instance can already take the session: dial it before this connection ends. */
  readonly handoff: boolean
  readonly url?: string
}

export type RefusalCode =
  'unauthorized' | 'forbidden' | 'forked' | 'superseded' | 'protocol' | 'too-large' | 'overloaded' | 'ended'

/** Sent before the server closes: why, in band, because browsers cannot see why an upgrade failed. */
export interface Refusal {
  readonly type: 'error'
  readonly code: RefusalCode
  readonly message: string
  readonly retryAfterMs?: number
}

export type ClientFrame = Hello | Messages | Ack | Gap | Restore | Auth | Ping | Pong | Bye
export type ServerFrame = Welcome | Messages | Ack | Gap | Live | Snapshot | Ping | Pong | Shutdown | Refusal
