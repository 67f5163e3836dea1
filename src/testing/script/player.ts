/**
 * Plays a script on a stage, whichever it is.
 */
import { assertNever } from '../../base/invariant.ts'
import type { CrashSign, Cue, Memory, NoticeOptions, Script, Way } from './cues.ts'

/** What a stage can do. A promise resolves when the thing is done; time passes only as the stage lets it. */
export interface Machinery {
  wait(ms: number): Promise<void>
  /** Resolves when there was a welcome since the lines were last disturbed. */
  welcomed(): Promise<void>
  /** The lines that there are will not last: their welcomes count no more. */
  disturb(): void
  refuse(times: number, status: number, retryAfterMs: number | undefined): Promise<void>
  delayWelcome(ms: number): Promise<void>
  deliver(data: readonly unknown[]): Promise<void>
  /** Resolves when the application has been given the values, in order. */
  awaitMessages(data: readonly unknown[]): Promise<void>
  mute(ms: number | undefined, way: Way): void
  announce(notice: NoticeOptions): Promise<void>
  deploy(notice: NoticeOptions): Promise<void>
  closeAll(code: number, reason: string): void
  resetAll(): void
  hang(ms: number): Promise<void>
  readonly isUp: boolean
  crash(how: CrashSign): Promise<void>
  comeBack(memory: Memory): Promise<void>
  say(text: string): void
}

export async function play(script: Script, machinery: Machinery): Promise<void> {
  for (const cue of script) await perform(cue, machinery)
}

/** Cues after which a client has to come again. */
const DISTURBING: ReadonlySet<Cue['cue']> = new Set([
  'notice',
  'deploy',
  'close',
  'reset',
  'crash',
  'down-for',
  'say',
])

async function perform(cue: Cue, machinery: Machinery): Promise<void> {
  if (DISTURBING.has(cue.cue)) machinery.disturb()
  switch (cue.cue) {
    case 'accept':
      return machinery.welcomed()
    case 'refuse':
      return machinery.refuse(cue.times, cue.status, cue.retryAfterMs)
    case 'welcome-late':
      return machinery.delayWelcome(cue.ms)
    case 'deliver':
      return machinery.deliver(cue.data)
    case 'expect':
      return machinery.awaitMessages(cue.data)
    case 'mute':
      return machinery.mute(cue.ms, cue.way)
    case 'notice':
      return machinery.announce(cue.notice)
    case 'deploy':
      return machinery.deploy(cue.notice)
    case 'close':
      return machinery.closeAll(cue.code, cue.reason)
    case 'reset':
      return machinery.resetAll()
    case 'hang':
      return machinery.hang(cue.ms)
    case 'crash':
      return machinery.crash(cue.how)
    case 'down-for':
      if (machinery.isUp) await machinery.crash('fin')
      return machinery.wait(cue.ms)
    case 'come-back':
      return machinery.comeBack(cue.memory)
    case 'say':
      return machinery.say(cue.text)
    case 'after':
      return machinery.wait(cue.ms)
    default:
      return assertNever(cue)
  }
}
