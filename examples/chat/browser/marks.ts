/**
 * How far each of the user's messages has got, and what that means.
 *
 * For a message of this page's life its delivery tells. For an older one the numbers do: acknowledgements
 * come in order, so of all messages the last `pending` ones are still on their way.
 */
import type { Delivery, DeliveryState } from 'holdfast'

export interface MarkMeaning {
  readonly word: string
  readonly meaning: string
}

export const MARKS: Readonly<Record<DeliveryState, MarkMeaning>> = {
  accepted: { word: 'Sending', meaning: 'Numbered, and on its way to this browser’s disk.' },
  stored: {
    word: 'Stored',
    meaning: 'On this browser’s disk. It survives a reload, and goes out with the next connection.',
  },
  sent: { word: 'Sent', meaning: 'On a wire. The server has not confirmed it yet.' },
  acknowledged: {
    word: 'Acknowledged',
    meaning: 'In the server’s log. It will be answered, whatever happens.',
  },
  failed: { word: 'Failed', meaning: 'Given up. Its fate is known and it will not be answered.' },
}

export interface Draft {
  readonly delivery: Delivery
  readonly text: string
}

export interface Marks {
  /** Watches a delivery; its text is shown until the state has it. */
  watch(draft: Draft): void
  /** A message from before this page was loaded has failed. The mark lasts as long as this page. */
  fail(seq: number): void
  /** The mark of a message that is in the state. */
  of(seq: number): DeliveryState
  /** Messages that are not in the state yet. */
  drafts(foldedUp: number): readonly Draft[]
}

export function createMarks(
  pendingNow: () => { readonly pending: number; readonly last: number },
  changed: () => void,
): Marks {
  const watched: Draft[] = []
  const failed = new Set<number>()
  return {
    watch: (draft) => {
      watched.push(draft)
      draft.delivery.onChange(changed)
    },
    fail: (seq) => {
      failed.add(seq)
      changed()
    },
    of: (seq) => {
      const own = watched.find(({ delivery }) => delivery.seq === seq)
      if (own !== undefined) return own.delivery.state
      if (failed.has(seq)) return 'failed'
      const { pending, last } = pendingNow()
      return seq > last - pending ? 'stored' : 'acknowledged'
    },
    drafts: (foldedUp) =>
      watched.filter(({ delivery }) => (delivery.seq ?? Infinity) > foldedUp && delivery.state !== 'failed'),
  }
}
