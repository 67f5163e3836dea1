/**
 * The files of one session in a directory, and who holds it.
 *
 * Each holder writes a file of its own, `*.1.journal`, `*.2.journal`, …, and into no other. To take the
 * session is to create the next number, which the system lets one process alone do, and only then to read the
 * numbers below. So a holder that finds after its write that there is no number above its own knows that
 * whoever comes next will read what it wrote; and one that finds a number has lost the session. That holds
 * without any lock, also between containers that share nothing but the directory.
 *
 * Numbers below are removed, the lowest first, when the one above them is whole. A file that is not whole,
 * with a whole one below it, is an attempt that was never used.
 */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { syncDirectory } from './journal-disk.ts'
import { unless } from './journal-errors.ts'
import { thisMachine, type Machine } from './journal-files.ts'

export interface Place {
  readonly directory: string
  /** What the names of all the session's files begin with. */
  readonly base: string
  /** Whether a commit must have reached the disk before anybody is told. */
  readonly sync: boolean
  readonly machine: Machine
}

/** Which file it is: a number can be reused after everything was erased, an inode that is open can not. */
export interface Identity {
  readonly epoch: number
  readonly inode: bigint
}

export function placeOf(directory: string, name: string, sync: boolean, machine = thisMachine): Place {
  return { directory, base: fileNameOf(name), sync, machine }
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

export function pathOf(place: Place, epoch: number): string {
  return join(place.directory, `${place.base}.${epoch}.journal`)
}

/** The numbers that there are, ascending. */
export async function epochsIn({ directory, base, machine }: Place): Promise<number[]> {
  const prefix = `${base}.`
  const epochs: number[] = []
  for (const name of await machine.files.readdir(directory)) {
    if (!name.startsWith(prefix)) continue
    const number = /^([1-9]\d{0,14})\.journal$/.exec(name.slice(prefix.length))?.[1]
    if (number !== undefined) epochs.push(Number(number))
  }
  return epochs.sort((one, other) => one - other)
}

/** Whether the session is still this file's. To be asked after a write, and before anybody is told of it. */
export async function isLive(place: Place, file: Identity): Promise<boolean> {
  // In this order: our number is removed before the one above it is, so if it is there now, the one above
  // was not there yet a moment ago, and not there no more.
  return (await inodeOf(place, file.epoch + 1)) === undefined && (await isThere(place, file))
}

export async function isThere(place: Place, file: Identity): Promise<boolean> {
  return (await inodeOf(place, file.epoch)) === file.inode
}

/** Which file has this number; `undefined` if none has. */
export async function inodeOf(place: Place, epoch: number): Promise<bigint | undefined> {
  const { files } = place.machine
  return (await unless(['ENOENT'], files.lstat(pathOf(place, epoch), { bigint: true })))?.ino
}

/** Removes these numbers, the lowest first. */
export async function remove(place: Place, epochs: readonly number[]): Promise<void> {
  for (const epoch of epochs) await unless(['ENOENT'], place.machine.files.unlink(pathOf(place, epoch)))
}

/**
 * Removes the numbers that the file above them stands for, and keeps a power cut from bringing them back: with that file
 * damaged later, an old one would be taken for the session, and nobody told what it lacks.
 */
export async function supersede(place: Place, epochs: readonly number[]): Promise<void> {
  if (epochs.length === 0) return
  await remove(place, epochs)
  await syncDirectory(place.machine.files, place.directory)
}

/** Puts a damaged file where nobody looks for it but people. @returns where. */
export async function setAside(place: Place, epoch: number): Promise<string> {
  const names = new Set(await place.machine.files.readdir(place.directory))
  for (let count = 1; ; count += 1) {
    const name = `${place.base}.quarantined-${count}`
    if (names.has(name)) continue
    const path = join(place.directory, name)
    await place.machine.files.rename(pathOf(place, epoch), path)
    return path
  }
}
