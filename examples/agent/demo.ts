/**
 * The whole story: an agent is killed with -9 three times, its server restarts once, and the ledger at the
 * end shows every result once and in order. Ends by itself; the exit code says whether it is true.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { memoryLog } from 'holdfast/server'
import { createBackEnd } from './back-end.ts'
import type { Ledger } from './back-end.ts'

const TASKS = 60
const KILLS = [11, 26, 41]
const RESTART = 33

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const say = (text: string): void => console.log(text)

const folder = await mkdtemp(join(tmpdir(), 'holdfast-agent-'))
const log = memoryLog()
const ledger: Ledger = { sessions: new Set(), results: [] }
let port = 0
let agent: ChildProcess | undefined

const counted = (results: number): void => {
  if (KILLS.includes(results)) {
    say(`demo: ${results} results are in; kill -9`)
    agent?.kill('SIGKILL')
  }
  if (results === RESTART) void restart()
}
const startBackEnd = () => createBackEnd({ log, ledger, port, tasks: TASKS, counted })

let server = startBackEnd()
port = (await server.listening).port

/** In place: the port is let go of by the old one before the new one takes it. */
async function restart(): Promise<void> {
  say(`demo: ${RESTART} results are in; the server restarts`)
  await server.drain({ closesInMs: 200, reconnect: { afterMs: 300, withinMs: 200 } })
  await server.close()
  server = startBackEnd()
  await server.listening
}

try {
  say(`demo: ${TASKS} squares to compute`)
  let lives = 0
  for (let ended = false; !ended;) {
    lives += 1
    agent = spawn(
      process.execPath,
      [here('../../scripts/run-ts.mjs'), here('agent.ts'), `ws://127.0.0.1:${port}`, 'squarer', folder],
      { stdio: 'inherit' },
    )
    const [code] = (await once(agent, 'exit')) as [number | null]
    ended = code !== null
    if (code !== null && code !== 0) throw new Error(`the agent failed with exit code ${code}`)
  }

  const expected = Array.from({ length: TASKS }, (_, place) => `square-${place + 1}=${(place + 1) ** 2}`)
  const came = ledger.results.map(({ call, result }) => `${call}=${String(result)}`)
  const doubled = came.length - new Set(came).size
  const lost = expected.filter((one) => !came.includes(one)).length
  const disordered = came.filter((one, place) => one !== expected[place]).length
  say('')
  say(`demo: ${lives} lives of the agent, ${ledger.sessions.size} session, ${came.length} results`)
  say(`demo: ${lost} lost, ${doubled} doubled, ${disordered} out of order`)
  if (lives !== KILLS.length + 1 || ledger.sessions.size !== 1 || lost + doubled + disordered > 0) {
    throw new Error('The promise was broken; the lines above say how.')
  }
} finally {
  agent?.kill('SIGKILL')
  await server.close()
  await rm(folder, { recursive: true, force: true })
}
