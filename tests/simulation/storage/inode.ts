/**
 * A file as the kernel has it: what the page cache says, what stable storage says, and the writes that are
 * on their way from the one to the other.
 */
import { Bytes } from './bytes.ts'

/** A write that has not reached stable storage; without bytes, the file was cut to nothing. */
interface Dirty {
  readonly at: number
  readonly position: number
  readonly bytes: Buffer | undefined
}

/** What becomes of a file's unsynced writes when the power goes. */
export interface FileFate {
  /** How many of the unsynced bytes have reached the disk, in the order in which they were written. */
  readonly bytes: number
  /** The file is as long as it would have been, as file systems leave it that write down the size first. */
  readonly zeros: boolean
}

export class Inode {
  readonly id: bigint
  /** What every process reads and writes. */
  private cached: Bytes
  /** What is there when the power comes back. */
  private readonly stable: Bytes
  private dirty: Dirty[] = []

  constructor(id: bigint, content: Buffer = Buffer.alloc(0)) {
    this.id = id
    this.cached = new Bytes(content)
    this.stable = new Bytes(content)
  }

  get length(): number {
    return this.cached.length
  }

  get content(): Buffer {
    return this.cached.view
  }

  /** The bytes that a power cut may take. */
  get unsynced(): number {
    return this.dirty.reduce((sum, { bytes }) => sum + (bytes?.length ?? 0), 0)
  }

  write(position: number, bytes: Buffer, at: number): void {
    this.cached.write(position, bytes)
    this.dirty.push({ at, position, bytes: Buffer.from(bytes) })
  }

  truncate(at: number): void {
    if (this.cached.length === 0) return
    this.cached.clear()
    this.dirty.push({ at, position: 0, bytes: undefined })
  }

  /** Everything written so far reaches stable storage; or what was written before a moment. */
  flush(before: number = Number.POSITIVE_INFINITY): void {
    const kept = this.dirty.findIndex(({ at }) => at >= before)
    for (const one of this.dirty.splice(0, kept < 0 ? this.dirty.length : kept)) this.settle(one)
  }

  /** A failed sync, as Linux has it: the cache keeps the bytes and calls them clean, the disk never gets them. */
  dropDirty(): void {
    this.dirty = []
  }

  /** The power is gone, and the cache with it. */
  cut({ bytes, zeros }: FileFate): void {
    const { length } = this.cached
    let left = bytes
    for (const one of this.dirty) {
      if (one.bytes !== undefined && one.bytes.length > left) {
        this.settle({ ...one, bytes: one.bytes.subarray(0, left) })
        break
      }
      this.settle(one)
      left -= one.bytes?.length ?? 0
    }
    this.dirty = []
    if (zeros && length > this.stable.length) this.stable.write(length, Buffer.alloc(0))
    this.cached = new Bytes(this.stable.view)
  }

  /** What lies on the disk, at most. */
  get atRest(): number {
    return this.stable.length
  }

  /** A bit turns over on the disk, in a page that the cache has let go of meanwhile: it is read again as it is now. */
  flip(bit: number): void {
    for (const side of [this.cached.view, this.stable.view]) {
      const byte = bit >> 3
      if (byte < side.length) side[byte] = (side[byte] as number) ^ (1 << (bit & 7))
    }
  }

  /** With the same writes on their way. */
  fork(): Inode {
    const twin = new Inode(this.id, this.stable.view)
    twin.cached = new Bytes(this.cached.view)
    twin.dirty = [...this.dirty]
    return twin
  }

  /** As it would be found on another machine that was given the disk. */
  copy(id: bigint): Inode {
    return new Inode(id, this.stable.view)
  }

  private settle({ position, bytes }: Dirty): void {
    if (bytes === undefined) this.stable.clear()
    else if (bytes.length > 0) this.stable.write(position, bytes)
  }
}
