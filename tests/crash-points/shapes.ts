/**
 * The shapes that the scripts are made of: what happens, in which order. Times are milliseconds from the start.
 */
import type { Act, Step } from './scenario.ts'

const at = (ms: number, act: Act): Step => ({ at: ms, ...act })
const send = (ms: number, count = 2): Step => at(ms, { do: 'send', count })
const say = (ms: number, count = 2): Step => at(ms, { do: 'say', count })

/** Traffic both ways before and after something; what comes late meets whoever is up then. */
const around = (ms: number, ...acts: readonly Act[]): readonly Step[] => [
  send(40),
  say(50),
  send(ms - 2, 1),
  say(ms - 1, 1),
  ...acts.map((act, index) => at(ms + index, act)),
  send(ms + 10, 1),
  say(ms + 12, 1),
  send(ms + 400, 1),
  say(ms + 410, 1),
]

/** Much is waiting for a client that comes back to it. */
const backlog = (...acts: readonly Act[]): readonly Step[] => [
  send(40, 1),
  say(60, 1),
  at(150, { do: 'leave', downMs: 200 }),
  say(200, 8),
  ...acts.map((act) => at(160, act)),
  send(500, 1),
  say(900, 1),
]

const crash = (sign: 'fin' | 'reset' | 'silence', memory: 'kept' | 'lost', downMs = 120): Act => ({
  do: 'crash',
  sign,
  memory,
  downMs,
})
const kill = (sign: 'fin' | 'reset' | 'silence', downMs = 80): Act => ({ do: 'kill', sign, downMs })
const killAt = (boundary: string, downMs = 30): Act => ({ do: 'kill-at', boundary, downMs })

const trickle = (from: number, count: number): readonly Step[] =>
  Array.from({ length: count }, (_, index) => [
    send(from + 9 * index, 1),
    say(from + 9 * index + 4, 1),
  ]).flat()

/** Something happens while one message is on its way up and two down. */
const short = (act: Act, ms = 30): readonly Step[] => [at(ms, act), send(ms, 1), say(ms + 1, 2)]

/** The same when everybody has said something, in all circumstances. */
const shortTalk = (act: Act): readonly Step[] => [send(30, 1), say(31, 1), ...short(act, 170)]

/** Something happens to a line while much is on its way, both ways. */
const underWay = (act: Act): readonly Step[] => [
  ...around(200, act),
  at(100, { do: 'stall', way: 'both', ms: 110 }),
  ...trickle(105, 6),
]

