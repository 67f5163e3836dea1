/**
 * One process of the stage's server, as the stage holds it: its sessions, its application's answers, its end.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { HoldfastError } from '../../base/errors.ts'
import type { DrainOptions } from '../../server/api.ts'
import type { HostedSession, StageSessions } from '../stage-sessions.ts'
import { PROGRAM_OPTIONS } from './program.ts'
import type { FromServer, ProgramOptions, ToServer } from './words.ts'

interface Hosted extends HostedSession {
  connected: boolean
  hear: ReturnType<StageSessions['host']>
}

export class ServerProcess {
  readonly listening: Promise<number>
  /** Resolves when the process is gone, however it went. */
  readonly gone: Promise<void>
  isGone = false
  private readonly child: ChildProcess
  private readonly book: StageSessions
  private readonly hosted = new Map<string, Hosted>()
  private readonly asked = new Map<number, (word: FromServer | undefined) => void>()
  private questions = 0

  /** @param door - the address of the module that exports `playStageServer` */
  constructor(door: string, options: ProgramOptions, book: StageSessions) {
    this.book = book
    const program = `const door = await import(${JSON.stringify(door)}); await (door.playStageServer ?? door.default.playStageServer)()`
    this.child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: { ...process.env, [PROGRAM_OPTIONS]: JSON.stringify(options) },
    })
    this.gone = new Promise((resolve) => this.child.once('exit', () => resolve()))
    void this.gone.then(() => this.bury())
    this.listening = new Promise((resolve, reject) => {
      this.child.on('message', (word: FromServer) =>
        word.is === 'listening' ? resolve(word.port) : this.hear(word),
      )
      void this.gone.then(() =>
        reject(new HoldfastError('stage-failed', "The server's process ended before it listened.")),
      )
    })
    this.listening.catch(() => undefined)
  }

  drain(options: DrainOptions): Promise<void> {
    this.tell({ do: 'drain', options })
    return this.gone
  }

  /** SIGKILL: it has no chance to say or store another word. */
  kill(): Promise<void> {
    this.child.kill('SIGKILL')
    return this.gone
  }

  /** SIGSTOP, and after a while SIGCONT. */
  freeze(): void {
    this.child.kill('SIGSTOP')
  }

  thaw(): void {
    this.child.kill('SIGCONT')
  }

  async stateOf(session: string): Promise<unknown> {
    const word = await this.ask((id) => ({ do: 'show', id, session }))
    return word?.is === 'shown' ? word.state : undefined
  }

  private hear(word: Exclude<FromServer, { is: 'listening' }>): void {
    switch (word.is) {
      case 'session':
        return this.host(word.session)
      case 'connected': {
        const session = this.hosted.get(word.session)
        if (session !== undefined) session.connected = word.connected
        return this.book.look()
      }
      case 'released': {
        const session = this.hosted.get(word.session)
        if (session !== undefined) this.book.release(session)
        return void this.hosted.delete(word.session)
      }
      case 'message':
        return void this.pass(word)
      case 'sent':
      case 'shown':
        this.asked.get(word.id)?.(word)
        return void this.asked.delete(word.id)
      case 'drained':
    }
  }

  private host(id: string): void {
    const session: Hosted = {
      id,
      connected: false,
      send: (data) => this.send(id, data),
      hear: () => undefined,
    }
    this.hosted.set(id, session)
    session.hear = this.book.host(session)
  }

  private async pass({
    id,
    session,
    seq,
    data,
    redelivered,
  }: Extract<FromServer, { is: 'message' }>): Promise<void> {
    try {
      await this.hosted.get(session)?.hear({ seq, data, redelivered })
    } catch {
      // As with any server: a handler that fails has had its message. One whose process died will be asked again.
    }
    this.tell({ do: 'settle', id })
  }

  private async send(session: string, data: unknown): Promise<number> {
    const word = await this.ask((id) => ({ do: 'send', id, session, data }))
    if (word?.is === 'sent' && word.seq !== undefined) return word.seq
    throw new HoldfastError('stage-failed', 'The server could not send, or died over it.')
  }

  private ask(question: (id: number) => ToServer): Promise<FromServer | undefined> {
    if (this.isGone) return Promise.resolve(undefined)
    this.questions += 1
    const id = this.questions
    return new Promise((resolve) => {
      this.asked.set(id, resolve)
      this.tell(question(id))
    })
  }

  private tell(word: ToServer): void {
    if (!this.isGone && this.child.connected) this.child.send(word, () => undefined)
  }

  private bury(): void {
    this.isGone = true
    for (const session of this.hosted.values()) this.book.release(session)
    for (const resolve of this.asked.values()) resolve(undefined)
    this.asked.clear()
  }
}
