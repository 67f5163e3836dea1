import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { after, at, milliseconds, minutes, seconds } from '../../src/base/time.ts'
import { full, take } from '../../src/core/parts/allowance.ts'
import {
  type Backoff,
  boundOf,
  CEILING,
  drawAround,
  drawWait,
  leastOf,
} from '../../src/core/parts/backoff.ts'
import { arrive, createInbox } from '../../src/core/parts/inbox.ts'
import {
  begin,
  expectAnswer,
  heard,
  judge,
  livenessDeadline,
  probe,
  sample,
  UNMEASURED,
} from '../../src/core/parts/liveness.ts'
import {
  append,
  createOutbox,
  giveUp,
  markStored,
  rewind,
  settle,
  takeRuns,
  textAt,
  unacknowledged,
  unacknowledgedBytes,
  type Outbox,
} from '../../src/core/parts/outbox.ts'
import { draw, drawBetween } from '../../src/core/parts/rng.ts'

const BACKOFF: Backoff = { base: milliseconds(500), max: seconds(60), first: milliseconds(250) }

function waits(count: number, failures: number, backoff = BACKOFF): readonly number[] {
  const lengths: number[] = []
  let rng = 42
  for (let i = 0; i < count; i += 1) {
    const wait = drawWait(rng, backoff, failures)
    lengths.push(wait.length)
    rng = wait.rng
  }
  return lengths
}

function spread(values: readonly number[]): number {
  const mean = values.reduce((sum, one) => sum + one, 0) / values.length
  return Math.sqrt(values.reduce((sum, one) => sum + (one - mean) ** 2, 0) / values.length)
}

describe('chance', () => {
  test('[CL-11] the same state gives the same number, and another one next', () => {
    const one = draw(7)
    expect(draw(7)).toEqual(one)
    expect(draw(one.rng).value).not.toBe(one.value)
  })

  test('[CL-11] numbers lie in [0, 1) and are spread evenly', () => {
    let rng = 1
    const buckets = Array<number>(10).fill(0)
    for (let i = 0; i < 20_000; i += 1) {
      const drawn = draw(rng)
      rng = drawn.rng
      const bucket = Math.floor(drawn.value * 10)
      buckets[bucket] = (buckets[bucket] ?? 0) + 1
    }
    expect(buckets).toHaveLength(10)
    for (const count of buckets) expect(Math.abs(count - 2000)).toBeLessThan(200)
  })

  test('[CL-11] a range of no width gives its only number', () => {
    expect(drawBetween(3, 5, 5).value).toBe(5)
  })
})

