/**
 * Bytes that grow at the end, at the cost of what is added.
 */
export class Bytes {
  private room: Buffer
  length: number

  constructor(content: Buffer = Buffer.alloc(0)) {
    this.room = Buffer.from(content)
    this.length = content.length
  }

  /** What is in it; to be looked at before the next change. */
  get view(): Buffer {
    return this.room.subarray(0, this.length)
  }

  /** A hole that nobody wrote reads as zeros. */
  write(position: number, bytes: Buffer): void {
    const end = position + bytes.length
    if (end > this.room.length) {
      const larger = Buffer.alloc(Math.max(end, this.room.length * 2))
      this.view.copy(larger)
      this.room = larger
    }
    bytes.copy(this.room, position)
    this.length = Math.max(this.length, end)
  }

  clear(): void {
    this.room = Buffer.alloc(0)
    this.length = 0
  }
}
