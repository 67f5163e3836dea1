/**
 * What a script can ask of the virtual stage.
 */
import { HoldfastError } from '../../base/errors.ts'
import type { MemoryLog } from '../../server/memory-log.ts'
import { type CrashSign, drainOptions, type Memory, type NoticeOptions, type Way } from '../script/cues.ts'
import type { Machinery } from '../script/player.ts'
import type { StageSessions } from '../stage-sessions.ts'
import type { Door } from './door.ts'
import type { Network } from './network.ts'
import type { Timeline } from './timeline.ts'
import type { Wire } from './wire.ts'

export interface VirtualParts {
  readonly timeline: Timeline
  readonly door: Door
  readonly network: Network
  readonly book: StageSessions
  readonly log: MemoryLog
  /** Starts a process of the server. */
  readonly start: () => void
}

const FOREVER = Number.POSITIVE_INFINITY

export class VirtualMachinery implements Machinery {
  private readonly parts: VirtualParts

  constructor(parts: VirtualParts) {
    this.parts = parts
  }

  get isUp(): boolean {
    return this.parts.door.open !== undefined
  }

  wait(ms: number): Promise<void> {
    return this.parts.timeline.pause(ms)
  }

  welcomed(): Promise<void> {
    return this.parts.book.nextWelcome()
  }

  disturb(): void {
    this.parts.book.disturb()
  }

  refuse(times: number, _status: number, retryAfterMs: number | undefined): Promise<void> {
    return this.parts.door.refuse(times, retryAfterMs)
  }

  delayWelcome(ms: number): Promise<void> {
    return this.parts.door.delay(ms)
  }

  deliver(data: readonly unknown[]): Promise<void> {
    return this.parts.book.deliver(data)
  }

  awaitMessages(data: readonly unknown[]): Promise<void> {
    return this.parts.book.heard(data)
  }

  mute(ms = FOREVER, way: Way): void {
    for (const wire of this.parts.network.wires) {
      if (way !== 'down') wire.up.stall(ms)
      if (way !== 'up') wire.down.stall(ms)
    }
  }

  async announce(notice: NoticeOptions): Promise<void> {
    const { open } = this.parts.door
    if (open === undefined)
      throw new HoldfastError('stage-failed', 'There is no server that could give notice.')
    void open.drain(drainOptions(notice))
  }

  async deploy(notice: NoticeOptions): Promise<void> {
    const old = this.parts.door.open
    this.parts.start()
    if (old === undefined) return
    old.isListening = false
    await old.drain(drainOptions(notice))
  }

  closeAll(code: number, reason: string): void {
    for (const wire of this.open()) wire.close(code, reason)
  }

  resetAll(): void {
    for (const wire of this.open()) wire.reset()
  }

  hang(ms: number): Promise<void> {
    for (const instance of this.parts.door.instances) instance.host.freeze(ms)
    return this.wait(ms)
  }

  async crash(how: CrashSign): Promise<void> {
    for (const instance of this.parts.door.instances.splice(0)) instance.crash(how)
    this.parts.book.releaseAll()
  }

  async comeBack(memory: Memory): Promise<void> {
    if (memory === 'lost') this.parts.log.forget()
    this.parts.start()
  }

  say(text: string): void {
    for (const wire of this.open()) wire.sayDown(text)
  }

  private open(): readonly Wire[] {
    return [...this.parts.network.wires].filter((wire) => wire.isOpen)
  }
}
