/** F26 to F35: what happens on the way to a welcome, and at a close. */
import { type Family, onWire } from './fault.ts'

/** Codes that middleboxes and servers close with, and that must never end a session. */
const CODES = [
  1000, 1001, 1002, 1003, 1005, 1006, 1007, 1008, 1009, 1011, 1012, 1013, 1014, 1015, 3000, 4000, 4999,
]

export const HANDSHAKE_FAULTS: Family = {
  'F26 refused dials': (world, luck) => {
    const wait = luck.pick([undefined, undefined, 200, 5000])
    void world.door.refuse(luck.whole(1, 4), wait)
  },
  'F28 close code': onWire((wire, luck) => wire.close(luck.pick(CODES), 'by the network')),
  'F34 late welcome': (world, luck) => void world.door.delay(luck.between(1000, 12_000)),
}
