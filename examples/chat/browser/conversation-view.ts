/**
 * The conversation on the page.
 *
 * What is settled is drawn once and left alone; what is live is brought up to date. Text is written as text,
 * never as HTML, so what a model says stays something that it says.
 */
import { toolCallsOf } from 'holdfast/agent'
import type { AgentState, AssistantEntry, ConversationEntry, ToolCall, UserEntry } from 'holdfast/agent'
import type { DeliveryState } from 'holdfast'
import { make, write } from './dom.ts'
import { MARKS } from './marks.ts'
import type { Draft, Marks } from './marks.ts'
import { createToolCard } from './tool-card.ts'
import type { ToolCard } from './tool-card.ts'

/** Older entries stay in the state and off the page. */
const SHOWN = 200

interface Drawn {
  readonly node: HTMLElement
  update(entry: ConversationEntry, calls: readonly ToolCall[]): void
}

export interface ConversationView {
  show(state: AgentState, online: boolean): void
  /** Deliveries have moved on. */
  mark(state: AgentState): void
}

export function createConversationView(
  list: HTMLElement,
  scroll: HTMLElement,
  marks: Marks,
): ConversationView {
  const drawn = new Map<string, Drawn>()
  const users = new Map<number, HTMLElement>()
  let settled = 0

  const drawnFor = (entry: ConversationEntry): Drawn => {
    const known = drawn.get(entry.id)
    if (known !== undefined) return known
    const fresh = entry.role === 'user' ? drawUser(entry, users) : drawAssistant(entry)
    drawn.set(entry.id, fresh)
    list.append(fresh.node)
    return fresh
  }

  const mark = (state: AgentState): void => {
    for (const [seq, caption] of users) showMark(caption, marks.of(seq))
    const drafts = marks.drafts(state.folded.up)
    for (const stale of [...list.querySelectorAll('.draft')].slice(drafts.length)) stale.remove()
    drafts.forEach((draft, place) => showDraft(list, draft, place))
  }

  return {
    mark,
    show: (state, online) => {
      const stuck = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 60
      const { total, fresh } = freshIn(state, Math.max(settled, sizeOf(state) - SHOWN))
      settled = total
      const calls = [...toolCallsOf(state)]
      for (const entry of [...fresh, ...state.conversation.live]) {
        drawnFor(entry).update(
          entry,
          calls.filter((call) => call.entry === entry.id),
        )
      }
      list.dataset['online'] = String(online)
      mark(state)
      for (const draft of list.querySelectorAll('.draft')) list.append(draft)
      if (stuck) scroll.scrollTop = scroll.scrollHeight
    },
  }
}

function sizeOf({ conversation }: AgentState): number {
  const { dropped, pages, tail } = conversation.settled
  return dropped + pages.reduce((sum, page) => sum + page.length, 0) + tail.length
}

/** The settled entries from a place on, counting the dropped ones. */
function freshIn(
  state: AgentState,
  from: number,
): { readonly total: number; readonly fresh: readonly ConversationEntry[] } {
  const { dropped, pages, tail } = state.conversation.settled
  const fresh: ConversationEntry[] = []
  let place = dropped
  for (const page of [...pages, tail]) {
    if (place + page.length > from) fresh.push(...page.slice(Math.max(0, from - place)))
    place += page.length
  }
  return { total: place, fresh }
}

function drawUser(entry: UserEntry, users: Map<number, HTMLElement>): Drawn {
  const caption = make('p', { class: 'mark', 'data-testid': 'mark' })
  users.set(entry.seq, caption)
  const node = make(
    'li',
    { class: 'entry user', 'data-testid': 'user-entry', 'data-id': entry.id },
    make('p', { class: 'bubble' }, entry.text),
    caption,
  )
  return { node, update: () => undefined }
}

function showMark(caption: HTMLElement, state: DeliveryState): void {
  if (caption.dataset['state'] === state) return
  caption.dataset['state'] = state
  const { word, meaning } = MARKS[state]
  caption.replaceChildren(make('span', { class: `tick ${state}`, 'aria-hidden': 'true' }), word)
  caption.title = meaning
}

function showDraft(list: HTMLElement, { delivery, text }: Draft, place: number): void {
  const known = list.querySelectorAll<HTMLElement>('.draft')[place]
  const node =
    known ??
    make('li', { class: 'entry user draft' }, make('p', { class: 'bubble' }), make('p', { class: 'mark' }))
  if (known === undefined) list.append(node)
  const [bubble, caption] = node.children
  if (bubble !== undefined) write(bubble, text)
  if (caption instanceof HTMLElement) showMark(caption, delivery.state)
}

function drawAssistant(entry: AssistantEntry): Drawn {
  const body = make('div', { class: 'answer' })
  const caption = make('p', { class: 'caption', 'data-testid': 'caption' })
  const node = make(
    'li',
    { class: 'entry assistant', 'data-testid': 'assistant-entry', 'data-id': entry.id },
    body,
    caption,
  )
  const parts: Text[] = []
  const cards = new Map<string, ToolCard>()

  /** The answer's text is one string; the cards stand where it had got to when they were called. */
  const partAt = (place: number): Text => {
    const known = parts[place]
    if (known !== undefined) return known
    const text = document.createTextNode('')
    body.append(make('p', { class: 'prose' }, text))
    parts.push(text)
    return text
  }

  return {
    node,
    update: (now, calls) => {
      if (now.role !== 'assistant') return
      let from = 0
      calls.forEach((call, place) => {
        const to = call.offset ?? from
        writePart(partAt(place), now.text.slice(from, to))
        from = to
        let card = cards.get(call.id)
        if (card === undefined) {
          card = createToolCard()
          cards.set(call.id, card)
          body.append(card.node)
        }
        card.show(call)
      })
      if (now.text.length > from || calls.length === 0) writePart(partAt(calls.length), now.text.slice(from))
      node.dataset['phase'] = now.phase
      node.setAttribute('aria-busy', String(now.phase === 'open'))
      write(caption, CAPTIONS[now.phase] + (now.error === undefined ? '' : `: ${now.error}`))
    },
  }
}

const CAPTIONS: Readonly<Record<AssistantEntry['phase'], string>> = {
  open: '',
  cancelling: 'Stopping',
  done: '',
  cancelled: 'Stopped by you',
  failed: 'Failed',
  interrupted: 'Interrupted',
}

/** Streams by appending: the browser lays out the new words, not the paragraph. */
function writePart(part: Text, text: string): void {
  if (part.data === text) return
  if (text.startsWith(part.data)) part.appendData(text.slice(part.data.length))
  else part.data = text
}
