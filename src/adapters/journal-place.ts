/**
 * The files of one session in a directory, and how they change hands.
 *
 * | file | is |
 * |---|---|
 * | `*.journal` | the session, while somebody holds it or nobody does |
 * | `*.claimed-W` | the session, while the holder of the word W makes the next `*.journal` from it |
 * | `*.new-W` | what W is writing, and nobody's yet |
 * | `*.quarantined-N` | what could not be read |
 *
 * Nobody ever writes into a file that another one may hold. Who takes a session renames its file away, reads
 * it, writes a file of its own and links that to the name. A rename and a link succeed for one process alone,
 * so two that both believe the session is theirs still never mix their records. And a holder that finds after
 * its write that the name is still its own file's knows that whoever comes next will read what it wrote.
 */
import { createHash, randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { link, lstat, open, readdir, rename, unlink, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf, journalFailure, unless } from './journal-errors.ts'
import { inspect, readWhole, syncDirectory, writeAll, type Taken } from './journal-disk.ts'

/** How file systems say that they have no hard links. */
const NO_LINKS: readonly string[] = ['EPERM', 'EACCES', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP']

export interface Place {
  readonly directory: string
  /** What the names of all the session's files begin with. */
  readonly base: string
  /** Who we are: drawn anew at every opening, and in the header of every file we make. */
  readonly word: string
  readonly live: string
  /** Ours while we take or replace the session. */
  readonly claim: string
  readonly draft: string
  /** Whether a file must have reached the disk before it gets its name. */
  readonly sync: boolean
}

export function placeOf(directory: string, name: string, sync: boolean): Place {
  const base = fileNameOf(name)
  const word = randomBytes(8).toString('hex')
  const path = (ending: string): string => join(directory, `${base}.${ending}`)
  return {
    directory,
    base,
    word,
    sync,
    live: path('journal'),
    claim: path(`claimed-${word}`),
    draft: path(`new-${word}`),
  }
}

/**
 * Any name as a file name: a few of its letters for people, its hash for the machine.
 *
 * Lower case throughout and nothing but letters, digits and dashes: no name leads out of the directory, and
 * names that differ only in case or composition do not meet on disks that confuse them.
 */
export function fileNameOf(name: string): string {
  const letters = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')
  const hash = createHash('sha256').update(Buffer.from(name, 'utf16le')).digest('hex')
  return `session-${letters.slice(0, 24)}-${hash.slice(0, 32)}`
}

/** Takes the session's file, whatever it is called now. @returns `undefined` if there is none. */
export async function take(place: Place): Promise<Taken | undefined> {
  if (await claimFrom(place, place.live)) return readWhole(place.claim)
  // Looked for only now: whoever renamed the live file away did so before, so its new name is there to see.
  for (const { path } of await claims(place)) {
    if (await claimFrom(place, path)) return readWhole(place.claim)
  }
  return undefined
}

/** @returns false if the file is not there, or was not any more when we reached for it. */
async function claimFrom(place: Place, source: string): Promise<boolean> {
  const seen = await unless(['ENOENT'], inspect(source))
  return seen !== undefined && (await unless(['ENOENT'], move(source, place.claim))) === true
}

/** Renames the session's file away if we made it; what is not ours is given back. */
export async function takeOwn(place: Place): Promise<boolean> {
  const moved = await unless(
    ['ENOENT'],
    rename(place.live, place.claim).then(() => true),
  )
  // If nothing was there to rename, what a failed attempt of ours took may still be there.
  const found = await unless(['ENOENT'], inspect(place.claim))
  if (found?.header?.holder === place.word) return true
  if (moved === true) await give(place.claim, place.live)
  return false
}

/** Writes a whole new file that nobody knows yet. */
export async function writeDraft(place: Place, bytes: Buffer): Promise<FileHandle> {
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL
  const handle = await open(place.draft, flags, 0o600)
  try {
    await writeAll(handle, bytes, 0)
    if (place.sync) await handle.sync()
    return handle
  } catch (reason) {
    await handle.close().catch(() => undefined)
    await unlink(place.draft).catch(() => undefined)
    throw reason
  }
}

/** Gives the draft the session's name. @returns false if the name is another's by now. */
export async function publish(place: Place): Promise<boolean> {
  const ours = await give(place.draft, place.live)
  // The name itself must be on the disk before anything that the new file stands for may go.
  if (ours && place.sync) await syncDirectory(place.directory)
  return ours
}

/** Whether the session's name still means this file. */
export async function isLive(place: Place, inode: bigint): Promise<boolean> {
  return (await unless(['ENOENT'], lstat(place.live, { bigint: true })))?.ino === inode
}

/** Puts the claimed file where nobody looks for it but people. @returns where. */
export async function setAside(place: Place): Promise<string> {
  for (let count = 1; ; count += 1) {
    const path = join(place.directory, `${place.base}.quarantined-${count}`)
    if (await give(place.claim, path, 'keep')) return path
  }
}

/** Removes what crashes left behind, and our own claim, now that a file of this epoch has the name. */
export async function sweep(place: Place, epoch: number): Promise<void> {
  await unless(['ENOENT'], unlink(place.claim))
  for (const { path, epoch: old } of await claims(place)) {
    if (old > 0 && old < epoch) await unless(['ENOENT'], unlink(path))
  }
  for (const name of await readdir(place.directory)) {
    if (name.startsWith(`${place.base}.new-`)) await unless(['ENOENT'], unlink(join(place.directory, name)))
  }
}

/** Files that somebody took and made no new one from, the newest first. */
async function claims(place: Place): Promise<{ readonly path: string; readonly epoch: number }[]> {
  const names = (await readdir(place.directory)).filter((name) => name.startsWith(`${place.base}.claimed-`))
  const found: { readonly path: string; readonly epoch: number }[] = []
  for (const name of names) {
    const path = join(place.directory, name)
    const seen = await unless(['ENOENT'], inspect(path))
    if (seen !== undefined) found.push({ path, epoch: seen.header?.epoch ?? 0 })
  }
  return found.sort((one, other) => other.epoch - one.epoch)
}

function move(from: string, to: string): Promise<true> {
  return rename(from, to).then(() => true)
}

/**
 * Gives a file another name, unless that name is taken; then the file is dropped, or kept where it is.
 *
 * A link does that in one step. Some file systems have none; there only the process lock stands between the
 * look and the rename.
 */
async function give(from: string, to: string, otherwise: 'drop' | 'keep' = 'drop'): Promise<boolean> {
  const refusal = await link(from, to).then(() => undefined, codeOf)
  if (refusal !== undefined && NO_LINKS.includes(refusal) && !(await exists(to))) return move(from, to)
  if (refusal !== undefined && refusal !== 'EEXIST' && !NO_LINKS.includes(refusal)) {
    throw journalFailure({ code: refusal }, 'renamed')
  }
  if (refusal === undefined || otherwise === 'drop') await unlink(from)
  return refusal === undefined
}

async function exists(path: string): Promise<boolean> {
  return (await unless(['ENOENT'], lstat(path))) !== undefined
}
