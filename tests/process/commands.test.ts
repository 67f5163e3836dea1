/** Every command says what it can be asked, and does nothing when it is asked for something else. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { root } from '../../scripts/fresh.mjs'

interface Ended {
  readonly code: unknown
  readonly out: string
  readonly complaint: string
}

function run(command: string, ...args: readonly string[]): Promise<Ended> {
  const words = command.endsWith('.ts') ? ['scripts/run-ts.mjs', command] : [command]
  return new Promise((resolve) => {
    execFile(process.execPath, [...words, ...args], { cwd: root, timeout: 60_000 }, (error, out, complaint) =>
      resolve({ code: error === null ? 0 : error.code, out, complaint }),
    )
  })
}

const SIM = 'tests/simulation/cli.ts'
const MUTANTS = 'tests/mutants/cli.ts'
const CRASHES = 'tests/crash-points/cli.ts'

test.each([
  SIM,
  MUTANTS,
  CRASHES,
  'bench/run.ts',
  'bench/storm/run.ts',
  'tests/process/kill-test.ts',
  'scripts/sizes.mjs',
  'scripts/test.mjs',
  'scripts/model.mjs',
])('%s tells its options, and refuses others in one line', async (command) => {
  const help = await run(command, '--help')
  expect(help).toMatchObject({ code: 0, complaint: '' })
  expect(help.out).toMatch(/^usage: npm /)
  const refused = await run(command, '--bogus')
  expect(refused).toMatchObject({ code: 2, out: '' })
  expect(refused.complaint).toMatch(/^there is no option --bogus.*\n$/)
})

test.each([
  [SIM, ['--seeds', '0'], '--seeds takes a whole number from 1 to 4294967295, not 0'],
  [SIM, ['--seed', '-1'], '--seed takes a whole number from 0 to 4294967295, not -1'],
  [SIM, ['--seed', '4294967295', '--seeds', '3'], 'seeds end at 4294967295'],
  [
    SIM,
    ['--publish', '--seed', '0'],
    '--publish draws its start, so that nobody chooses it: leave --seed out',
  ],
  [SIM, ['--weights', '--publish'], '--weights plays nothing: leave --publish out'],
  [SIM, ['--script', '/nonexistent/script'], '/nonexistent/script is no script: ENOENT'],
  [SIM, ['--trace', '--seeds', '5'], '--trace is for one seed'],
  [MUTANTS, ['--seeds', '0'], '--seeds takes a whole number from 1, not 0'],
  [MUTANTS, ['--only', 'nosuch'], 'there is no nosuch; near it are '],
  [MUTANTS, ['--only', 'ack-before-comit,fencing'], 'near it are ack-before-commit'],
  [MUTANTS, ['--only', 'two-holders'], 'known to be missed: add --missed'],
  [CRASHES, ['--only', 'nosuch'], 'there is no nosuch; near it are '],
  [CRASHES, ['--script', 'nosuch'], 'there is no nosuch; near it are '],
  [CRASHES, ['--script', 'reset.plain', '--client', 'x'], '--client takes whole numbers from 1, not x'],
  ['bench/storm/run.ts', ['--clients', '-5'], '--clients takes a whole number from 100 to 1000000, not -5'],
  ['tests/process/kill-test.ts', ['--kills', '0'], '--kills takes a whole number from 1, not 0'],
  ['scripts/test.mjs', ['--only'], '--only takes parts'],
  ['scripts/test.mjs', ['--only', 'unti'], 'no such part: unti. There are: types'],
  ['scripts/model.mjs', ['nosuch'], 'no such search: nosuch. There are: '],
])('%s %j does nothing but say why', async (command, args, why) => {
  const { code, out, complaint } = await run(command, ...args)
  expect({ code, out }).toEqual({ code: 2, out: '' })
  expect(complaint).toContain(why)
  expect(complaint.trimEnd()).not.toContain('\n')
})

test('a script of a world that holds nothing, or nonsense, is none', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-script-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'script.txt')
  for (const content of ['', '\n', '# nothing\n', '{}', 'null', 'not json']) {
    writeFileSync(file, content)
    const { code, complaint } = await run(SIM, '--script', file)
    expect([content, code]).toEqual([content, 2])
    expect(complaint).toContain(`${file} is no script: `)
  }
}, 60_000)

test('one seed is played when one seed is named, and a trace says which it is of', async () => {
  const { code, out } = await run(SIM, '--seed', '42', '--jobs', '1')
  expect(code).toBe(0)
  expect(out.trimEnd().split('\n').at(-1)).toMatch(/^1 seeds?\b/)
  const drawn = (await run(SIM, '--trace')).out
  const seed = /^the start was drawn: --seed (\d+)\n/.exec(drawn)?.[1]
  expect(drawn).toContain(`\nworld seed=${seed} `)
  expect((await run(SIM, '--seed', '3', '--trace')).out).toMatch(/^world seed=3 /)
}, 60_000)
