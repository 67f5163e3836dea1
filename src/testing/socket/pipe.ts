/**
 * One direction of a proxied connection: passes bytes on, or keeps them until it may.
 */
import type { Socket } from 'node:net'

export class Pipe {
  private readonly to: Socket
  private readonly see: (chunk: Buffer) => void
  private kept: Buffer[] = []
  private ends: (() => void) | undefined
  private openAt = 0
  private timer: ReturnType<typeof setTimeout> | undefined

  /** @param see - shown what passes, when it passes */
  constructor(from: Socket, to: Socket, see: (chunk: Buffer) => void) {
    this.to = to
    this.see = see
    from.on('data', (chunk: Buffer) => this.pass(chunk))
  }

  pass(chunk: Buffer): void {
    if (this.isShut) return void this.kept.push(chunk)
    this.see(chunk)
    if (this.to.writable) this.to.write(chunk)
  }

  /** Ends the connection behind everything that is still kept. */
  end(how: () => void): void {
    this.ends ??= how
    if (!this.isShut) how()
  }

  /** Nothing gets through for so long. */
  shut(ms: number): void {
    this.openAt = Math.max(this.openAt, performance.now() + ms)
    clearTimeout(this.timer)
    if (Number.isFinite(this.openAt))
      this.timer = setTimeout(() => this.open(), this.openAt - performance.now())
  }

  stop(): void {
    clearTimeout(this.timer)
    this.kept = []
  }

  private get isShut(): boolean {
    return performance.now() < this.openAt
  }

  private open(): void {
    this.openAt = 0
    const { kept } = this
    this.kept = []
    for (const chunk of kept) this.pass(chunk)
    this.ends?.()
  }
}
