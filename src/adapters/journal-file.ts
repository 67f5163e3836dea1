/**
 * The file that stands for a session: made whole, appended to, and replaced by one with a snapshot.
 */
import { randomBytes } from 'node:crypto'
import { unlink, type FileHandle } from 'node:fs/promises'
import type { JournalContents } from '../ports/session-store.ts'
import { writeAll } from './journal-disk.ts'
import { newer, quarantined, tooLarge, tornTail } from './journal-errors.ts'
import { decodeFile, encodeFile, encodeRecords, LARGEST, type Header } from './journal-format.ts'
import { isLive, publish, setAside, sweep, take, takeOwn, writeDraft, type Place } from './journal-place.ts'

/** The file that stands for the session. */
export interface File extends Header {
  readonly handle: FileHandle
  readonly inode: bigint
  readonly size: number
}

export interface Loaded {
  readonly file: File
  readonly contents: JournalContents
}

/** Takes the session and writes its file anew. Whoever else does so at once makes us begin again. */
export async function load(place: Place): Promise<Loaded> {
  for (;;) {
    const taken = await take(place)
    const reading = taken?.bytes === undefined ? undefined : decodeFile(taken.bytes)
    let contents: JournalContents = { snapshot: undefined, records: [] }
    if (reading?.kind === 'newer') throw newer(place.claim, reading.format)
    if (reading?.kind === 'sound') {
      const { snapshot, records, cut } = reading
      contents = { snapshot, records, ...(cut > 0 ? { trouble: tornTail(place.live, cut) } : {}) }
    } else if (taken !== undefined) {
      const { what, at } = reading ?? { what: 'a file far too large', at: LARGEST }
      contents = { ...contents, trouble: quarantined(await setAside(place), what, at) }
    }
    const header = headerFor(place, (taken?.epoch ?? 0) + 1)
    const file = await draft(place, header, encodeFile(header, contents))
    if (!(await publish(place))) {
      await file.handle.close()
      continue
    }
    await sweep(place, header.epoch)
    return { file, contents }
  }
}

function headerFor(place: Place, epoch: number): Header {
  return { salt: randomBytes(4).readUInt32LE(), epoch, holder: place.word }
}

async function draft(place: Place, header: Header, bytes: Buffer): Promise<File> {
  const handle = await writeDraft(place, bytes)
  const { ino: inode } = await handle.stat({ bigint: true })
  return { ...header, handle, inode, size: bytes.length }
}

/** @returns `undefined` if the session was taken from us. */
export async function append(
  place: Place,
  file: File,
  records: readonly string[],
): Promise<File | undefined> {
  const frame = encodeRecords(records, file.salt, file.size)
  if (file.size + frame.length > LARGEST) throw tooLarge(LARGEST)
  await writeAll(file.handle, frame, file.size)
  if (place.sync) await file.handle.datasync()
  if (!(await isLive(place, file.inode))) return undefined
  return { ...file, size: file.size + frame.length }
}

/** A new file with the snapshot alone takes the old one's place. @returns as `append` does. */
export async function replace(place: Place, file: File, snapshot: string): Promise<File | undefined> {
  const header = headerFor(place, file.epoch + 1)
  const bytes = encodeFile(header, { snapshot, records: [] })
  if (bytes.length > LARGEST) throw tooLarge(LARGEST)
  const next = await draft(place, header, bytes)
  if ((await takeOwn(place)) && (await publish(place))) {
    await file.handle.close().catch(() => undefined)
    await unlink(place.claim)
    return next
  }
  await next.handle.close()
  return undefined
}
