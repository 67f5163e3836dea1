/**
 * The real stores through every fault that their ground can have, by chance: what was told as stored is there,
 * what is there was stored, and when all is well again everything works.
 */
import { describe, expect, test } from 'vitest'
import { createStorage } from '../simulation/storage/storage.ts'
import { chance } from '../../src/testing/virtual/chance.ts'
import { Timeline } from '../../src/testing/virtual/timeline.ts'
import { GROUNDS } from './grounds.ts'
import { inTime } from './in-time.ts'
import { Writer } from './writer.ts'

/** What the writer must have been told of at least once, or the fault was none. */
const TOLD: Readonly<Record<string, RegExp>> = {
  'F61 store refuses': /store-failed/,
  'F62 store answers lost': /store-failed/,
  'F67 torn write': /store-failed (?:EIO|ENOSPC)/,
  'F68 bit flip': /store-corrupt quarantined/,
  F69: /store-failed EIO/,
  'F70 disk full': /store-failed ENOSPC/,
  'F70 too many files': /store-failed EMFILE/,
  'F70 no permission': /store-failed EACCES/,
  'F70 read-only': /store-failed EROFS/,
  'F61 put refused': /store-failed QuotaExceededError/,
  'F62 commit aborts': /store-failed (?:QuotaExceeded|Unknown|Abort)Error/,
  'F63 connection lost': /store-failed UnknownError/,
  'F64 newer version': /store-newer/,
  'F65 early commit': /store-failed TransactionInactiveError/,
}

const SEEDS = 12
const STEPS = 40

async function live(writer: Writer, fault: string | undefined): Promise<void> {
  const { luck, storage, timeline } = writer
  const inject = fault === undefined ? undefined : storage.faults[fault]
  const lasts = (ms: number, end: () => void): void => void timeline.pause(ms).then(end)
  for (let step = 0; step < STEPS; step += 1) {
    const dice = luck.next()
    if (dice < 0.1 && inject !== undefined) {
      if (fault === 'F68 bit flip') writer.change(() => inject(luck, lasts))
      else inject(luck, lasts)
    } else if (dice < 0.15) writer.crash()
    else if (dice < 0.2) writer.cutPower()
    else if (dice < 0.3) await timeline.pause(luck.between(0, luck.pick([10, 2000, 200_000])))
    // Death comes while a commit is under way.
    else if (dice < 0.4) {
      const commit = writer.commit()
      await Promise.race([commit, timeline.pause(luck.between(0, 5))])
      if (luck.happens(0.5)) writer.crash()
      else writer.cutPower()
    } else await writer.commit()
  }
  await writer.heal()
}

describe.each(GROUNDS)('[ST-1] $kind $durability', (ground) => {
  const options = { timeline: new Timeline(), chance: chance(1), landed: () => undefined }
  const names = Object.keys(createStorage({ ...ground, ...options }).faults)
  test.each([undefined, ...names])('[ST-1] %s', async (fault) => {
    let commits = 0
    let struck = 0
    const told = new Set<string>()
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const writer = new Writer(ground, seed)
      await inTime(writer.timeline, () => live(writer, fault)).catch((reason: unknown) => {
        throw new Error(`seed ${seed}: ${String(reason)}`, { cause: reason })
      })
      commits += writer.commits
      for (const what of writer.told.keys()) told.add(what)
      struck += fault === undefined ? 0 : (writer.storage.struck.get(fault) ?? 0)
    }
    expect(commits).toBeGreaterThan(SEEDS)
    if (fault !== undefined) expect(struck, 'what it has befallen').toBeGreaterThan(0)
    const expected = Object.entries(TOLD).find(([name]) => fault?.startsWith(name))
    // Without syncing there is no sync to fail.
    if (expected !== undefined && !(fault?.startsWith('F69') === true && ground.durability === 'process'))
      expect([...told].join()).toMatch(expected[1])
  })
})
