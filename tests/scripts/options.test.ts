/** What commands are asked: read whole, or refused in one line. */
import { expect, test } from 'vitest'
import { chosenFrom, flag, readOptions, text, Unusable, usage, whole } from '../../scripts/options.mjs'

const TABLE = {
  seed: whole({ least: 1, most: 100, otherwise: 7 }, 'where chance begins'),
  seeds: whole({ least: 0, otherwise: undefined }, 'how many'),
  only: text('names', '', 'these alone'),
  trace: flag('tells everything'),
}

test('options are read by name, wherever their value stands, and have their defaults', () => {
  expect(readOptions(TABLE, [])).toEqual({ seed: 7, seeds: undefined, only: '', trace: false })
  expect(readOptions(TABLE, ['--seed', '5', '--trace', '--only=a=b', '--seeds', '0'])).toEqual({
    seed: 5,
    seeds: 0,
    only: 'a=b',
    trace: true,
  })
})

test.each([
  [['--bogus'], 'there is no option --bogus; near it are'],
  [['--sed', '5'], 'near it are seed, seeds'],
  [['--toString'], 'there is no option --toString'],
  [['seed'], 'seed is no option'],
  [['-5'], '-5 is no option'],
  [['--seed'], '--seed takes a whole number from 1 to 100, not nothing'],
  [['--seed', '-1'], 'not -1'],
  [['--seed', '1.5'], 'not 1.5'],
  [['--seed', '1e1'], 'not 1e1'],
  [['--seed', '0'], 'not 0'],
  [['--seed', '101'], 'not 101'],
  [['--seed', 'abc'], 'not abc'],
  [['--seed', '--trace'], 'not nothing'],
  [['--seeds', '99999999999999999999'], '--seeds takes a whole number from 0'],
  [['--only'], '--only takes names'],
  [['--only='], '--only takes names'],
  [['--trace=yes'], '--trace takes nothing'],
])('%j is refused', (args, why) => {
  expect(() => readOptions(TABLE, args)).toThrow(Unusable)
  expect(() => readOptions(TABLE, args)).toThrow(why)
})

test('the usage names every option, what it takes and what it is otherwise', () => {
  const lines = usage('npm run it --', TABLE).split('\n')
  expect(lines[0]).toBe('usage: npm run it -- [options]')
  expect(lines).toContain('  --seed number   where chance begins (7)')
  expect(lines).toHaveLength(5)
})

test('a list chooses by parts of names, and every part must stand for something', () => {
  const things = ['reset.plain', 'reset.slow', 'drain']
  const choose = (list: string) => chosenFrom(list, things, (thing) => thing)
  expect(choose('')).toEqual(things)
  expect(choose('reset,drain')).toEqual(things)
  expect(choose('slow')).toEqual(['reset.slow'])
  for (const list of ['drian', 'reset,drian'])
    expect(() => choose(list)).toThrow('there is no drian; near it are drain')
})
