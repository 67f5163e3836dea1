/** One core's share: sweeps the scripts that it is sent, until nobody is there to send any. */
import { carryOut, type Order } from './fleet.ts'

process.on('message', (order) => {
  void carryOut(order as Order).then((result) => process.send?.(result))
})
// Nobody waits for what it is at any more.
process.on('disconnect', () => process.exit())