describe('the backoff', () => {
  test('[BO-1] the first dial is drawn evenly from its small range', () => {
    const drawn = waits(5000, 0)
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...drawn)).toBeLessThan(250)
    expect(spread(drawn)).toBeCloseTo(250 / Math.sqrt(12), -1)
    expect(drawWait(1, BACKOFF, 0, seconds(5)).length).toBeLessThan(5000)
  })

  test.each([
    [1, 500],
    [2, 1000],
    [3, 2000],
    [7, 32_000],
    [8, 60_000],
    [50, 60_000],
    [1e9, 60_000],
  ])('[BO-2] after %d failures the bound is %d ms', (failures, bound) => {
    expect(boundOf(BACKOFF, failures)).toBe(bound)
    const drawn = waits(300, failures)
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(Math.min(bound * 0.4, 7500))
    expect(Math.max(...drawn)).toBeLessThan(bound)
  })

  test('[BO-2] the least wait is two fifths of the bound, and an eighth of the maximum at most', () => {
    const leasts = [500, 10_000, 18_750, 32_000, 60_000].map((bound) => leastOf(BACKOFF, bound))
    expect(leasts).toEqual([200, 4000, 7500, 7500, 7500])
    expect(leastOf({ ...BACKOFF, max: minutes(5) }, 60_000)).toBe(7500)
    expect(Math.min(...waits(5000, 1))).toBeLessThan(210)
  })

  test('[BO-2] a range that the server named holds after failures, too, until the bound outgrows it', () => {
    const bounds = [1, 2, 6, 7, 8, 50].map((failures) => boundOf(BACKOFF, failures, seconds(30)))
    expect(bounds).toEqual([30_000, 30_000, 30_000, 32_000, 60_000, 60_000])
    expect(boundOf({ ...BACKOFF, max: seconds(5) }, 1, seconds(30))).toBe(5000)
    let longest = 0
    for (let rng = 1; rng < 200; rng += 1)
      longest = Math.max(longest, drawWait(rng, BACKOFF, 1, seconds(30)).length)
    expect(longest).toBeGreaterThan(20_000)
  })

  test('[BO-3] no wait is longer than 60 s, whatever the options and the failures', () => {
    const lengths = fc.integer({ min: 1, max: 1e9 }).map(milliseconds)
    fc.assert(
      fc.property(lengths, lengths, lengths, fc.nat(), fc.integer(), (base, max, first, failures, rng) => {
        const { length } = drawWait(rng, { base, max, first }, failures)
        expect(length).toBeGreaterThanOrEqual(0)
        expect(length).toBeLessThanOrEqual(CEILING)
      }),
    )
  })

  test('[BO-3] at the cap no length has a share of its own', () => {
    const drawn = waits(20_000, 20)
    const share = new Map<number, number>()
    for (const length of drawn)
      share.set(Math.floor(length / 100), (share.get(Math.floor(length / 100)) ?? 0) + 1)
    // 600 tenths of a second: an even share is 0.17 %.
    expect(Math.max(...share.values()) / drawn.length).toBeLessThan(0.005)
  })

  test('[BO-3] at the cap the spread is at least a quarter of it', () => {
    expect(spread(waits(20_000, 20))).toBeGreaterThanOrEqual(60_000 / 4)
  })

  test('[BO-6] what a server asks for is moved by at most a tenth, and never beyond 60 s', () => {
    for (let rng = 0; rng < 500; rng += 1) {
      const { length } = drawAround(rng, seconds(5))
      expect(length).toBeGreaterThanOrEqual(4500)
      expect(length).toBeLessThan(5500)
      expect(drawAround(rng, minutes(5)).length).toBeLessThanOrEqual(CEILING)
    }
  })
})

describe('the allowance', () => {
  test('[BO-7] lets five through at once, and one more every ten seconds', () => {
    let now = at(0)
    let allowance = full(now)
    for (let i = 0; i < 5; i += 1) allowance = take(allowance, now) ?? expect.fail('too soon')
    expect(take(allowance, now)).toBeUndefined()
    now = after(now, milliseconds(9999))
    expect(take(allowance, now)).toBeUndefined()
    now = after(now, milliseconds(1))
    expect(take(allowance, now)).toBeDefined()
  })

  test('[BO-7] saves up no more than five', () => {
    const later = at(1e9)
    let allowance = full(at(0))
    for (let i = 0; i < 5; i += 1) allowance = take(allowance, later) ?? expect.fail('too soon')
    expect(take(allowance, later)).toBeUndefined()
  })
})

