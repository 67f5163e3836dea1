import { spawnSync } from 'node:child_process'
import { mkdir, readdir, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { crc32, crc32ByTable } from '../../src/adapters/crc32.ts'
import { decodeFile, encodeFile, encodeRecords } from '../../src/adapters/journal-format.ts'
import { epochsIn, fileNameOf, pathOf, placeOf } from '../../src/adapters/journal-place.ts'
import { journalStoreWith } from '../../src/adapters/journal-store.ts'
import {
  journalDirectory,
  NAME,
  openIn,
  readIn,
  reasonOf,
  type JournalDirectory,
} from './journal-directory.ts'

/** What may be found after the last k of these commits are gone. */
const COMMITS = [['one'], ['two', 'zwei', 'deux ✓'], ['three'], ['four']] as const

function prefixes(): string[] {
  const found: string[] = []
  for (let count = 0; count <= COMMITS.length; count += 1) found.push(COMMITS.slice(0, count).flat().join())
  return found
}

/** A file with a snapshot in its founded part and four commits behind it. */
async function written(): Promise<{ readonly directory: JournalDirectory; readonly bytes: Buffer }> {
  const directory = await journalDirectory()
  const journal = await openIn(directory.store())
  await journal.commit({ records: ['before'], snapshot: 'S' })
  for (const records of COMMITS) await journal.commit({ records })
  await journal.close()
  return { directory, bytes: await directory.bytes() }
}

afterEach(() => {
  vi.restoreAllMocks()
})

describe('[ST-11] a torn tail is cut off and told', () => {
  test('[ST-11] F67 cut at every byte, the file yields a prefix of what was committed, and can go on', async () => {
    const { directory, bytes } = await written()
    const seen = new Set<string>()
    for (let length = 0; length < bytes.length; length += 1) {
      await directory.put(bytes.subarray(0, length))
      const { snapshot, records, trouble } = await readIn(directory.store())
      const kind = trouble?.facts['kind']
      if (snapshot === undefined) expect([records, kind]).toEqual([[], 'quarantined'])
      else {
        expect(prefixes()).toContain(records.join())
        expect(kind ?? 'torn-tail').toBe('torn-tail')
        seen.add(records.join())
      }
      expect(await readIn(directory.store())).toEqual({ snapshot, records })
    }
    expect(seen.size).toBe(COMMITS.length)
  })

  test('[ST-11] it says how many bytes were cut', async () => {
    const { directory, bytes } = await written()
    await directory.put(Buffer.concat([bytes, Buffer.alloc(7, 0xff)]))
    expect((await readIn(directory.store())).trouble).toMatchObject({
      code: 'store-corrupt',
      facts: { kind: 'torn-tail', bytes: 7 },
    })
  })

  test('[ST-11] a tail of zeros, as file systems leave after a power cut, is a torn tail', async () => {
    const { directory, bytes } = await written()
    await directory.put(Buffer.concat([bytes, Buffer.alloc(4096)]))
    const { records, trouble } = await readIn(directory.store())
    expect(records).toEqual(COMMITS.flat())
    expect(trouble?.facts['kind']).toBe('torn-tail')
  })

  test('[ST-11] frames that an older file left on the disk behind the end are not taken for ours', async () => {
    const { directory, bytes } = await written()
    const stale = encodeRecords(['stale'], 12345, bytes.length)
    await directory.put(Buffer.concat([bytes, stale]))
    expect(await readIn(directory.store())).toMatchObject({ records: COMMITS.flat() })
  })
})

describe('[ST-12] damage that no crash leaves is set aside and told', () => {
  test('[ST-12] F68 a flip of any bit never yields a wrong record, and is never silent', async () => {
    const { bytes } = await written()
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const flipped = Buffer.from(bytes)
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7))
      const reading = decodeFile(flipped)
      if (reading.kind !== 'sound') continue
      expect(reading.cut).toBeGreaterThan(0)
      expect([reading.snapshot, reading.records.join()]).toEqual(['S', 'one,two,zwei,deux ✓,three'])
    }
  })

  test('[ST-12] F68 a flip in any byte is told by the store, and what was damaged is kept', async () => {
    const { directory, bytes } = await written()
    for (let place = 0; place < bytes.length; place += 1) {
      const flipped = Buffer.from(bytes)
      flipped[place] = (flipped[place] as number) ^ (1 << (place % 8))
      await directory.put(flipped)
      const found = await readIn(directory.store()).catch((reason: unknown) => reason)
      if (found instanceof Error) {
        expect(found).toMatchObject({ code: 'store-newer' })
        continue
      }
      const { snapshot, records, trouble } = found as Awaited<ReturnType<typeof readIn>>
      expect(trouble).toMatchObject({ code: 'store-corrupt' })
      if (trouble?.facts['kind'] === 'torn-tail') expect([snapshot, records.length]).toEqual(['S', 5])
      else {
        expect([snapshot, records]).toEqual([undefined, []])
        expect(await readFile(String(trouble?.facts['path']))).toEqual(flipped)
      }
    }
  })

  test('[ST-12] several damaged files of one session are all kept', async () => {
    const directory = await journalDirectory()
    for (const content of ['one', 'two', 'three']) {
      await directory.put(content)
      await readIn(directory.store())
    }
    const aside = (await directory.names()).filter((name) => /\.quarantined-\d$/.test(name))
    expect(aside).toHaveLength(3)
  })

  test.each([
    ['C41 a file of 0 bytes', ''],
    ['C41 a file of another application', '{"journal":[1,2,3]}'],
    [
      'C41 a file of another schema with our first word',
      'holdfast\u0001\0\0\0 and then something else entirely',
    ],
    ['C41 a file shorter than a header', 'holdfast'],
  ])('[ST-12] %s', async (_, content) => {
    const directory = await journalDirectory()
    await directory.put(content)
    const journal = await openIn(directory.store())
    const { records, trouble } = await journal.read()
    expect(records).toEqual([])
    expect(trouble).toMatchObject({ code: 'store-corrupt', facts: { kind: 'quarantined' } })
    await journal.commit({ records: ['new'] })
    await journal.close()
    expect(await readIn(directory.store())).toEqual({ snapshot: undefined, records: ['new'] })
  })

  test('[ST-12] C41 a file of three gigabytes is not read into memory', async () => {
    const { directory } = await written()
    await truncate(await directory.live(), 3 * 1024 ** 3)
    const { trouble } = await readIn(directory.store())
    expect(trouble).toMatchObject({ code: 'store-corrupt', facts: { kind: 'quarantined' } })
    expect((await stat(String(trouble?.facts['path']))).size).toBe(3 * 1024 ** 3)
  })

  test('[ST-12] C43 a sealed frame of absurd length is damage before good frames, and a torn tail at the end', () => {
    const salt = 7
    const file = encodeFile(salt, { snapshot: 'S', records: [] })
    const head = Buffer.alloc(12)
    head.writeUInt32LE(0xffff_fff0)
    head.writeUInt32LE(crc32(head.subarray(0, 8), (salt ^ file.length) >>> 0), 8)
    const absurd = Buffer.concat([file, head])
    expect(decodeFile(absurd)).toMatchObject({ kind: 'sound', snapshot: 'S', records: [], cut: 12 })
    const good = encodeRecords(['after'], salt, absurd.length)
    expect(decodeFile(Buffer.concat([absurd, good]))).toMatchObject({ kind: 'damaged', at: file.length })
  })

  test('[ST-12] C43 a sound frame whose text claims an absurd length is damage', () => {
    const salt = 7
    const file = encodeFile(salt, { snapshot: undefined, records: [] })
    const frame = encodeRecords(['text'], salt, file.length)
    frame.writeUInt32LE(0x7fff_ffff, 13)
    frame.writeUInt32LE(crc32(frame.subarray(12)), 4)
    frame.writeUInt32LE(crc32(frame.subarray(0, 8), (salt ^ file.length) >>> 0), 8)
    expect(decodeFile(Buffer.concat([file, frame]))).toMatchObject({ kind: 'damaged', at: file.length })
  })

  test('[ST-12] the table and the system agree on every checksum', () => {
    for (const text of ['', '123456789', 'x'.repeat(1000)]) {
      expect(crc32ByTable(Buffer.from(text), 99)).toBe(crc32(Buffer.from(text), 99))
    }
    expect(crc32ByTable(Buffer.from('123456789'))).toBe(0xcbf43926)
  })
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

describe('[ST-10] a newer format is left as it is', () => {
  test('[ST-10] C41 the file of a newer version is neither read nor touched', async () => {
    const { directory, bytes } = await written()
    bytes.writeUInt32LE(2, 8)
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
