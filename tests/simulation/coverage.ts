/**
 * What was seen to happen. A simulation that never meets a situation proves nothing about it, so the situations
 * that matter are listed, each hit is counted, and a long run in which one was never met has failed.
 */
import type { Situation } from './situations.ts'

export class Coverage {
  readonly situations = new Map<Situation, number>()
  /** By phase and input of the client's core: `online tick`. */
  readonly cells = new Map<string, number>()
  /** By number. */
  readonly faults = new Map<string, number>()

  sometimes(situation: Situation): void {
    this.situations.set(situation, (this.situations.get(situation) ?? 0) + 1)
  }

  cell(phase: string, input: string): void {
    const cell = `${phase} ${input}`
    this.cells.set(cell, (this.cells.get(cell) ?? 0) + 1)
  }

  fault(number: string): void {
    this.faults.set(number, (this.faults.get(number) ?? 0) + 1)
  }
}
