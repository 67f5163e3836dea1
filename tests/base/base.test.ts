import { HoldfastError, isHoldfastError, seconds, milliseconds, minutes } from 'holdfast'
import { describe, expect, test } from 'vitest'
import { assertNever, invariant } from '../../src/base/invariant.ts'
import { after, at, between, earliest, later, longest, NEVER, shortest } from '../../src/base/time.ts'

describe('time', () => {
  test('lengths are milliseconds, whatever they are written in', () => {
    expect([milliseconds(5), seconds(5), minutes(5)]).toEqual([5, 5000, 300_000])
  })

  test('after and between are each other’s inverse', () => {
    expect(between(at(10), after(at(10), seconds(2)))).toBe(2000)
    expect(between(at(20), at(10))).toBe(-10)
  })

  test('the earliest of nothing is never', () => {
    expect(earliest()).toBe(NEVER)
    expect(earliest(undefined, undefined)).toBe(NEVER)
    expect(earliest(at(3), undefined, at(1), at(2))).toBe(1)
  })

  test('later, shortest and longest choose either side', () => {
    expect([later(at(1), at(2)), later(at(2), at(1))]).toEqual([2, 2])
    expect([shortest(seconds(1), seconds(2)), shortest(seconds(2), seconds(1))]).toEqual([1000, 1000])
    expect([longest(seconds(1), seconds(2)), longest(seconds(2), seconds(1))]).toEqual([2000, 2000])
  })
})

describe('errors', () => {
  test('an error carries its code, its hint inside the message, its facts and its cause', () => {
    const cause = new Error('disk')
    const error = new HoldfastError('store-failed', 'It failed.', { cause, hint: 'Try.', facts: { n: 1 } })
    expect(error).toMatchObject({
      name: 'HoldfastError',
      code: 'store-failed',
      hint: 'Try.',
      facts: { n: 1 },
    })
    expect(error.message).toBe('It failed. Try.')
    expect(error.cause).toBe(cause)
    expect(new HoldfastError('closed', 'Closed.')).toMatchObject({ facts: {}, message: 'Closed.' })
    expect('cause' in new HoldfastError('closed', 'Closed.')).toBe(false)
  })

  test('isHoldfastError narrows by code, and knows an error of another copy of the library', () => {
    const foreign = Object.assign(new Error('x'), { name: 'HoldfastError', code: 'closed' })
    expect(isHoldfastError(foreign)).toBe(true)
    expect(isHoldfastError(foreign, 'closed')).toBe(true)
    expect(isHoldfastError(foreign, 'ended')).toBe(false)
    expect(isHoldfastError(new Error('x'))).toBe(false)
    expect(isHoldfastError({ name: 'HoldfastError', code: 'closed' })).toBe(false)
    expect(isHoldfastError(undefined)).toBe(false)
  })
})

describe('invariants', () => {
  test('a broken invariant throws with its law', () => {
    expect(() => invariant(true, 'sums add up')).not.toThrow()
    expect(() => invariant(false, 'sums add up')).toThrow('broken invariant: sums add up')
  })

  test('the end of a total switch throws with what it met', () => {
    expect(() => assertNever('ghost' as never)).toThrow('unexpected "ghost"')
  })
})
