/**
 * What a journal takes from the machine: these few operations on files, chance and pauses, and no others.
 *
 * The types are parts of Node's own, so `node:fs/promises` is the default but for `mkdir`; a simulated disk needs
 * to know no more than what stands here.
 */
import { randomBytes } from 'node:crypto'
import { lstat, mkdir, open, readdir, realpath, rename, stat, unlink } from 'node:fs/promises'

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
  /** Makes a directory for its owner alone, if it is not there and the one above it is. */
  mkdir(path: string): Promise<void>
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
  files: { open, lstat, mkdir: makeDirectory, readdir, realpath, rename, unlink },
  salt: () => randomBytes(4).readUInt32LE(),
  pause: (ms) => new Promise((resolve) => setTimeout(resolve, Math.random() * ms)),
}

/** For its owner alone. That it is there already, systems say in more ways than `EEXIST`. */
async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 })
  } catch (reason) {
    const isThere = await stat(path).then(
      (found) => found.isDirectory(),
      () => false,
    )
    if (!isThere) throw reason
  }
}
