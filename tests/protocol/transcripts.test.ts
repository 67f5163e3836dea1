/** The worked transcripts, replayed: the server's half is said to the client's core, and the client's half expected of it. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Effect } from '../../src/core/effect.ts'
import type { Kept } from '../../src/core/input.ts'
import { decodeClientFrame } from '../../src/protocol/decode-client-frame.ts'
import { decodeServerFrame } from '../../src/protocol/decode-server-frame.ts'
import { encode, encodeMessages, piecesOf } from '../../src/protocol/encode.ts'
import type { ClientFrame } from '../../src/protocol/frames.ts'
import { Mind } from '../support/mind.ts'

type Step =
  | { readonly from: 'client' | 'server'; readonly on: number; readonly frame: object }
  | { readonly event: 'starts' | 'processes' | 'ends' | 'redials' }
  | { readonly event: 'dials' | 'opens'; readonly on: number }
  | { readonly event: 'breaks' | 'hangs-up'; readonly on: number; readonly code: number }
  | { readonly event: 'sends'; readonly data: unknown }
  | { readonly event: 'waits'; readonly ms: number }
  | { readonly event: 'closed'; readonly code: string }

interface Transcript {
  readonly title: string
  readonly state?: { readonly text: string; readonly up: number; readonly down: number }
  readonly kept?: Partial<Kept> & { readonly outbox: { readonly texts: readonly (string | null)[] } }
  readonly steps: readonly Step[]
}

const folder = new URL('../../docs/protocol/transcripts/', import.meta.url)
const transcripts = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => [name, JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Transcript] as const)

/** What the client does that can be seen from outside, in the words of a transcript. */
function seen(effects: readonly Effect[], state: Transcript['state']): object[] {
  return effects.flatMap((effect): object[] => {
    switch (effect.type) {
      case 'dial':
        return [{ event: 'dials', on: effect.connection }]
      case 'hang-up':
        return [{ event: 'hangs-up', on: effect.connection, code: effect.code }]
      case 'transmit':
        return [{ from: 'client', on: effect.connection, frame: read(encode(effect.frame)) }]
      case 'transmit-messages':
        return [
          { from: 'client', on: effect.connection, frame: read(encodeMessages(effect.from, effect.texts)) },
        ]
      case 'transmit-state':
        return piecesOf(state?.text, state?.up ?? 0, state?.down ?? 0).map((piece) => ({
          from: 'client',
          on: effect.connection,
          frame: read(encode({ type: 'restore', ...piece })),
        }))
      default:
        return []
    }
  })
}

function read(text: string): ClientFrame {
  const decoded = decodeClientFrame(text)
  if ('fault' in decoded) throw new Error(decoded.fault)
  return decoded.frame
}

/** A length of time that depends on a draw is written as "any". */
const withAny = (step: object): object =>
  JSON.parse(JSON.stringify(step), (key, value: unknown) => (key === 'downMs' ? 'any' : value)) as object

function act(mind: Mind, step: Step, { kept }: Transcript): readonly Effect[] {
  if ('from' in step) {
    const decoded = decodeServerFrame(JSON.stringify(step.frame))
    if ('fault' in decoded) throw new Error(decoded.fault)
    expect(decoded.frame).toEqual(step.frame)
    const effects = mind.hear(decoded.frame, step.on)
    // What waits for the store after a welcome follows at once.
    return decoded.frame.type === 'welcome' ? [...effects, ...mind.persist()] : effects
  }
  switch (step.event) {
    case 'starts': {
      const { outbox, ...rest } = kept ?? {}
      const texts = outbox?.texts.map((text) => text ?? undefined) ?? []
      const before = mind.asked.length
      mind.restore(
        kept === undefined ? {} : { ...rest, isNew: false, outbox: { acked: 0, wired: 0, ...outbox, texts } },
      )
      return mind.asked.slice(before)
    }
    case 'opens':
      return [...mind.tell({ type: 'opened', connection: step.on }), ...mind.persist()]
    case 'sends':
      return mind.send(JSON.stringify(step.data))
    case 'processes':
      return mind.process()
    case 'waits':
      return mind.pass(step.ms)
    case 'redials':
      return mind.redial()
    case 'breaks':
      return mind.drop(step.code, step.on)
    case 'ends':
      return mind.tell({ type: 'close', forGood: true })
    default:
      throw new Error(`the client did not do what the transcript says: ${JSON.stringify(step)}`)
  }
}

const isByClient = (step: Step): boolean =>
  'from' in step ? step.from === 'client' : step.event === 'dials' || step.event === 'hangs-up'

describe('transcripts', () => {
  test.each(transcripts)('[WI-14] %s is what the client says and does', (_name, transcript) => {
    const mind = new Mind({ keepsState: transcript.state !== undefined })
    const todo: object[] = []
    for (const step of transcript.steps) {
      if ('event' in step && step.event === 'closed') {
        expect(mind.phase).toMatchObject({ kind: 'closed', error: { code: step.code } })
      } else if (isByClient(step)) {
        const next = todo.shift()
        expect(next === undefined ? 'nothing' : withAny(next)).toEqual(withAny(step))
      } else {
        expect(todo, `before ${JSON.stringify(step)}`).toEqual([])
        todo.push(...seen(act(mind, step, transcript), transcript.state))
      }
    }
    expect(todo).toEqual([])
  })

  test('[WI-14] there are some', () => {
    expect(transcripts.length).toBeGreaterThanOrEqual(5)
  })
})