export const SHAPES: Readonly<Record<string, readonly Step[]>> = {
  'first-words': [send(0, 2), say(0, 2)],
  talk: [send(40, 3), say(45, 3), send(120, 2), say(125, 2), send(200, 1), say(200, 1)],
  'burst-up': [send(40, 9), send(300, 1)],
  'burst-down': [say(40, 9), say(300, 1)],
  // Message after message, so that one is under way while another is stored, and a third is being taken in.
  trickle: [...trickle(40, 10), at(260, { do: 'reset' }), ...trickle(330, 3)],
  'both-bursts': [send(40, 7), say(40, 7)],
  // Short ones, of which all pairs of crashes are played, too.
  'short-reset': short({ do: 'reset' }),
  'short-kill': short(kill('fin', 20)),
  'short-leave': short({ do: 'leave', downMs: 20 }),
  'short-restart': shortTalk(crash('fin', 'kept', 40)),
  'short-loss': shortTalk(crash('fin', 'lost', 40)),
  'short-drain': shortTalk({ do: 'drain', closesInMs: 100, afterMs: 0, withinMs: 20, downMs: 20 }),
  'short-deploy': shortTalk({ do: 'deploy', closesInMs: 500, withinMs: 20 }),
  'short-unsure': short({ do: 'store', fault: 'answer-lost', type: 'commit', skip: 0, times: 1 }),
  's2-short': short(killAt('listener settled', 20)),
  // The line.
  reset: around(200, { do: 'reset' }),
  'reset-twice': [...around(200, { do: 'reset' }), at(260, { do: 'reset' }), at(900, { do: 'reset' })],
  fin: underWay({ do: 'close', code: 1006 }),
  'half-reset-client-spared': around(200, { do: 'half-reset', spares: 'client' }),
  'half-reset-server-spared': around(200, { do: 'half-reset', spares: 'server' }),
  'suffix-lost': underWay({ do: 'lose', count: 2 }),
  'stall-up': around(200, { do: 'stall', way: 'up', ms: 3000 }),
  'stall-down': around(200, { do: 'stall', way: 'down', ms: 3000 }),
  'black-hole': around(200, { do: 'stall', way: 'both', ms: 60_000 }),
  refused: [at(100, { do: 'refuse', times: 2 }), ...around(200, { do: 'reset' })],
  'sent-away': [at(100, { do: 'refuse', times: 1, retryAfterMs: 300 }), ...around(200, { do: 'reset' })],
  'late-welcome': [at(100, { do: 'late-welcome', ms: 1500 }), ...around(200, { do: 'reset' })],
  // S1: a cut inside the replay, twice.
  's1-cut-inside-replay': backlog({ do: 'cut-replay', frames: 1, times: 2 }),
  's1-cut-late-in-replay': backlog({ do: 'cut-replay', frames: 2, times: 2 }),
  // S2: a crash between what the application has settled and the commit that says so.
  's2-settled-not-committed': [...around(200, killAt('listener settled')), say(700, 2)],
  's2-committed-not-told': [...around(200, killAt('after store commit')), say(700, 2)],
  's2-in-the-replay': [...backlog(), at(340, killAt('listener settled'))],
  // The client.
  killed: around(200, kill('fin')),
  'killed-silently': around(200, kill('silence')),
  'killed-thrice': [
    ...around(200, kill('reset', 30)),
    at(330, kill('fin', 30)),
    at(460, kill('silence', 30)),
  ],
  'killed-before-the-hello': [at(0, killAt('before send hello')), ...around(200)],
  'killed-after-the-hello': [at(0, killAt('after send hello')), ...around(200)],
  'killed-after-sending': around(200, killAt('after send messages')),
  left: around(200, { do: 'leave', downMs: 150 }),
  'left-with-unsent': [
    at(10, { do: 'stall', way: 'up', ms: 500 }),
    send(100, 3),
    at(101, { do: 'leave', downMs: 100 }),
    say(300),
  ],
  'left-at-once': [send(0, 3), at(0, { do: 'leave', downMs: 50 }), say(300), send(400)],
  backlog: backlog(),
  frozen: around(200, { do: 'freeze-client', ms: 1500 }),
  hints: around(
    200,
    { do: 'hint', hint: 'frozen' },
    { do: 'hint', hint: 'resumed' },
    { do: 'hint', hint: 'online' },
  ),
  reconnects: around(200, { do: 'reconnect' }),
  // Its store.
  'commit-refused': [
    at(100, { do: 'store', fault: 'refused', type: 'commit', skip: 0, times: 1 }),
    ...around(200),
  ],
  'commit-unsure': [
    at(100, { do: 'store', fault: 'answer-lost', type: 'commit', skip: 1, times: 1 }),
    ...around(200),
  ],
  'commit-unsure-twice': [
    at(100, { do: 'store', fault: 'answer-lost', type: 'commit', skip: 0, times: 2 }),
    ...around(200),
  ],
  'reopen-refused': [
    at(100, { do: 'store', fault: 'answer-lost', type: 'commit', skip: 0, times: 1 }),
    at(100, { do: 'store', fault: 'refused', type: 'reopen', skip: 0, times: 1 }),
    ...around(200),
  ],
  'slow-store': [
    at(0, { do: 'store', fault: 'slow', type: 'commit', skip: 1, times: 6, ms: 35 }),
    ...around(200),
  ],
  // The server.
  'restart-kept': around(200, crash('fin', 'kept')),
  'restart-lost': around(200, crash('fin', 'lost')),
  'power-cut-kept': around(200, crash('silence', 'kept')),
  restarts: [
    ...around(200, crash('reset', 'kept', 60)),
    at(420, crash('fin', 'kept', 60)),
    at(640, crash('reset', 'lost', 60)),
  ],
  forgotten: around(200, { do: 'forget' }, { do: 'reset' }),
  drain: around(200, { do: 'drain', closesInMs: 300, afterMs: 0, withinMs: 100, downMs: 50 }),
  'drain-late': around(200, { do: 'drain', closesInMs: 100, afterMs: 200, withinMs: 300, downMs: 100 }),
  deploy: around(200, { do: 'deploy', closesInMs: 2000, withinMs: 60 }),
  'deploy-twice': [
    ...around(200, { do: 'deploy', closesInMs: 2000, withinMs: 60 }),
    // Nobody leaves a line in its first second.
    at(1700, { do: 'deploy', closesInMs: 2000, withinMs: 20 }),
  ],
  'deploy-and-reset': [
    ...around(200, { do: 'deploy', closesInMs: 2000, withinMs: 60 }),
    at(225, { do: 'reset' }),
  ],
  'server-stands-still': around(200, { do: 'freeze-server', ms: 800 }),
  // Its log.
  'append-unsure': [
    at(100, { do: 'log', fault: 'answer-lost', type: 'appendUp', skip: 0, times: 1 }),
    ...around(200),
  ],
  'append-refused': [
    at(100, { do: 'log', fault: 'refused', type: 'appendUp', skip: 0, times: 1 }),
    ...around(200),
  ],
  'answer-unsure': [
    at(100, { do: 'log', fault: 'answer-lost', type: 'appendDown', skip: 0, times: 1 }),
    ...around(200),
  ],
  'greeting-unsure': [
    at(0, { do: 'log', fault: 'answer-lost', type: 'greet', skip: 0, times: 1 }),
    ...around(200),
  ],
  'slow-log': [
    at(0, { do: 'log', fault: 'slow', type: 'appendUp', skip: 1, times: 4, ms: 60 }),
    ...around(200),
    ...trickle(700, 4),
  ],
  // Both.
  'both-die': around(200, kill('reset', 60), crash('fin', 'kept', 90)),
  'both-die-memory-lost': around(200, kill('fin', 120), crash('fin', 'lost', 40)),
  'killed-in-a-deploy': [
    ...around(200, { do: 'deploy', closesInMs: 2000, withinMs: 60 }),
    at(230, kill('fin', 40)),
  ],
}
