/**
 * What a journal takes from the machine: these few operations on files, chance and pauses, and no others.
 *
 * The types are parts of Node's own, so `node:fs/promises` is the default but for `mkdir`; a simulated disk needs
 * to know no more than what stands here.
 */
import { randomBytes } from 'node:crypto'
import { lstat, mkdir, open, readdir, realpath, rename, stat, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { codeOf } from './journal-errors.ts'

export interface FileStatus {
  readonly ino: bigint
  readonly size: bigint
  readonly uid: bigint
  isFile(): boolean
  isDirectory(): boolean
  isSymbolicLink(): boolean
}

/** Numbers beyond 2^53 are inodes too. */
type Exact = { readonly bigint: true }

export interface OpenFile {
  read(
    into: Buffer,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesRead: number }>
  /** May take less than it was offered. */
  write(
    from: Buffer,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesWritten: number }>
  /** To nothing. */
  truncate(): Promise<void>
  sync(): Promise<void>
  datasync(): Promise<void>
  stat(exact: Exact): Promise<FileStatus>
  close(): Promise<void>
}

export interface Files {
  open(path: string, flags: number, mode?: number): Promise<OpenFile>
  lstat(path: string, exact: Exact): Promise<FileStatus>
  /** Makes a directory for its owner alone, with all that lead to it. @returns the first that had to be made. */
  mkdir(path: string): Promise<string | undefined>
  readdir(path: string): Promise<string[]>
  realpath(path: string): Promise<string>
  rename(from: string, to: string): Promise<void>
  unlink(path: string): Promise<void>
}

export interface Machine {
  readonly files: Files
  /** 32 bits that no other file has. */
  salt(): number
  /** Waits for a time of chance, shorter than this. */
  pause(ms: number): Promise<void>
}

export const thisMachine: Machine = {
  files: { open, lstat, mkdir: makeDirectories, readdir, realpath, rename, unlink },
  salt: () => randomBytes(4).readUInt32LE(),
  pause: (ms) => new Promise((resolve) => setTimeout(resolve, Math.random() * ms)),
}

/**
 * Level by level, each asked for at most twice. Node 20, asked for all levels at once, goes round for ever where the
 * system calls a directory missing though its parent is there: in a working directory that was removed, below
 * `/proc`.
 */
async function makeDirectories(path: string): Promise<string | undefined> {
  try {
    return await makeOne(path)
  } catch (reason) {
    const above = dirname(path)
    if (codeOf(reason) !== 'ENOENT' || above === path) throw reason
    const first = await makeDirectories(above)
    const last = await makeOne(path)
    return first ?? last
  }
}

/** @returns `undefined` if it is there already: systems say that in more ways than `EEXIST`. */
async function makeOne(path: string): Promise<string | undefined> {
  try {
    await mkdir(path, { mode: 0o700 })
    return path
  } catch (reason) {
    const isThere = await stat(path).then(
      (found) => found.isDirectory(),
      () => false,
    )
    if (isThere) return undefined
    throw reason
  }
}
