/**
 * Hunting mutants: each plays seed after seed until the simulation notices that something is wrong.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { cache, root } from '../../scripts/fresh.mjs'
import { bundleTs } from '../../scripts/run-ts.mjs'
import type { Mutant } from './mutant.ts'
import { isHang, Player, type Verdict } from './player.ts'

export interface Seeds {
  readonly first: number
  readonly count: number
}

export interface Catch {
  /** The seed that it failed; `undefined` if it passed them all. */
  readonly seed: number | undefined
  readonly law: string
  /** How many seeds it took. */
  readonly seeds: number
  readonly seconds: number
  /** Seeds that are no evidence, since the original fails them as well. */
  readonly spoiled: readonly string[]
}

/** Whether another law was broken than the one that the mutant is said to break first of all. */
export function isElsewhere({ expects }: Mutant, law: string): boolean {
  return !isHang(law) && !new RegExp(`\\b${expects}\\b`).test(law.split('\n', 1)[0] ?? '')
}

const CHILD = join(root, 'tests/mutants/child.ts')

export class Hunt {
  /** Bundles of mutants are of no use to anybody later. */
  private readonly folder: string
  private readonly limitMs: number
  private original: Promise<Player> | undefined
  /** What the original makes of a seed, one at a time. */
  private readonly verdicts = new Map<number, Promise<Verdict>>()
  private turn: Promise<unknown> = Promise.resolve()

  /** @param limitMs - how long a seed may take before it counts as hanging */
  constructor(limitMs: number) {
    this.limitMs = limitMs
    mkdirSync(cache, { recursive: true })
    this.folder = mkdtempSync(join(cache, 'mutants-'))
    process.once('exit', this.sweep)
  }

  async hunt(mutant: Mutant, { first, count }: Seeds): Promise<Catch> {
    const player = new Player(await bundleTs(CHILD, { swap: mutant, folder: this.folder }), this.limitMs)
    const spoiled: string[] = []
    const began = performance.now()
    const caught = (seed: number | undefined, law: string, seeds: number): Catch => {
      const seconds = (performance.now() - began) / 1000
      return { seed, law, seeds, seconds, spoiled }
    }
    try {
      for (let seed = first; seed < first + count; seed += 1) {
        const law = await player.play(seed)
        if (law === undefined) continue
        const own = await this.ofOriginal(seed)
        if (own === undefined) return caught(seed, law, seed - first + 1)
        spoiled.push(`the original fails seed ${seed} as well: ${own}`)
      }
      return caught(undefined, '', count)
    } finally {
      player.stop()
    }
  }

  /** What the original makes of a seed: only what it passes says anything about a mutant. */
  ofOriginal(seed: number): Promise<Verdict> {
    let verdict = this.verdicts.get(seed)
    if (verdict === undefined) {
      verdict = this.turn.then(async () => {
        this.original ??= bundleTs(CHILD, { folder: this.folder }).then(
          (bundle) => new Player(bundle, this.limitMs),
        )
        return (await this.original).play(seed)
      })
      this.verdicts.set(seed, verdict)
      this.turn = verdict.catch(() => undefined)
    }
    return verdict
  }

  async close(): Promise<void> {
    const original = await this.original
    original?.stop()
    process.off('exit', this.sweep)
    this.sweep()
  }

  private readonly sweep = (): void => rmSync(this.folder, { recursive: true, force: true })
}
