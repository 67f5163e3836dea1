/** The page: one session, and everything that is shown of it. */
import { connect, indexedDBStore, seconds } from 'holdfast'
import type { Status } from 'holdfast'
import { agentState, isOpen } from 'holdfast/agent'
import type { AgentDown, AgentState, AgentUp } from 'holdfast/agent'
import { createControls } from './controls.ts'
import { createConversationView } from './conversation-view.ts'
import { byId, make, write } from './dom.ts'
import { createMarks } from './marks.ts'
import { createProof } from './proof.ts'
import { createRecording } from './record.ts'
import { createStateView } from './state-view.ts'
import { createTimeline } from './timeline.ts'
import { createUser } from './user.ts'
import * as words from './words.ts'

const browser = (sessionStorage['holdfast-chat-browser'] ??= crypto.randomUUID()) as string

const session = connect<AgentUp, AgentDown, AgentState>(
  `${location.origin.replace(/^http/, 'ws')}/session?browser=${browser}`,
  {
    name: 'chat',
    store: indexedDBStore(),
    state: agentState(),
    heartbeat: { every: seconds(3), within: seconds(2) },
    // A demo is watched by people: nobody should wait a minute for the next attempt.
    backoff: { max: seconds(3) },
    connectTimeout: seconds(5),
  },
)

const recording = createRecording(sessionStorage)
const proof = createProof(localStorage, 'holdfast-chat-proof')
const marks = createMarks(() => ({ pending: session.pending, last: session.state.folded.up }), paintSoon)
const conversation = createConversationView(byId('entries'), byId('scroll'), marks)
const showState = createStateView(byId('state'), (pace) => {
  session.send({ type: 'set-preference', key: 'pace', value: pace })
})
const drawTimeline = createTimeline(byId<SVGSVGElement>('timeline'), recording)

/** Says what happened, once, and keeps it in the list. */
function tell(text: string, at = new Date()): void {
  write(byId('news'), text)
  const log = byId('log')
  log.prepend(make('li', {}, make('time', {}, at.toLocaleTimeString()), text))
  while (log.children.length > 100) log.lastElementChild?.remove()
}

// What is shown of the session.

let painting = false
function paintSoon(): void {
  if (painting) return
  painting = true
  requestAnimationFrame(() => {
    painting = false
    paint()
  })
}

function paint(): void {
  const { state, status } = session
  conversation.show(state, isOnline(status))
  showState(state)
  byId('welcome').hidden = state.folded.up > 0 || marks.drafts(0).length > 0
  byId('stop').hidden = !state.conversation.live.some(isOpen)
  const { received, duplicates, gaps, disorder } = proof.counts
  write(byId('proof-received'), String(received))
  for (const [id, count] of Object.entries({ duplicates, gaps, disorder })) {
    const shown = byId(`proof-${id}`)
    write(shown, String(count))
    shown.classList.toggle('bad', count > 0)
  }
}

function paintStatus(): void {
  const { status } = session
  const { title, detail } = words.statusInWords(status, Date.now())
  byId('status').dataset['kind'] = status.kind
  write(byId('status-title'), title)
  write(byId('status-detail'), detail)
}

function isOnline(status: Status): boolean {
  return status.kind === 'online' || status.kind === 'draining'
}

// What the session tells.

session.on('message', ({ seq, data }) => {
  proof.count(seq, data)
  recording.arrival(Date.now())
})
session.on('state', paintSoon)
session.on('status', (status) => {
  recording.status(status.kind, Date.now())
  paintStatus()
  paintSoon()
})
session.on('notice', (notice) => {
  recording.moment('notice', Date.now())
  tell(words.noticeInWords(notice, Date.now()))
})
session.on('lost', (loss) => {
  recording.moment('lost', Date.now())
  tell(words.lossInWords(loss))
})
session.on('attempt', (attempt) => tell(words.attemptInWords(attempt)))
session.on('online', (welcome) => {
  const { status } = session
  if (status.kind === 'online') recording.beat(status.roundTripMs ?? 0, Date.now())
  if (welcome.replayed > 0) recording.moment('replay', Date.now())
  const told = words.welcomeInWords(welcome)
  if (told !== undefined) tell(told)
})
session.on('handoff', (handoff) => {
  recording.moment('handoff', Date.now())
  tell(words.handoffInWords(handoff))
})
session.on('reset', (reset) => {
  recording.moment('reset', Date.now())
  tell(words.resetInWords(reset))
})
session.on('gap', (gap) => {
  recording.moment('gap', Date.now())
  tell(words.gapInWords(gap))
})
session.on('failed', (failed) => {
  marks.fail(failed.seq)
  tell(words.failedInWords(failed))
})
session.on('pong', ({ roundTripMs }) => recording.beat(roundTripMs, Date.now()))
session.on('error', (error) => tell(error.message))
session.on('closed', (error) => tell(error === undefined ? 'The session is closed.' : error.message))

// What the user does.

createUser({
  say: (text) => {
    marks.watch({ delivery: session.send({ type: 'say', text, sentAt: Date.now() }), text })
    paintSoon()
  },
  stop: () => {
    for (const entry of session.state.conversation.live) {
      if (isOpen(entry)) session.send({ type: 'cancel', entry: entry.id })
    }
  },
  startOver: () => {
    void session.end().then(() => {
      localStorage.clear()
      location.reload()
    })
  },
})
createControls({
  browser,
  pressed: (button) => {
    if (button === 'offline')
      tell('You cut this page off: its line is gone, and new ones are refused for 15 s.')
    else if (button !== 'reload') tell(words.TROUBLE_WORDS[button])
  },
  news: (news) => recording.servers(news, Date.now()),
  refused: tell,
})

// First what this browser kept, then the world.

recording.status(session.status.kind, Date.now())
void session.restored.then(() => {
  proof.begin(session.state)
  if (session.state.folded.up > 0) {
    recording.moment('reload', Date.now())
    tell('Painted from this browser’s own disk, before any server was asked.')
  }
  paint()
  document.body.dataset['restored'] = 'true'
  byId('scroll').scrollTop = byId('scroll').scrollHeight
})

const calm = matchMedia('(prefers-reduced-motion: reduce)').matches
setInterval(
  () => {
    paintStatus()
    conversation.mark(session.state)
    drawTimeline(Date.now())
  },
  calm ? 1_000 : 100,
)
paintStatus()
