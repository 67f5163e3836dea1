/**
 * The file system as one process sees it: each operation takes its time, may fail, and never answers once the
 * process is dead.
 */
import type { Files, FileStatus, OpenFile } from '../../../src/adapters/journal-files.ts'
import { type Disk, fail, systemError } from './disk.ts'
import { Inode } from './inode.ts'

export interface FileOperation {
  readonly name:
    | 'open'
    | 'create'
    | 'lstat'
    | 'mkdir'
    | 'readdir'
    | 'realpath'
    | 'rename'
    | 'unlink'
    | 'read'
    | 'write'
    | 'truncate'
    | 'sync'
  readonly path: string
  /** That a write would write. */
  readonly bytes: number
}

export type FileVerdict =
  | { readonly kind: 'fails'; readonly code: string; readonly when: 'before' | 'after' }
  /** A write takes so many bytes only; with a code, it fails with them written. */
  | { readonly kind: 'short'; readonly bytes: number; readonly code?: string }
  | { readonly kind: 'slow'; readonly until: Promise<unknown> }
  | undefined

export interface FileHost {
  readonly disk: Disk
  readonly script: (operation: FileOperation) => FileVerdict
  /** Resolves when so long a time has passed as the operation takes. */
  readonly takes: (operation: FileOperation) => Promise<unknown> | undefined
  /** Told of every change of a file. */
  readonly changed: (path: string, file: Inode) => void
}

export interface ProcessFiles {
  readonly files: Files
  /** The process is dead. A write that was under way has been done up to a byte, as `upTo` says. */
  kill(upTo: (bytes: number) => number): void
}

export function processFiles({ disk, script, takes, changed }: FileHost): ProcessFiles {
  let isDead = false
  const writing = new Set<(upTo: (bytes: number) => number) => void>()

  const run = async <T>(operation: FileOperation, effect: (atMost: number) => T): Promise<T> => {
    if (isDead) return never()
    await takes(operation)
    const verdict = script(operation)
    if (verdict?.kind === 'slow') await verdict.until
    if (isDead) return never()
    if (verdict?.kind === 'fails' && verdict.when === 'before') throw systemError(verdict.code)
    const result = effect(verdict?.kind === 'short' ? verdict.bytes : Number.POSITIVE_INFINITY)
    if (verdict?.kind === 'fails' || (verdict?.kind === 'short' && verdict.code !== undefined))
      throw systemError(verdict.code ?? 'EIO')
    return result
  }

  const handleOf = (path: string, node: ReturnType<Disk['open']>): OpenFile => {
    let isOpen = true
    const on = <T>(
      name: FileOperation['name'],
      bytes: number,
      effect: (file: Inode, atMost: number) => T,
    ): Promise<T> =>
      run({ name, path, bytes }, (atMost) => {
        if (!isOpen) return fail('EBADF')
        return node instanceof Inode ? effect(node, atMost) : fail('EISDIR')
      })
    const sync = (): Promise<void> =>
      run({ name: 'sync', path, bytes: 0 }, () => disk.sync(node)).catch((reason: unknown) => {
        if (node instanceof Inode) node.dropDirty()
        throw reason
      })
    return {
      read: (into, offset, length, position) =>
        on('read', length, (file) => {
          const bytesRead = file.content.copy(into, offset, position, position + length)
          return { bytesRead }
        }),
      async write(from, offset, length, position) {
        const bytes = Buffer.from(from.subarray(offset, offset + length))
        const put = (file: Inode, count: number): void => {
          disk.write(file, position, bytes.subarray(0, count))
          changed(path, file)
        }
        const broken = (upTo: (bytes: number) => number): void => {
          if (node instanceof Inode) put(node, upTo(length))
        }
        writing.add(broken)
        try {
          return await on('write', length, (file, atMost) => {
            writing.delete(broken)
            const bytesWritten = Math.min(length, atMost)
            put(file, bytesWritten)
            return { bytesWritten }
          })
        } finally {
          writing.delete(broken)
        }
      },
      truncate: () =>
        on('truncate', 0, (file) => {
          disk.truncate(file)
          changed(path, file)
        }),
      sync,
      datasync: sync,
      stat: async () => (isDead ? never() : isOpen ? statusOf(node) : fail('EBADF')),
      close: () => {
        isOpen = false
        return isDead ? never() : Promise.resolve()
      },
    }
  }

  const at = <T>(name: FileOperation['name'], path: string, effect: () => T): Promise<T> =>
    run({ name, path, bytes: 0 }, effect)

  return {
    files: {
      open: (path, flags) =>
        at(isCreating(flags) ? 'create' : 'open', path, () => handleOf(path, disk.open(path, flags))),
      lstat: (path) => at('lstat', path, () => statusOf(disk.find(path) ?? fail('ENOENT'))),
      mkdir: (path) => at('mkdir', path, () => disk.mkdir(path)),
      readdir: (path) => at('readdir', path, () => disk.readdir(path)),
      realpath: (path) => at('realpath', path, () => (disk.find(path) === undefined ? fail('ENOENT') : path)),
      rename: (from, to) => at('rename', from, () => disk.rename(from, to)),
      unlink: (path) => at('unlink', path, () => disk.unlink(path)),
    },
    kill(upTo) {
      if (isDead) return
      isDead = true
      for (const broken of writing) broken(upTo)
      writing.clear()
    },
  }
}

/** Directories are opened to be synced, files to be read: nothing is changed by that. */
const isCreating = (flags: number): boolean => (flags & 0o100) !== 0

function statusOf(node: ReturnType<Disk['open']>): FileStatus {
  const isFile = node instanceof Inode
  return {
    ino: node.id,
    size: BigInt(isFile ? node.length : 0),
    uid: BigInt(process.getuid?.() ?? 0),
    isFile: () => isFile,
    isDirectory: () => !isFile,
    isSymbolicLink: () => false,
  }
}

function never<T>(): Promise<T> {
  return new Promise<T>(() => undefined)
}
