/**
 * How far we have got with the server's messages.
 *
 *     committed ≤ handled ≤ received
 *
 * `received` have come off a wire, `handled` the application is done with, and `committed` are in the store,
 * together with their effect on the state. Only the last is ever acknowledged.
 *
 * `stands` is the highest number that a state from the server stands for. It may be above them all: such a state is
 * ahead of the messages, which still come for the listeners.
 */
export interface Inbox {
  readonly received: number
  readonly handled: number
  readonly committed: number
  readonly stands: number
}

export const createInbox = (cursor = 0, stands = 0): Inbox => ({
  received: cursor,
  handled: cursor,
  committed: cursor,
  stands,
})

export type Arrival =
  /** All of it is known already; say again how far we are. */
  | { readonly kind: 'duplicate' }
  /** A number between was skipped: the peer broke the protocol. */
  | { readonly kind: 'hole' }
  | { readonly kind: 'news'; readonly skip: number }

/** The highest number that has come here, as a message or within the server's state. No other message may have it. */
export const highestKnown = ({ received, stands }: Inbox): number => Math.max(received, stands)

/** What to do with numbers `from … from + count - 1`. */
export function arrive(inbox: Inbox, from: number, count: number): Arrival {
  if (from > inbox.received + 1) return { kind: 'hole' }
  if (from + count - 1 <= inbox.received) return { kind: 'duplicate' }
  return { kind: 'news', skip: inbox.received + 1 - from }
}
