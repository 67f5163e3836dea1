import { readFile, stat, truncate } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { crc32, crc32ByTable } from '../../src/adapters/crc32.ts'
import { decodeFile, encodeFile, encodeRecords, HEADER } from '../../src/adapters/journal-format.ts'
import { COMMITS, journalDirectory, openIn, readIn, written } from './journal-directory.ts'

/** What may be found after the last k of the commits are gone. */
function prefixes(): string[] {
  const found: string[] = []
  for (let count = 0; count <= COMMITS.length; count += 1) found.push(COMMITS.slice(0, count).flat().join())
  return found
}

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
      // A flip in the format is no newer version either.
      const { snapshot, records, trouble } = await readIn(directory.store())
      expect(trouble).toMatchObject({ code: 'store-corrupt' })
      if (trouble?.facts['kind'] === 'torn-tail') {
        expect([snapshot, records.length]).toEqual(['S', 5])
        // The commit was reported done, so the error must not say that none such is lost.
        expect(trouble.hint).toContain('suspect the disk')
      } else {
        expect([snapshot, records]).toEqual([undefined, []])
        expect(await readFile(String(trouble?.facts['path']))).toEqual(flipped)
      }
    }
  })

  test('[ST-12] F68 two flips in a header make no newer version of it, wherever they are', async () => {
    const { bytes } = await written()
    const bits = HEADER * 8
    const flip = (bit: number): void => {
      bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7))
    }
    for (let one = 0; one < bits; one += 1) {
      flip(one)
      for (let other = one + 1; other < bits; other += 1) {
        flip(other)
        expect(decodeFile(bytes).kind).toBe('damaged')
        flip(other)
      }
      flip(one)
    }
  })

  test('[ST-12] F68 two flips in a header, one in the format, are told by the store, and the file is kept', async () => {
    const { directory, bytes } = await written()
    for (const place of [8, 11, 12, 19, HEADER - 1]) {
      const flipped = Buffer.from(bytes)
      flipped[8] = (flipped[8] as number) ^ 2
      flipped[place] = (flipped[place] as number) ^ 0x40
      await directory.put(flipped)
      const { records, trouble } = await readIn(directory.store())
      expect([records, trouble?.code, trouble?.facts['kind']]).toEqual([[], 'store-corrupt', 'quarantined'])
      expect(await readFile(String(trouble?.facts['path']))).toEqual(flipped)
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
