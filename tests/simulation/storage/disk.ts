/**
 * A disk with one file system on it, as POSIX promises it and no better: a file's bytes are safe when the
 * file was synced, a name is safe when its directory was. What is unsynced for half a minute the kernel
 * writes back by itself.
 *
 * Everything here happens at once. What a process sees of it, late, failing or never, is in `files.ts`.
 */
import { constants } from 'node:fs'
import { dirname } from 'node:path'
import { Inode, type FileFate } from './inode.ts'

/** Names changed in one step: to a node, or away. */
interface NameChange {
  readonly at: number
  readonly names: readonly (readonly [name: string, node: Node | undefined])[]
}

export interface Directory {
  readonly id: bigint
  readonly cached: Map<string, Node>
  readonly stable: Map<string, Node>
  /** In the order in which they happened; a journalling file system keeps a prefix of them. */
  readonly pending: NameChange[]
}

export type Node = Inode | Directory

/** What the power cut leaves; asked of each directory first and then of each file that is left. */
export interface Fate {
  /** How many of the pending changes of names have reached the disk. */
  names(pending: number): number
  file(unsynced: number): FileFate
}

const WRITEBACK_MS = 30_000

export class Disk {
  private readonly now: () => number
  private ids = 0n
  private root: Directory

  constructor(now: () => number) {
    this.now = now
    this.root = this.emptyDirectory()
  }

  open(path: string, flags: number): Node {
    const found = this.find(path)
    if ((flags & constants.O_CREAT) === 0) return found ?? fail('ENOENT')
    if (found !== undefined && (flags & constants.O_EXCL) !== 0) fail('EEXIST')
    if (found !== undefined) return found
    const made = new Inode(this.nextId())
    this.change(this.parentOf(path), [[lastOf(path), made]])
    return made
  }

  find(path: string): Node | undefined {
    let node: Node | undefined = this.root
    for (const part of partsOf(path)) {
      if (node === undefined) return undefined
      if (node instanceof Inode) return fail('ENOTDIR')
      node = node.cached.get(part)
    }
    return node
  }

  mkdir(path: string): void {
    const found = this.find(path)
    if (found instanceof Inode) fail('EEXIST')
    if (found === undefined) this.change(this.parentOf(path), [[lastOf(path), this.emptyDirectory()]])
  }

  readdir(path: string): string[] {
    return [...this.directory(path).cached.keys()]
  }

  rename(from: string, to: string): void {
    const node = this.find(from) ?? fail('ENOENT')
    // The journal renames inside one directory only.
    if (dirname(from) !== dirname(to)) fail('EXDEV')
    this.change(this.parentOf(from), [
      [lastOf(from), undefined],
      [lastOf(to), node],
    ])
  }

  unlink(path: string): void {
    const node = this.find(path) ?? fail('ENOENT')
    if (!(node instanceof Inode)) fail('EISDIR')
    this.change(this.parentOf(path), [[lastOf(path), undefined]])
  }

  write(file: Inode, position: number, bytes: Buffer): void {
    file.flush(this.now() - WRITEBACK_MS)
    file.write(position, bytes, this.now())
  }

  truncate(file: Inode): void {
    file.truncate(this.now())
  }

  sync(node: Node): void {
    if (node instanceof Inode) node.flush()
    else settleNames(node, node.pending.length)
  }

  syncPath(path: string): void {
    this.sync(this.directory(path))
  }

  /** All files that have a name, with their paths. */
  files(): [path: string, file: Inode][] {
    const found: [string, Inode][] = []
    const visit = (directory: Directory, path: string): void => {
      for (const [name, node] of directory.cached)
        if (node instanceof Inode) found.push([`${path}/${name}`, node])
        else visit(node, `${path}/${name}`)
    }
    visit(this.root, '')
    return found
  }

  /** The power is gone: what is stable is left, and what fate lets pass of the rest. */
  cut(fate: Fate): void {
    const old = this.now() - WRITEBACK_MS
    const visit = (directory: Directory): void => {
      const aged = directory.pending.filter(({ at }) => at < old).length
      settleNames(directory, aged)
      settleNames(directory, fate.names(directory.pending.length))
      directory.pending.length = 0
      directory.cached.clear()
      for (const [name, node] of directory.stable) {
        directory.cached.set(name, node)
        if (!(node instanceof Inode)) {
          visit(node)
          continue
        }
        node.flush(old)
        node.cut(fate.file(node.unsynced))
      }
    }
    visit(this.root)
  }

  /** As if it had never held anything. Files that are open live on without a name. */
  wipe(): void {
    this.root = this.emptyDirectory()
  }

  /** What is on stable storage. */
  save(): Directory {
    return this.copy(this.root)
  }

  restore(saved: Directory): void {
    this.root = this.copy(saved)
  }

  /** The same disk once more, with all that is on its way, for another fate. */
  fork(): Disk {
    const twin = new Disk(this.now)
    const twins = new Map<Node, Node>()
    const twinOf = (node: Node): Node => {
      const known = twins.get(node)
      if (known !== undefined) return known
      const made = node instanceof Inode ? node.fork() : { ...this.emptyDirectory(), id: node.id }
      twins.set(node, made)
      if (!(node instanceof Inode) && !(made instanceof Inode)) {
        for (const [name, child] of node.cached) made.cached.set(name, twinOf(child))
        for (const [name, child] of node.stable) made.stable.set(name, twinOf(child))
        for (const { at, names } of node.pending)
          made.pending.push({ at, names: names.map(([name, one]) => [name, one && twinOf(one)] as const) })
      }
      return made
    }
    twin.root = twinOf(this.root) as Directory
    twin.ids = this.ids
    return twin
  }

  private copy(directory: Directory): Directory {
    const twin = this.emptyDirectory()
    for (const [name, node] of directory.stable) {
      const copied = node instanceof Inode ? node.copy(this.nextId()) : this.copy(node)
      twin.stable.set(name, copied)
      twin.cached.set(name, copied)
    }
    return twin
  }

  private change(directory: Directory, names: NameChange['names']): void {
    const old = this.now() - WRITEBACK_MS
    settleNames(directory, directory.pending.filter(({ at }) => at < old).length)
    applyNames(directory.cached, names)
    directory.pending.push({ at: this.now(), names })
  }

  private directory(path: string): Directory {
    const node = this.find(path) ?? fail('ENOENT')
    return node instanceof Inode ? fail('ENOTDIR') : node
  }

  private parentOf(path: string): Directory {
    return this.directory(dirname(path))
  }

  private emptyDirectory(): Directory {
    return { id: this.nextId(), cached: new Map(), stable: new Map(), pending: [] }
  }

  private nextId(): bigint {
    this.ids += 1n
    return this.ids
  }
}

function settleNames(directory: Directory, count: number): void {
  for (const { names } of directory.pending.splice(0, count)) applyNames(directory.stable, names)
}

function applyNames(entries: Map<string, Node>, names: NameChange['names']): void {
  for (const [name, node] of names)
    if (node === undefined) entries.delete(name)
    else entries.set(name, node)
}

const partsOf = (path: string): string[] => path.split('/').filter((part) => part !== '')

const lastOf = (path: string): string => partsOf(path).at(-1) ?? fail('EINVAL')

/** Throws as the system does. */
export function fail(code: string): never {
  throw systemError(code)
}

export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}, says the simulated disk`), { code })
}
