import { spawnSync } from 'node:child_process'
import { mkdir, readdir, readFile, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { crc32 } from '../../src/adapters/crc32.ts'
import { makeDirectories } from '../../src/adapters/journal-disk.ts'
import { encodeFile } from '../../src/adapters/journal-format.ts'
import { epochsIn, fileNameOf, pathOf, placeOf } from '../../src/adapters/journal-place.ts'
import { journalStoreWith } from '../../src/adapters/journal-store.ts'
import { journalDirectory, NAME, openIn, readIn, written } from './journal-directory.ts'
import { bundleTs } from '../../scripts/run-ts.mjs'
import { reasonOf } from './reason-of.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

describe('[ST-14] of several files of one session', () => {
  const whole = (record: string): Buffer => encodeFile(7, { snapshot: undefined, records: [record] })
  const cases: readonly (readonly [string, readonly Buffer[], readonly string[], number])[] = [
    ['C44 of two whole ones the newer counts', [whole('old'), whole('new')], ['new'], 0],
    [
      'C44 a newer one that is not whole was never used',
      [whole('old'), whole('new').subarray(0, 30)],
      ['old'],
      0,
    ],
    ['C44 a newer one that is empty was never used', [whole('old'), Buffer.alloc(0)], ['old'], 0],
    [
      'C44 if none is whole, all are kept and the session starts anew',
      [Buffer.from('x'), Buffer.alloc(0)],
      [],
      2,
    ],
  ]
  test.each(cases)('[ST-14] %s', async (_, files, records, aside) => {
    const { path, store, names } = await journalDirectory()
    const place = placeOf(path, NAME, false)
    for (const [index, bytes] of files.entries()) await writeFile(pathOf(place, index + 4), bytes)
    const found = await readIn(store())
    expect(found.records).toEqual(records)
    expect(found.trouble?.facts['kind']).toBe(aside === 0 ? undefined : 'quarantined')
    expect((await names()).filter((name) => name.includes('quarantined'))).toHaveLength(aside)
    expect(await epochsIn(place)).toHaveLength(1)
  })
})

describe('[ST-9] what is not a plain file of our own is refused and left alone', () => {
  const refused = { code: 'store-failed', facts: { reason: 'refused' } }

  test('[ST-9] C41 a directory where the file should be is told, not crashed on', async () => {
    const directory = await journalDirectory()
    await mkdir(await directory.live())
    expect(await reasonOf(openIn(directory.store()))).toMatchObject(refused)
    expect((await stat(await directory.live())).isDirectory()).toBe(true)
  })

  test('[ST-9] C41 a symbolic link is not followed', async () => {
    const { directory, bytes } = await written()
    const elsewhere = join(directory.path, 'elsewhere')
    await writeFile(elsewhere, bytes)
    const trap = await journalDirectory()
    await symlink(elsewhere, await trap.live())
    expect(await reasonOf(openIn(trap.store()))).toMatchObject(refused)
    expect(await readFile(elsewhere)).toEqual(bytes)
  })

  test('[ST-9] a file of another user is not believed', async () => {
    const { directory, bytes } = await written()
    const user = process.getuid?.() ?? 0
    vi.spyOn(process, 'getuid').mockReturnValue(user + 1)
    expect(await reasonOf(openIn(directory.store()))).toMatchObject(refused)
    expect(await directory.bytes()).toEqual(bytes)
  })

  test('[ST-9] a pipe is not waited for', async () => {
    const directory = await journalDirectory()
    spawnSync('mkfifo', [await directory.live()])
    expect(await reasonOf(openIn(directory.store()))).toMatchObject(refused)
  })

  test('[ST-9] a file where the directory should be is told', async () => {
    const directory = await journalDirectory()
    await rm(directory.path, { recursive: true })
    await writeFile(directory.path, 'a file')
    expect(await reasonOf(openIn(directory.store()))).toMatchObject({ code: 'store-failed' })
  })
})

describe('[ST-16] a directory that cannot be made is told', () => {
  // A child each time: what goes wrong here goes round for ever.
  test('[ST-16] a relative one, where the working directory was removed', async () => {
    const { path } = await journalDirectory()
    const program = await bundleTs(join(import.meta.dirname, 'lock-child.ts'))
    const { stdout, signal } = spawnSync(process.execPath, [program, 'astray', path], { timeout: 10_000 })
    expect(signal).toBeNull()
    expect(String(stdout)).toContain('could not be opened: ENOENT. The directory is not there')
  })

  test('[ST-16] deep directories are made where only the first of them is there', async () => {
    const { path } = await journalDirectory()
    const { machine } = placeOf(path, NAME, false)
    for (const deep of [join(path, 'a', 'b', 'c'), join(path, 'a', 'b', 'd'), join(path, 'a')]) {
      expect(await makeDirectories(machine.files, deep)).toBe(await realpath(deep))
      expect((await stat(deep)).mode & 0o777).toBe(0o700)
    }
  })
})

describe('[ST-10] a newer format is left as it is', () => {
  test('[ST-10] C41 the file of a newer version is neither read nor touched', async () => {
    const { directory, bytes } = await written()
    bytes.writeUInt32LE(2, 8)
    // Whatever a newer version has there: its header keeps the checksum where it is.
    bytes.writeUInt32LE(0x1234_5678, 12)
    bytes.writeUInt32LE(crc32(bytes.subarray(0, 20)), 20)
    await directory.put(bytes)
    expect(await reasonOf(openIn(directory.store()))).toMatchObject({
      code: 'store-newer',
      facts: { format: 2 },
    })
    expect(await directory.bytes()).toEqual(bytes)
    expect(await directory.names()).toHaveLength(1)
  })
})

describe('[ST-17] the files are nobody else’s business', () => {
  test('[ST-17] the directory is made for its owner alone, and so is every file', async () => {
    const { path } = await journalDirectory()
    const deep = join(path, 'deep', 'er')
    const before = process.umask(0)
    try {
      const journal = await openIn(journalStoreWith(async () => ({ release: async () => undefined }), deep))
      await journal.commit({ records: ['1'], snapshot: 'S' })
      await journal.close()
    } finally {
      process.umask(before)
    }
    expect((await stat(deep)).mode & 0o777).toBe(0o700)
    for (const name of await readdir(deep)) expect((await stat(join(deep, name))).mode & 0o777).toBe(0o600)
  })

  test('[ST-17] C50 no name leads out of the directory, and no two meet on a disk that folds case', () => {
    const names = [
      'a',
      'A',
      'é',
      'e\u0301',
      '../a',
      '..',
      '/etc/passwd',
      'a\0b',
      'CON',
      'ß',
      'ss',
      '\ud800',
      '\ud801',
    ]
    const files = names.map(fileNameOf)
    expect(new Set(files.map((file) => file.toLowerCase())).size).toBe(names.length)
    for (const file of files) expect(file).toMatch(/^session-[a-z0-9-]{0,24}-[0-9a-f]{32}$/)
  })
})
