/**
 * The program of the stage's server: a real server in a process of its own, so that it can be killed.
 *
 * Its log is the stage's, its application too: what a client says is passed on to the stage and counts as
 * processed when the stage says so.
 */
import type { ServerOptions, ServerSession } from '../../server/api.ts'
import { remoteLog } from '../../server/remote-log.ts'
import { createServer } from '../../server/ws-server.ts'
import type { FromServer, ProgramOptions, ToServer } from './words.ts'

/** The environment variable in which the stage tells its program how to be. */
export const PROGRAM_OPTIONS = 'HOLDFAST_STAGE_SERVER'

/** Plays the server's part. What `socketStage` starts a process for; not for anybody else. */
export async function playStageServer(): Promise<void> {
  const options = JSON.parse(process.env[PROGRAM_OPTIONS] ?? '{}') as ProgramOptions
  const { heartbeat, limits, stateModule } = options
  const given = stateModule === undefined ? {} : ((await import(stateModule)) as Pick<ServerOptions, 'state'>)
  const server = createServer({
    port: 0,
    log: remoteLog({ port: options.logPort }),
    ...(heartbeat !== undefined && { heartbeat }),
    ...(limits !== undefined && { limits }),
    ...(given.state !== undefined && { state: given.state }),
  })
  const part = new Part(server.sessions)
  server.on('session', (session) => part.host(session))
  // Trouble shows in what follows from it; a stage has nobody to report it to.
  server.on('error', () => undefined)
  process.on('message', (word: ToServer) => {
    if (word.do !== 'drain') return part.follow(word)
    void server.drain(word.options).then(() => {
      say({ is: 'drained' })
      void server.close().then(() => process.exit(0))
    })
  })
  // A stage that is gone needs no server.
  process.on('disconnect', () => process.exit(0))
  const { port } = await server.listening
  say({ is: 'listening', port })
}

class Part {
  private readonly sessions: ReadonlyMap<string, ServerSession>
  private readonly unsettled = new Map<number, () => void>()
  private messages = 0

  constructor(sessions: ReadonlyMap<string, ServerSession>) {
    this.sessions = sessions
  }

  host(session: ServerSession): void {
    const { id } = session
    say({ is: 'session', session: id })
    session.on('connected', () => say({ is: 'connected', session: id, connected: true }))
    session.on('disconnected', () => say({ is: 'connected', session: id, connected: false }))
    session.on('released', () => say({ is: 'released', session: id }))
    session.on('error', () => undefined)
    session.on('message', ({ seq, data, redelivered }) => {
      this.messages += 1
      const number = this.messages
      say({ is: 'message', id: number, session: id, seq, data, redelivered })
      return new Promise<void>((resolve) => this.unsettled.set(number, resolve))
    })
  }

  follow(word: Exclude<ToServer, { do: 'drain' }>): void {
    switch (word.do) {
      case 'settle':
        this.unsettled.get(word.id)?.()
        this.unsettled.delete(word.id)
        return
      case 'show':
        return say({ is: 'shown', id: word.id, state: this.sessions.get(word.session)?.state })
      case 'send': {
        const sending = this.sessions.get(word.session)?.send(word.data) ?? Promise.reject(new Error('gone'))
        sending.then(
          (seq) => say({ is: 'sent', id: word.id, seq }),
          () => say({ is: 'sent', id: word.id, seq: undefined }),
        )
      }
    }
  }
}

function say(word: FromServer): void {
  process.send?.(word)
}
