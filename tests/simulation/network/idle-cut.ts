/** A proxy that cuts every line on which nothing has passed for a while. */
import type { Wire } from '../../../src/testing/virtual/wire.ts'
import { CLOSE } from '../../../src/protocol/close-codes.ts'
import type { World } from '../world.ts'

export interface IdleCut {
  readonly ms: number
  readonly how: 'fin' | 'reset' | 'silence'
}

/** @param wire - watched from now on, until it is over or cut */
export function cutWhenIdle(wire: Wire, idle: IdleCut, world: World): void {
  const track = world.lines.tracks.get(wire)
  if (track === undefined || wire.isOver || world.isQuiet) return
  const left = track.passedAt + idle.ms - world.now
  if (left > 0) return void world.timeline.pause(left).then(() => cutWhenIdle(wire, idle, world))
  world.coverage.sometimes('idle line cut by a proxy')
  if (idle.how === 'fin') wire.close(CLOSE.abnormal, '')
  else if (idle.how === 'reset') wire.reset()
  else for (const lane of [wire.up, wire.down]) lane.stall(Infinity)
}
