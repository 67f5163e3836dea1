import { expect, test } from 'vitest'
import type { Commit } from '../../src/ports/session-store.ts'
import { chance } from '../../src/testing/virtual/chance.ts'
import { Device, type Writer } from './device.ts'
import { Laws } from './laws.ts'
import type { Storage, StorageOptions } from './storage/storage.ts'
import type { World } from './world.ts'

const WRITER: Writer = { name: 'a process', landed: () => undefined, wasRead: () => undefined }
const COMMIT: Commit = { records: ['{"u":[1,"one"]}'] }
const THERE = { snapshot: undefined, records: COMMIT.records }
const NOTHING = { snapshot: undefined, records: [] }

/** With one commit that was answered for, on a storage where nothing is ever seen to be damaged. */
function deviceWithCommit(): Device {
  return landing().device
}

function landing(): { readonly device: Device; readonly land: (commit: Commit) => void } {
  let land: StorageOptions['landed'] = () => undefined
  const world = {
    chance: chance(1),
    laws: new Laws(),
    guard: (work: () => void) => work(),
    knownLedger: () => undefined,
  }
  const storage = { survived: () => COMMIT.records }
  const device = new Device(world as unknown as World, (landed) => {
    land = landed
    return storage as unknown as Storage
  })
  device.lets(WRITER)
  const writing = device.asked(WRITER, COMMIT)
  land(COMMIT)
  device.answered(writing)
  return { device, land }
}

const OTHER: Writer = { ...WRITER, name: 'another' }

test('a store is whose who was let in last', () => {
  const { device, land } = landing()
  device.lets(OTHER)
  device.asked(WRITER, COMMIT)
  expect(() => land(COMMIT)).toThrow('a process writes, and another holds')
})

test('a bit that was flipped before a store was opened excuses no loss after that', () => {
  const device = deviceWithCommit()
  device.damage(() => undefined, true)
  device.read(WRITER, THERE, device.opening())
  expect(() => device.read(WRITER, NOTHING, device.opening())).toThrow('does not read the last 1 commits')
})

test('a bit that was flipped while a store was opened excuses one', () => {
  const device = deviceWithCommit()
  const opened = device.opening()
  device.damage(() => undefined, true)
  device.read(WRITER, THERE, opened)
  device.read(WRITER, NOTHING, device.opening())
  expect(device.shelf.last).toBe(0)
})
