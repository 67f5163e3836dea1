/**
 * The canary: in every run, the simulation must find one defect that was put there, in worlds that follow from the
 * commit, and nothing without it.
 *
 * The rest of the catalogue takes longer (`npm run mutants`, and a sample of it in tests/simulation); here it must only
 * still fit the sources.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startHere } from '../simulation/starts.ts'
import { CANARY, CATALOGUE } from './catalogue.ts'
import { Hunt, isElsewhere } from './hunt.ts'
import { MISSED } from './missed.ts'
import { PLACEBOS } from './placebos.ts'
import { misplaced } from './places.ts'
import { isHang, Player } from './player.ts'

/** No assertion about time: only a mutant that hangs would ever meet it. */
const LIMIT_MS = 60_000

const LIVES = 50

const { start, source } = startHere(LIVES)
const print = (line: string): void => void process.stdout.write(`${line}\n`)

test('the simulation finds the canary within fifty seeds, and passes them without it', async () => {
  const hunt = new Hunt(LIMIT_MS)
  try {
    print(`mutants are hunted from seed ${start} on, ${source}`)
    const { seed, law, spoiled } = await hunt.hunt(CANARY, { first: start, count: LIVES })
    expect(spoiled).toEqual([])
    expect(seed, CANARY.about).toBeDefined()
    expect(law).toContain(CANARY.expects)
    for (let one = start; one <= (seed ?? 0); one += 1) expect(await hunt.ofOriginal(one)).toBeUndefined()
  } finally {
    await hunt.close()
  }
}, 300_000)

test('every mutant has its one place in the sources, and is a program still', async () => {
  expect(await misplaced([...CATALOGUE, ...PLACEBOS])).toEqual([])
})

test('there are at least sixty mutants, each with a name of its own and a change of its own', () => {
  expect(CATALOGUE.filter(({ name }) => !(name in MISSED)).length).toBeGreaterThanOrEqual(60)
  expect(new Set(CATALOGUE.map(({ name }) => name)).size).toBe(CATALOGUE.length)
  for (const name of Object.keys(MISSED)) expect(CATALOGUE.map((one) => one.name)).toContain(name)
  for (const { find, replace } of CATALOGUE) expect(replace).not.toBe(find)
})

test('a mutant whose text is gone, or stands there twice, is called by its name', async () => {
  const file = 'src/core/line.ts'
  const base = { about: '', replace: '', expects: 'I1', file }
  const lost = await misplaced([
    { ...base, name: 'gone', find: 'no such text' },
    { ...base, name: 'twice', find: 'const received = state.inbox.committed' },
    { ...base, name: 'nonsense', find: 'export const lineDeadline', replace: '}' },
    { ...base, name: 'there', find: 'export const lineDeadline', replace: 'const deadline' },
  ])
  expect(lost).toEqual([
    expect.stringMatching(/^gone has lost its place: .* 0 times/),
    expect.stringMatching(/^twice has lost its place: .* 3 times/),
    expect.stringMatching(/^nonsense has lost its place: Transform failed/),
  ])
})

test('a mutant that another law finds is told from one that the expected law finds, and from one that hangs', () => {
  const mutant = { ...CANARY, expects: 'I1' }
  const hang = 'it hangs: no end within 60 s'
  const verdicts = ['I1: out of order', 'I10: renumbered', 'its process ends by 1', 'I9: twice\nnot I1', hang]
  expect(verdicts.map((law) => isElsewhere(mutant, law))).toEqual([false, true, true, true, false])
  expect(verdicts.map(isHang)).toEqual([false, false, false, false, true])
})

test('a seed that takes too long is a hang', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-player-'))
  const bundle = join(folder, 'idle.mjs')
  writeFileSync(bundle, "process.on('message', () => undefined)\n")
  const player = new Player(bundle, 50)
  const verdict = await player.play(1)
  player.stop()
  rmSync(folder, { recursive: true })
  expect(verdict).toSatisfy(isHang)
})

test('a mutant in a file that the simulation does not use is refused', async () => {
  const hunt = new Hunt(LIMIT_MS)
  const file = 'src/server/ws-server.ts'
  const mutant = {
    name: 'elsewhere',
    about: '',
    expects: 'I1',
    file,
    find: 'class Gate',
    replace: 'class Door',
  }
  try {
    await expect(hunt.hunt(mutant, { first: 1, count: 1 })).rejects.toThrow(`does not use ${file}`)
  } finally {
    await hunt.close()
  }
})
