/**
 * The program in the page: sessions by name, and a word to the ledger about everything that happens to them.
 *
 * The ledger is outside, so it survives whatever becomes of the page. A message counts as processed when the
 * ledger has confirmed it: the last words of a page that is left may get lost.
 */
import { connect, indexedDBStore, memoryStore, type Session, type SessionStore } from 'holdfast'
import { agentState, type AgentDown, type AgentState, type AgentUp } from 'holdfast/agent'
import { type Answer, type Count, tally, type Tally } from '../../process/tally.ts'
import type { Chatter, Lab, Letter, News, Plan, Snapshot, Told } from './words.ts'

declare global {
  function tell(line: string): void
  var lab: Lab
}

type Counting = Session<Count, Answer, Tally>
type Talking = Session<AgentUp, AgentDown, AgentState>

interface Opened {
  readonly plan: Plan
  readonly session: Counting | Talking
  timer: ReturnType<typeof setInterval> | undefined
}

const sessions = new Map<string, Opened>()
const life = crypto.randomUUID()
let letters = 0
let confirmed = 0
const unconfirmed = new Set<() => void>()

function write(told: Told): number {
  letters += 1
  tell(JSON.stringify({ life, number: letters, told } satisfies Letter))
  return letters
}

function isConfirmed(number: number): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (confirmed < number) return
      unconfirmed.delete(look)
      resolve()
    }
    unconfirmed.add(look)
  })
}

const report = (session: string, news: News): number => write({ session, at: Date.now(), ...news })

function storeOf(plan: Plan): SessionStore {
  if (plan.store === 'memory') return memoryStore()
  return indexedDBStore(plan.store === 'indexeddb-strict' ? { durability: 'strict' } : {})
}

function opened(name: string): Opened {
  const found = sessions.get(name)
  if (found === undefined) throw new Error(`no session ${name} in this page`)
  return found
}

const counting = (name: string): Counting => opened(name).session as Counting
const talking = (name: string): Talking => opened(name).session as Talking

function snapshot(name: string): Snapshot {
  const { session, plan } = opened(name)
  const { id, pending, durability } = session
  const state = plan.fold === 'agent' ? { counted: 0, answered: 0, wrong: [] } : (session.state as Tally)
  return { id, status: session.status.kind, pending, durability, ...state }
}

async function digestOf(state: unknown): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(state))
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return [...hash].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

function follow(name: string, session: Counting | Talking, tells: boolean): void {
  const began = performance.now()
  const say = (news: News): number => report(name, news)
  void session.restored.then(async () => {
    const found = snapshot(name)
    const tookMs = performance.now() - began
    say({ kind: 'restored', snapshot: found, tookMs, digest: await digestOf(session.state) })
  })
  // What is listened to here but for messages is the same for both kinds.
  const on: Counting['on'] = (event, listener) => (session as Counting).on(event, listener)
  on('status', (status) => {
    const reason = 'reason' in status ? status.reason : undefined
    const server = 'server' in status ? status.server : undefined
    say({ kind: 'status', status: status.kind, reason, server })
  })
  on('attempt', ({ number, waitMs, cause }) => say({ kind: 'attempt', number, waitMs, cause }))
  on('lost', ({ cause, code }) => say({ kind: 'lost', cause, code }))
  on('online', ({ outcome, downMs, server }) => say({ kind: 'online', outcome, downMs, server }))
  on('notice', ({ reason, handoff }) => say({ kind: 'notice', reason, handoff }))
  on('handoff', ({ server }) => say({ kind: 'handoff', server }))
  on('gap', ({ from, to }) => say({ kind: 'gap', from, to }))
  on('reset', ({ reason, restored }) => say({ kind: 'reset', reason, restored }))
  on('error', ({ code, message }) => say({ kind: 'error', code, message }))
  if (tells) {
    on('message', ({ seq, data, redelivered }) =>
      isConfirmed(say({ kind: 'received', seq, answer: data.answer, by: data.by, redelivered })),
    )
  }
}

function countOn(name: string): void {
  const session = counting(name)
  const count = session.state.counted + 1
  const delivery = session.send({ count })
  const ignore = (): void => undefined
  void delivery.stored.then(() => report(name, { kind: 'stored', count }), ignore)
  void delivery.acknowledged.then(() => report(name, { kind: 'acknowledged', count }), ignore)
}

function chat(name: string, { everyMs, ahead, upTo = Infinity }: Chatter): void {
  const one = opened(name)
  clearInterval(one.timer)
  one.timer = setInterval(() => {
    const { counted, answered } = counting(name).state
    if (counted - answered < ahead && counted < upTo) countOn(name)
  }, everyMs)
}

const settledIn = ({ conversation: { settled } }: AgentState): number =>
  settled.pages.reduce((sum, page) => sum + page.length, settled.tail.length)

const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 10))

globalThis.lab = {
  confirm(from, number) {
    if (from !== life) return
    confirmed = Math.max(confirmed, number)
    for (const look of unconfirmed) look()
  },
  open(plan) {
    const { name, url, heartbeat, backoff, connectTimeout } = plan
    const shared = {
      name,
      store: storeOf(plan),
      ...(heartbeat === undefined ? {} : { heartbeat }),
      ...(backoff === undefined ? {} : { backoff }),
      ...(connectTimeout === undefined ? {} : { connectTimeout }),
    }
    const session =
      plan.fold === 'agent'
        ? connect<AgentUp, AgentDown, AgentState>(url, { ...shared, state: agentState() })
        : connect<Count, Answer, Tally>(url, { ...shared, state: tally })
    sessions.set(name, { plan, session, timer: undefined })
    follow(name, session, plan.tells ?? plan.fold !== 'agent')
  },
  chat,
  hush: (name) => clearInterval(opened(name).timer),
  count(name, howMany) {
    for (let said = 0; said < howMany; said += 1) countOn(name)
  },
  say(name, messages) {
    for (const message of messages) talking(name).send(message)
  },
  snapshot,
  async rest(name) {
    clearInterval(opened(name).timer)
    const session = counting(name)
    // An acknowledgement of what an earlier page load sent is no event of this one.
    while (session.pending > 0 || session.state.answered < session.state.counted) await soon()
    return snapshot(name)
  },
  async settled(name, entries) {
    const session = talking(name)
    while (session.pending > 0 || settledIn(session.state) < entries) await soon()
    return digestOf(session.state)
  },
  digest: (name) => digestOf(opened(name).session.state),
  reconnect: (name) => opened(name).session.reconnect(),
  async close(name) {
    const { session, timer } = opened(name)
    clearInterval(timer)
    await session.close()
  },
}

const pageNews = (event: string): void => void report('page', { kind: 'page', event })
addEventListener('pageshow', (event) => pageNews(event.persisted ? 'shown again' : 'shown'))
addEventListener('pagehide', (event) => pageNews(event.persisted ? 'put away' : 'left'))
document.addEventListener('freeze', () => pageNews('freeze'))
document.addEventListener('resume', () => pageNews('resume'))
document.addEventListener('visibilitychange', () => pageNews(document.visibilityState))
write({ kind: 'ready', at: Date.now() })
