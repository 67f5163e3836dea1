/** What happened, in plain words. */
import type { LossCause, SessionEvents, Status } from 'holdfast'
import type { AgentDown, AgentState, AgentUp } from 'holdfast/agent'
import type { Trouble } from '../protocol.ts'

type Events = SessionEvents<AgentUp, AgentDown, AgentState>
type Told<Name extends keyof Events> = Parameters<Events[Name]>[0]

export const seconds = (ms: number): string => `${(Math.max(0, ms) / 1000).toFixed(1)} s`

const CAUSES: Readonly<Record<LossCause, string>> = {
  closed: 'the connection was cut without a word',
  shutdown: 'the server left, as it had said it would',
  silent: 'the line went silent and a probe was not answered',
  'connect-timeout': 'nobody picked up in time',
  'provider-failed': 'the address could not be had',
  overloaded: 'the server is full and asked us to come later',
  protocol: 'the server said something that made no sense',
  unauthorized: 'the credentials were refused',
  local: 'we asked for a new connection',
}

const HOLDS: Readonly<Record<Extract<Status, { kind: 'suspended' }>['reason'], string>> = {
  frozen: 'The browser has frozen this page',
  'another-holder': 'Another tab has this conversation; this one takes over when it is closed',
  'needs-auth': 'The server wants other credentials',
}

export const causeInWords = (cause: LossCause): string => CAUSES[cause]

/** The headline of a status and the small print beside it, which may count down. */
export function statusInWords(
  status: Status,
  now: number,
): { readonly title: string; readonly detail: string } {
  switch (status.kind) {
    case 'restoring':
      return { title: 'Reading', detail: 'what this browser kept' }
    case 'connecting':
      return { title: 'Connecting', detail: `attempt ${status.attempt}` }
    case 'online': {
      const { catchingUp, roundTripMs, server } = status
      if (catchingUp !== undefined) {
        return { title: 'Online', detail: `catching up, ${catchingUp.done} of ${catchingUp.total}` }
      }
      return {
        title: 'Online',
        detail: roundTripMs === undefined ? server : `${server}, ${Math.max(1, Math.round(roundTripMs))} ms`,
      }
    }
    case 'draining':
      return {
        title: status.handoff ? 'Moving' : 'Leaving',
        detail: `${status.server} will stop; ${status.handoff ? 'over' : 'back'} in ${seconds(status.leavesAt.getTime() - now)}`,
      }
    case 'waiting':
      return {
        title: 'Waiting',
        detail: `attempt ${status.attempt} in ${seconds(status.dialsAt.getTime() - now)}; ${CAUSES[status.cause]}`,
      }
    case 'suspended':
      return { title: 'On hold', detail: HOLDS[status.reason] }
    case 'closed':
      return { title: 'Closed', detail: status.error?.message ?? 'at your request' }
  }
}

export const TROUBLE_WORDS: Readonly<Record<Trouble, string>> = {
  restart: 'You asked the server to restart. It announces that before it goes.',
  deploy: 'You deploy a new version: a second server starts, and only then the first one leaves.',
  kill: 'You killed the server with -9. It had no time to say anything.',
  hang: 'You froze the server. It still holds the line and says nothing: watch how long it takes to notice.',
  forget: 'You erased the server’s memory and killed it. What it knew is now only in this page.',
}

export function noticeInWords(
  { reason, handoff, closesInMs, leavesAt }: Told<'notice'>,
  now: number,
): string {
  return handoff
    ? `The server says it will stop for ${reason}, and that a successor is ready.`
    : `The server says it will stop for ${reason} in ${seconds(closesInMs)}. We are to come back in ${seconds(leavesAt.getTime() - now)}.`
}

export function lossInWords({ cause, code }: Told<'lost'>): string {
  return `Connection lost: ${CAUSES[cause]}${code === undefined ? '' : ` (code ${code})`}. The conversation is safe here.`
}

export function attemptInWords({ number, waitMs, cause }: Told<'attempt'>): string {
  return `Attempt ${number} in ${seconds(waitMs)}, because ${CAUSES[cause]}.`
}

/** Resets and hand-offs are told of by events of their own, and better. */
export function welcomeInWords({ outcome, replayed, downMs, server }: Told<'online'>): string | undefined {
  if (outcome === 'created') return `A new session begins with ${server}.`
  if (outcome === 'reset' || downMs === 0) return undefined
  const missed =
    replayed === 0
      ? 'we missed nothing'
      : replayed === 1
        ? 'one message that we missed follows'
        : `${replayed} messages that we missed follow`
  return downMs === 0
    ? `With ${server} now; ${missed}.`
    : `Back after ${seconds(downMs)} with ${server}; ${missed}.`
}

export function handoffInWords({ server }: Told<'handoff'>): string {
  return `Moved to ${server} while the old connection still worked. Not a moment without a server.`
}

export function resetInWords({ reason, restored, unknown }: Told<'reset'>): string {
  const why = {
    unknown: 'had forgotten this session',
    expired: 'had let this session expire',
    regressed: 'had lost the end of this session',
  }
  const then = restored ? 'We gave it back our copy, and numbering goes on' : 'Numbering goes on'
  const sure =
    unknown.length === 0
      ? ''
      : ` ${unknown.length} of your messages may have arrived before; they are sent again under the same number.`
  return `The server ${why[reason]}. ${then}.${sure}`
}

export function failedInWords({ data, error }: Told<'failed'>): string {
  const what = data.type === 'say' ? `Your message “${data.text}”` : `A “${data.type}” of yours`
  return `${what}, from before this page was loaded, has failed. ${error.message}`
}

export function gapInWords({ from, to, reason }: Told<'gap'>): string {
  return `Messages ${from} to ${to} are gone for good (${reason}). You are told, never left guessing.`
}
