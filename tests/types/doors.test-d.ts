/** Every door has types of its own: an `any` here would switch off each test of the public face. */
import { expectTypeOf, test } from 'vitest'

test('no door is any', () => {
  expectTypeOf<typeof import('holdfast')>().not.toBeAny()
  expectTypeOf<typeof import('holdfast/node')>().not.toBeAny()
  expectTypeOf<typeof import('holdfast/agent')>().not.toBeAny()
  expectTypeOf<typeof import('holdfast/server')>().not.toBeAny()
  expectTypeOf<typeof import('holdfast/testing')>().not.toBeAny()
})
