/**
 * What a script can ask of the socket stage.
 */
import { HoldfastError } from '../../base/errors.ts'
import type { MemoryLog } from '../../server/memory-log.ts'
import { type CrashSign, drainOptions, type Memory, type NoticeOptions, type Way } from '../script/cues.ts'
import type { Machinery } from '../script/player.ts'
import type { StageSessions } from '../stage-sessions.ts'
import type { Processes } from './processes.ts'
import type { Proxy } from './proxy.ts'

export interface SocketParts {
  readonly proxy: Proxy
  readonly book: StageSessions
  readonly log: MemoryLog
  readonly processes: Processes
}

export class SocketMachinery implements Machinery {
  private readonly parts: SocketParts

  constructor(parts: SocketParts) {
    this.parts = parts
  }

  get isUp(): boolean {
    return this.parts.proxy.target !== undefined
  }

  wait(ms: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, ms))
  }

  welcomed(): Promise<void> {
    return this.parts.book.nextWelcome()
  }

  disturb(): void {
    this.parts.book.disturb()
  }

  refuse(times: number, status: number, retryAfterMs: number | undefined): Promise<void> {
    return this.parts.proxy.refuse(times, status, retryAfterMs)
  }

  delayWelcome(ms: number): Promise<void> {
    return this.parts.proxy.delay(ms)
  }

  deliver(data: readonly unknown[]): Promise<void> {
    return this.parts.book.deliver(data)
  }

  awaitMessages(data: readonly unknown[]): Promise<void> {
    return this.parts.book.heard(data)
  }

  mute(ms = Number.POSITIVE_INFINITY, way: Way): void {
    this.parts.proxy.mute(ms, way)
  }

  async announce(notice: NoticeOptions): Promise<void> {
    const process = this.parts.processes.newest
    if (process === undefined)
      throw new HoldfastError('stage-failed', 'There is no server that could give notice.')
    void process.drain(drainOptions(notice)).then(() => {
      if (this.parts.processes.newest === undefined) this.parts.proxy.target = undefined
    })
  }

  async deploy(notice: NoticeOptions): Promise<void> {
    const old = this.parts.processes.newest
    await this.parts.processes.start()
    await old?.drain(drainOptions(notice))
  }

  closeAll(code: number, reason: string): void {
    this.parts.proxy.closeAll(code, reason)
  }

  resetAll(): void {
    this.parts.proxy.resetAll()
  }

  async hang(ms: number): Promise<void> {
    for (const process of this.parts.processes.all) process.freeze()
    await this.wait(ms)
    for (const process of this.parts.processes.all) process.thaw()
  }

  async crash(how: CrashSign): Promise<void> {
    this.parts.proxy.sign = how
    this.parts.proxy.target = undefined
    await Promise.all(this.parts.processes.all.map((process) => process.kill()))
    this.parts.book.releaseAll()
  }

  async comeBack(memory: Memory): Promise<void> {
    if (memory === 'lost') this.parts.log.forget()
    await this.parts.processes.start()
  }

  say(text: string): void {
    this.parts.proxy.say(text)
  }
}