describe('liveness', () => {
  const RULE = { interval: seconds(10), patience: seconds(2), hiddenPatience: seconds(10) }
  const born = at(0)

  /** From the last frame to the verdict, with every alarm on time. */
  function verdictAfter(trip = UNMEASURED, hidden = false): number {
    const quiet = begin(RULE, trip, born)
    const probeAt = livenessDeadline(quiet)
    expect(judge(quiet, RULE, hidden, probeAt)).toBe('probe')
    const probing = probe(quiet, RULE, hidden, probeAt)
    const deadAt = livenessDeadline(probing)
    expect(judge(probing, RULE, hidden, after(deadAt, milliseconds(-1)))).toBe('too-early')
    expect(judge(probing, RULE, hidden, deadAt)).toBe('dead')
    return deadAt
  }

  test('[HB-2] a line is probed after the interval and two seconds of grace', () => {
    const quiet = begin(RULE, UNMEASURED, born)
    expect(judge(quiet, RULE, false, at(11_999))).toBe('too-early')
    expect(judge(quiet, RULE, false, at(12_000))).toBe('probe')
  })

  test('[HB-3] the verdict falls 14 s after the last frame, on a slow line as on a quick one', () => {
    expect(verdictAfter()).toBe(14_000)
    for (const trip of [10, 300, 800, 3000, 60_000])
      expect(verdictAfter(sample(UNMEASURED, milliseconds(trip)))).toBe(14_000)
  })

  test('[HB-5] on a slow line the probe goes out earlier and may stay unanswered up to three times as long', () => {
    const slow = sample(UNMEASURED, milliseconds(1500))
    expect(livenessDeadline(begin(RULE, slow, born))).toBe(14_000 - 4500)
    const slowest = sample(UNMEASURED, seconds(60))
    expect(livenessDeadline(begin(RULE, slowest, born))).toBe(14_000 - 6000)
  })

  test('[HB-5] while the page is hidden a probe may stay unanswered for ten seconds', () => {
    expect(verdictAfter(UNMEASURED, true)).toBe(22_000)
  })

  test('[HB-4] an alarm that rings late judges nobody', () => {
    const probing = probe(begin(RULE, UNMEASURED, born), RULE, false, at(12_000))
    expect(judge(probing, RULE, false, at(15_000))).toBe('dead')
    expect(judge(probing, RULE, false, at(15_001))).toBe('probe')
    expect(judge(probing, RULE, false, at(1e9))).toBe('probe')
  })

  test('[HB-4] an alarm of a hidden page may ring a minute and its patience late', () => {
    const probing = probe(begin(RULE, UNMEASURED, born), RULE, true, at(12_000))
    expect(judge(probing, RULE, true, at(22_000 + 70_000))).toBe('dead')
    expect(judge(probing, RULE, true, at(22_000 + 70_001))).toBe('probe')
    expect(judge(probing, RULE, true, at(1e9))).toBe('probe')
  })

  test('[HB-1] whatever is heard puts the probe off', () => {
    const probing = probe(begin(RULE, UNMEASURED, born), RULE, false, at(12_000))
    expect(livenessDeadline(heard(probing, RULE, at(13_000)))).toBe(25_000)
  })

  test('[HB-7] data of ours makes silence suspect after three seconds, and never puts a probe off', () => {
    const quiet = begin(RULE, UNMEASURED, born)
    expect(livenessDeadline(expectAnswer(quiet, at(1000)))).toBe(4000)
    expect(expectAnswer(quiet, at(11_000))).toBe(quiet)
    const probing = probe(quiet, RULE, false, at(12_000))
    expect(expectAnswer(probing, at(12_500))).toBe(probing)
  })

  test('[HB-5] round trips are smoothed as TCP does', () => {
    const first = sample(UNMEASURED, milliseconds(100))
    expect(sample(first, milliseconds(200))).toEqual({ smoothed: 112.5, variation: 62.5 })
  })
})

describe('the inbox', () => {
  test('[DN-1] takes the next number, skips what it has, and sees a hole', () => {
    const inbox = createInbox(5)
    expect(arrive(inbox, 6, 1)).toEqual({ kind: 'news', skip: 0 })
    expect(arrive(inbox, 4, 5)).toEqual({ kind: 'news', skip: 2 })
    expect(arrive(inbox, 4, 2)).toEqual({ kind: 'duplicate' })
    expect(arrive(inbox, 7, 1)).toEqual({ kind: 'hole' })
    expect(createInbox()).toEqual({ received: 0, handled: 0, committed: 0, stands: 0 })
  })
})

