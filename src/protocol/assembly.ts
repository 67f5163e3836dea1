/**
 * Putting a state together from the pieces it travelled in.
 *
 * Pieces come in order over one connection; anything else is a fault. The digest is checked over the whole.
 */
import { sha256 } from './digest.ts'
import type { Restore } from './frames.ts'

export type Piece = Omit<Restore, 'type'>

export type Assembly =
  | {
      readonly kind: 'partial'
      readonly pieces: readonly string[]
      readonly of: number
      readonly digest: string
    }
  | { readonly kind: 'whole'; readonly text: string | undefined; readonly up: number; readonly down: number }
  | { readonly kind: 'broken'; readonly fault: string }

const NOTHING: Assembly = { kind: 'partial', pieces: [], of: 0, digest: '' }

export function assemble(piece: Piece, before: Assembly = NOTHING): Assembly {
  if (piece.of === 0) return { kind: 'whole', text: undefined, up: piece.up, down: piece.down }
  if (before.kind !== 'partial' || piece.part !== before.pieces.length + 1) {
    return { kind: 'broken', fault: `piece ${piece.part} of ${piece.of} is out of order` }
  }
  if (before.pieces.length > 0 && (piece.of !== before.of || piece.digest !== before.digest)) {
    return { kind: 'broken', fault: 'pieces of two different states' }
  }
  const pieces = [...before.pieces, piece.text]
  if (pieces.length < piece.of) return { kind: 'partial', pieces, of: piece.of, digest: piece.digest }
  const text = pieces.join('')
  if (sha256(text) !== piece.digest) return { kind: 'broken', fault: 'the digest does not match the state' }
  return { kind: 'whole', text, up: piece.up, down: piece.down }
}
