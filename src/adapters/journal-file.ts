/**
 * The file that stands for a session: made whole, appended to, and followed by the next one.
 */
import { constants } from 'node:fs'
import type { JournalContents } from '../ports/session-store.ts'
import { inspect, readWhole, syncDirectory, writeAll } from './journal-disk.ts'
import { codeOf, journalFailure, newer, quarantined, tooLarge, tornTail, unless } from './journal-errors.ts'
import type { OpenFile } from './journal-files.ts'
import { decodeFile, encodeFile, encodeRecords, LARGEST } from './journal-format.ts'
import {
  epochsIn,
  isLive,
  pathOf,
  remove,
  setAside,
  supersede,
  type Identity,
  type Place,
} from './journal-place.ts'

/** A race is over sooner; a directory that is gone stays gone. */
const ATTEMPTS = 50

/** A number that is ours alone to fill. */
export interface Claim {
  readonly epoch: number
  readonly handle: OpenFile
}

/** The file that stands for the session. */
export interface JournalFile extends Claim, Identity {
  readonly salt: number
  readonly size: number
}

export interface Loaded {
  readonly file: JournalFile
  readonly contents: JournalContents
  /** The numbers that it stands for, and that may go. */
  readonly below: readonly number[]
}

/** Takes the session from whoever has it. Who takes it at the same time makes us begin again. */
export async function load(place: Place): Promise<Loaded> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const loaded = await unless(attempt < ATTEMPTS ? ['ENOENT'] : [], loadOnce(place))
    if (loaded !== undefined) return loaded
    // Not in step with the others, or we would all meet again.
    await place.machine.pause(attempt)
  }
  throw journalFailure({ code: 'others keep taking it' }, 'opened')
}

async function loadOnce(place: Place): Promise<Loaded | undefined> {
  const epochs = await epochsIn(place)
  for (const epoch of epochs) await inspect(place.machine.files, pathOf(place, epoch))
  const claim = await makeClaim(place, (epochs.at(-1) ?? 0) + 1)
  if (claim === undefined) return undefined
  const loaded = await fill(place, claim, (below) => readNewest(place, below)).catch(
    async (reason: unknown) => {
      await claim.handle.close().catch(() => undefined)
      // Every attempt on a full disk would leave a file. What is missing, though, somebody else took: a race.
      if (codeOf(reason) !== 'ENOENT') await remove(place, [claim.epoch]).catch(() => undefined)
      throw reason
    },
  )
  if (loaded === undefined) await claim.handle.close()
  else await orClose(claim.handle, () => supersede(place, loaded.below))
  return loaded
}

/** Takes a number, if nobody else has. */
export async function makeClaim(place: Place, epoch: number): Promise<Claim | undefined> {
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL
  const handle = await unless(['EEXIST'], place.machine.files.open(pathOf(place, epoch), flags, 0o600))
  return handle && { epoch, handle }
}

/** Does work with an open file, which does not stay open if the work fails. */
async function orClose<T>(handle: OpenFile, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (reason) {
    await handle.close().catch(() => undefined)
    throw reason
  }
}

/**
 * Makes the file that was claimed whole, and with it the session ours.
 *
 * @returns `undefined` if somebody else was or is ahead of us.
 */
export async function fill(
  place: Place,
  claim: Claim,
  contentsOf: (below: readonly number[]) => Promise<JournalContents>,
): Promise<Loaded | undefined> {
  const epochs = await epochsIn(place)
  // The number was free, but perhaps only because those who are far ahead had removed it already.
  if (epochs.at(-1) !== claim.epoch) return undefined
  const { ino: inode } = await claim.handle.stat({ bigint: true })
  const below = epochs.slice(0, -1)
  const contents = await contentsOf(below)
  const salt = place.machine.salt()
  const bytes = encodeFile(salt, contents)
  if (bytes.length > LARGEST) throw tooLarge(LARGEST)
  await claim.handle.truncate()
  await writeAll(claim.handle, bytes, 0)
  // Even where commits are not synced: file and name must be on the disk before those go that it replaces.
  await claim.handle.sync()
  await syncDirectory(place.machine.files, place.directory)
  const file = { ...claim, inode, salt, size: bytes.length }
  return (await isLive(place, file)) ? { file, contents, below } : undefined
}

/** What the highest number says that is whole. If none is, all are set aside. */
export async function readNewest(place: Place, epochs: readonly number[]): Promise<JournalContents> {
  const damages: { readonly epoch: number; readonly what: string; readonly at: number }[] = []
  for (const epoch of epochs.toReversed()) {
    const path = pathOf(place, epoch)
    const bytes = await readWhole(place.machine.files, path)
    const reading = bytes === undefined ? undefined : decodeFile(bytes)
    if (reading?.kind === 'newer') throw newer(path, reading.format)
    if (reading?.kind === 'sound') {
      const { snapshot, records, cut } = reading
      return { snapshot, records, ...(cut > 0 ? { trouble: tornTail(path, cut) } : {}) }
    }
    const { what, at } = reading ?? { what: 'far too large', at: LARGEST }
    damages.push({ epoch, what, at })
  }
  let trouble: JournalContents['trouble']
  // The lowest comes last and is told: what stands above it are attempts that were never used.
  for (const { epoch, what, at } of damages) trouble = quarantined(await setAside(place, epoch), what, at)
  return { snapshot: undefined, records: [], ...(trouble === undefined ? {} : { trouble }) }
}

/** @returns `undefined` if the session was taken from us. */
export async function append(
  place: Place,
  file: JournalFile,
  records: readonly string[],
): Promise<JournalFile | undefined> {
  const frame = encodeRecords(records, file.salt, file.size)
  if (file.size + frame.length > LARGEST) throw tooLarge(LARGEST)
  await writeAll(file.handle, frame, file.size)
  if (place.sync) await file.handle.datasync()
  return (await isLive(place, file)) ? { ...file, size: file.size + frame.length } : undefined
}