describe('the outbox', () => {
  const filled = (count: number): Outbox => {
    let outbox = createOutbox()
    for (let i = 1; i <= count; i += 1) outbox = append(outbox, `${i}`)
    return markStored(outbox, count)
  }

  test('[UP-2] numbers go up by one from where they were', () => {
    const outbox = append(createOutbox({ acked: 4, wired: 9, texts: ['"e"', undefined] }), '"g"')
    expect(outbox).toMatchObject({ acked: 4, sent: 4, wired: 6, stored: 6, last: 7 })
    expect([5, 6, 7, 8].map((seq) => textAt(outbox, seq))).toEqual(['"e"', undefined, '"g"', undefined])
    expect(unacknowledged(outbox)).toBe(3)
    expect(unacknowledgedBytes(outbox)).toBe(6)
  })

  test('[UP-5] what is acknowledged is forgotten, and going back changes nothing', () => {
    const outbox = settle(filled(3), 2)
    expect(outbox).toMatchObject({ acked: 2, last: 3 })
    expect(textAt(outbox, 3)).toBe('3')
    expect(unacknowledgedBytes(outbox)).toBe(1)
    expect(settle(outbox, 1)).toBe(outbox)
  })

  test('[UP-10] a server that has more than we know of moves the numbering on, and later texts keep their place', () => {
    const ahead = settle(filled(2), 5)
    expect(ahead).toMatchObject({ acked: 5, sent: 5, stored: 5, last: 5 })
    const outbox = append(ahead, '"next"')
    expect(outbox.last).toBe(6)
    expect(textAt(outbox, 6)).toBe('"next"')
  })

  test('[UP-10] C13 a number that nobody can count to costs nothing', () => {
    expect(settle(filled(2), Number.MAX_SAFE_INTEGER).acked).toBe(Number.MAX_SAFE_INTEGER)
  })

  test('[UP-3] only what is stored and inside the window is taken', () => {
    const outbox = append(filled(5), '6')
    const taken = takeRuns(outbox, 3)
    expect(taken.runs).toEqual([{ kind: 'messages', from: 1, texts: ['1', '2', '3'] }])
    expect(taken.outbox).toMatchObject({ sent: 3, wired: 3 })
    expect(takeRuns(taken.outbox, 3).runs).toEqual([])
    expect(takeRuns(taken.outbox, 100).runs).toEqual([{ kind: 'messages', from: 4, texts: ['4', '5'] }])
    expect(takeRuns(rewind(taken.outbox), 100).runs).toMatchObject([{ from: 1 }])
  })

  test('[UP-9] what was given up keeps its number and goes out as a gap', () => {
    const outbox = giveUp(filled(6), [2, 3, 6, 6])
    expect(takeRuns(outbox, 100).runs).toEqual([{ kind: 'messages', from: 1, texts: ['1'] }])
    expect(takeRuns(markStored(outbox, 6), 100).runs).toEqual([
      { kind: 'messages', from: 1, texts: ['1'] },
      { kind: 'gap', from: 2, to: 3 },
      { kind: 'messages', from: 4, texts: ['4', '5'] },
      { kind: 'gap', from: 6, to: 6 },
    ])
    expect(unacknowledgedBytes(outbox)).toBe(3)
  })

  test('[UP-9] as many messages as anybody may keep are given up at once', () => {
    const texts = Array.from({ length: 300_000 }, () => '1')
    const outbox = createOutbox({ acked: 0, wired: 300_000, texts })
    const seqs = texts.map((_, index) => index + 1)
    expect(giveUp(outbox, seqs.slice(100))).toMatchObject({ stored: 100, last: 300_000 })
    expect(unacknowledgedBytes(outbox)).toBe(100)
  })

  test('[UP-1] what is stored never goes back', () => {
    const outbox = filled(4)
    expect(markStored(outbox, 2).stored).toBe(4)
  })

  test('[UP-5] ten thousand messages come and go, and the queue does not grow', () => {
    let outbox = createOutbox()
    for (let seq = 1; seq <= 10_000; seq += 1) {
      outbox = markStored(append(outbox, `${seq}`), seq)
      outbox = takeRuns(outbox, 100).outbox
      if (seq > 5) outbox = settle(outbox, seq - 5)
      expect(textAt(outbox, seq)).toBe(`${seq}`)
    }
    expect(outbox.queue.texts.length).toBeLessThan(3000)
    expect(unacknowledged(outbox)).toBe(5)
  })

  test('[UP-5] any mixture of appending, giving up and settling keeps every text in its place', () => {
    const moves = fc.array(
      fc.record({ kind: fc.constantFrom('append', 'settle', 'give up'), n: fc.nat(50) }),
      { maxLength: 200 },
    )
    fc.assert(
      fc.property(moves, (all) => {
        let outbox = createOutbox()
        const model = new Map<number, string | undefined>()
        for (const { kind, n } of all) {
          if (kind === 'append') {
            outbox = append(outbox, `t${n}`)
            model.set(outbox.last, `t${n}`)
          } else if (kind === 'settle') {
            outbox = settle(outbox, outbox.acked + n)
            for (const seq of model.keys()) if (seq <= outbox.acked) model.delete(seq)
          } else if (outbox.acked + 1 + n <= outbox.last) {
            giveUp(outbox, [outbox.acked + 1 + n])
            model.set(outbox.acked + 1 + n, undefined)
          }
          for (const [seq, text] of model) expect(textAt(outbox, seq)).toBe(text)
          const bytes = [...model.values()].reduce((sum, text) => sum + (text?.length ?? 0), 0)
          expect(unacknowledgedBytes(outbox)).toBe(bytes)
        }
      }),
    )
  })
})
