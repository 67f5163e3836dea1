/** Puts the server's copy of the state together, checks it, and passes it on; or says what is wrong with it. */
import { HoldfastError } from '../base/errors.ts'
import { assemble, type Assembly, type Piece } from '../protocol/assembly.ts'
import { isWithin } from '../protocol/fields.ts'
import { MAX_STATE_DEPTH } from '../protocol/limits.ts'

export class StateReceiver {
  private readonly adopt: (text: string, state: unknown, up: number, down: number) => void
  private readonly trouble: (error: HoldfastError) => void
  private assembly: Assembly | undefined

  constructor(
    adopt: (text: string, state: unknown, up: number, down: number) => void,
    trouble: (error: HoldfastError) => void,
  ) {
    this.adopt = adopt
    this.trouble = trouble
  }

  take(piece: Piece): void {
    const assembly = assemble(piece, piece.part <= 1 ? undefined : this.assembly)
    this.assembly = assembly.kind === 'partial' ? assembly : undefined
    if (assembly.kind === 'broken') return this.refuse(assembly.fault)
    if (assembly.kind === 'partial' || assembly.text === undefined) return
    let state: unknown
    try {
      state = JSON.parse(assembly.text)
    } catch (error) {
      return this.refuse('not JSON', error)
    }
    if (!isWithin(state, MAX_STATE_DEPTH)) return this.refuse(`nested deeper than ${MAX_STATE_DEPTH}`)
    this.adopt(assembly.text, state, assembly.up, assembly.down)
  }

  private refuse(fault: string, cause?: unknown): void {
    this.trouble(
      new HoldfastError('protocol', `The server's copy of the state was refused: ${fault}. Ours was kept.`, {
        cause,
      }),
    )
  }
}
