/**
 * Storms in small: the same simulation as `npm run storm`, with a crowd that is over in a second.
 *
 * Two thousand clients and forty admissions a second keep the proportion of a hundred thousand and two thousand.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { fleetOf } from '../../bench/storm/fleet.ts'
import { beats, secondsAt, waitAt } from '../../bench/storm/goals.ts'
import { ours } from '../../bench/storm/ours.ts'
import { PEERS, POLICIES } from '../../bench/storm/peers.ts'
import { picture } from '../../bench/storm/picture.ts'
import { planned } from '../../bench/storm/planned.ts'
import { type Storm, storm } from '../../bench/storm/storm.ts'
import { firstWait, lastWait } from '../../bench/storm/waits.ts'
import { spreadMs } from '../../src/server/admissions.ts'
import { root } from '../architecture/sources.ts'

const CLIENTS = 2000
const PER_SECOND = 40
const crowd: Storm = { clients: CLIENTS, downMs: 5000, perSecond: PER_SECOND, seed: 1, endMs: 300_000 }
const IDEAL_S = 5 + CLIENTS / PER_SECOND

const withinMs = spreadMs(CLIENTS, PER_SECOND)
const hinted = ours('ours', { withinMs: () => withinMs, turns: true })
const bare = ours('ours, no hints', { withinMs: () => undefined, turns: false })
const peer = (wanted: string) => {
  const found = PEERS.find(([name]) => name === wanted)
  if (found === undefined) throw new Error(`${wanted} is not among the peers`)
  return found[1]
}

describe('a crowd that lost its server', () => {
  test('[STORM-1] is back as fast as it can be let in, if its server had told it how many they are', () => {
    const outcome = storm(hinted, crowd)
    expect(outcome.gaveUp).toBe(0)
    expect(secondsAt(outcome, 0.99)).toBeLessThanOrEqual(1.1 * IDEAL_S)
    expect(secondsAt(outcome, 1)).toBeLessThanOrEqual(1.1 * IDEAL_S)
    expect(outcome.dials.wasted).toBeLessThan(0.4 * CLIENTS)
    expect(outcome.peak.ever).toBeLessThan(0.05 * CLIENTS)
  })

  test('[STORM-1] is back about as fast by the turns alone that a busy server hands out', () => {
    const unwarned = ours('turns alone', { withinMs: () => 200, turns: true })
    expect(secondsAt(storm(unwarned, crowd), 0.99)).toBeLessThanOrEqual(1.1 * IDEAL_S)
  })

  test('[STORM-2] comes back without a hint, too, and dials little more than a policy without a quick first dial', () => {
    const short = storm(bare, crowd)
    expect(secondsAt(short, 0.99)).toBeLessThanOrEqual(1.55 * IDEAL_S)
    expect(short.dials.wasted).toBeLessThan(6 * CLIENTS)
    const long = storm(bare, { ...crowd, downMs: 30_000 })
    expect(secondsAt(long, 1)).toBeLessThanOrEqual(1.35 * (IDEAL_S + 25))
    expect(long.dials.mean).toBeLessThan(8)
  })

  test('comes back the same way every time', () => {
    const figures = () => {
      const { dials, peak, waits } = storm(bare, crowd)
      return { dials, peak, waits: [...waits] }
    }
    expect(figures()).toEqual(figures())
    expect(storm(bare, { ...crowd, seed: 2 }).dials).not.toEqual(figures().dials)
  })
})

describe('a client that is alone', () => {
  const lone = (downMs: number) => storm(bare, { clients: 2000, downMs, seed: 2, endMs: 300_000 })

  test('[STORM-3] waits little longer than its server did', () => {
    const [short, long] = [lone(2000), lone(10_000)]
    expect(waitAt(short, 0.5)).toBeLessThan(0.8)
    expect(waitAt(short, 0.99)).toBeLessThan(3.8)
    expect(waitAt(long, 0.5)).toBeLessThan(3.4)
    expect(waitAt(long, 0.99)).toBeLessThan(15)
  })
})

describe('a server that says beforehand that it will stop', () => {
  test('[STORM-4] has nobody sent away, nobody lost and no dial in vain', () => {
    const rollout = { clients: CLIENTS, perSecond: PER_SECOND, seed: 1 }
    for (const [servers, restarts] of [
      [2, 1],
      [5, 5],
    ] as const) {
      const outcome = planned({ ...rollout, servers, restarts })
      expect(outcome.moves).toBeGreaterThanOrEqual(CLIENTS)
      expect(outcome).toMatchObject({ turnedAway: 0, lost: 0, dials: outcome.moves })
    }
  })

  test('[STORM-4] lets its clients arrive no faster than a tenth above what can be let in', () => {
    // So many that chance evens out within a tenth of a second.
    const { peak, turnedAway } = planned({
      clients: 20_000,
      servers: 2,
      restarts: 1,
      perSecond: 2000,
      seed: 1,
    })
    expect(turnedAway).toBe(0)
    expect(peak).toBeLessThanOrEqual(1.1 * 200)
  })

  test('[STORM-4] has many sent away if it is told to hurry', () => {
    const asked = { reconnect: { withinMs: 5000 } }
    const hurried = planned({
      clients: CLIENTS,
      servers: 2,
      restarts: 1,
      perSecond: PER_SECOND,
      seed: 1,
      asked,
    })
    expect(hurried.turnedAway).toBeGreaterThan(CLIENTS / 2)
  })
})

describe('the published policies', () => {
  test('are fourteen, and by each a client that is let in is back, or has given up', () => {
    expect(PEERS).toHaveLength(14)
    for (const [name, make] of PEERS) {
      const { waits, gaveUp } = storm(make, { clients: 100, downMs: 5000, seed: 1 })
      expect([name, waits.length + gaveUp]).toEqual([name, 100])
    }
  })

  test('cost a crowd what follows from four of them: in step, spread, and two that give up', () => {
    const jittered = storm(peer('convex'), crowd)
    expect(jittered.gaveUp).toBe(0)
    const inStep = storm(peer('partysocket'), crowd)
    expect(inStep.peak.ever).toBeGreaterThan(0.4 * CLIENTS)
    expect(secondsAt(inStep, 0.99)).toBeGreaterThan(3 * IDEAL_S)
    expect(storm(peer('@microsoft/signalr'), crowd).gaveUp).toBeGreaterThan(0.9 * CLIENTS)
    expect(storm(peer('graphql-ws'), crowd).gaveUp).toBeGreaterThan(0.3 * CLIENTS)
  })

  test('wait as the comparison says', () => {
    const rows = readFileSync(join(root, 'docs', 'comparison.md'), 'utf8').split('\n')
    const cells = (begin: string) =>
      (rows.find((row) => row.startsWith(`| ${begin}`)) ?? '').split(' | ').slice(2)
    const names = ['partysocket', 'socket.io-client', 'graphql-ws', 'centrifuge']
    const [firsts, lasts] = [cells('first wait after a loss'), cells('longest wait')]
    for (const [index, name] of names.entries()) {
      const policy = POLICIES[name] ?? (() => undefined)
      expect([name, firsts[index]?.replace(' |', '')]).toEqual([name, firstWait(policy)])
      expect([name, lasts[index]?.replace(' |', '').split(',')[0]]).toEqual([name, lastWait(policy)])
    }
  })

  test('dial once each if the server is there and lets everybody in', () => {
    const once = storm(
      fleetOf('at once', () => 0),
      { clients: 100, downMs: 0, seed: 1, endMs: 1000 },
    )
    expect(once.dials).toEqual({ mean: 1, most: 1, wasted: 0 })
    expect(once.reached(1)).toBeLessThan(300)
  })

  test('are compared figure by figure', () => {
    expect(beats([1, 2], [1, 3])).toBe(true)
    expect(beats([1, 3], [1, 3])).toBe(false)
    expect(beats([0, 4], [1, 3])).toBe(false)
  })
})

test('the picture has a curve and a bar for everybody', () => {
  const outcomes = [storm(hinted, crowd), storm(peer('convex'), crowd)]
  const scene = { title: 'away for 5 s', downMs: 5000, idealMs: IDEAL_S * 1000, outcomes, ours: 1 }
  const drawn = picture(CLIENTS, PER_SECOND, [scene])
  for (const { name } of outcomes) expect(drawn).toContain(`>${name}</text>`)
  expect(drawn.match(/<path d="M[^"]+L/g)).toHaveLength(3)
  expect(drawn).not.toMatch(/NaN|undefined|Infinity/)
})
