/** A state that outlives the process: written to a journal, there again before any server is asked. */
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'holdfast'
import type { Session } from 'holdfast'
import { journalStore } from 'holdfast/node'

const folder = await mkdtemp(join(tmpdir(), 'holdfast-'))
const count = { initial: 0, reduce: (sum: number, { data }: { data: number }) => sum + data }
const open = (): Session<number, number, number> =>
  connect('ws://127.0.0.1:1', { store: journalStore(folder), state: count })

const first = open()
await Promise.all([first.send(20).stored, first.send(22).stored])
await first.close()

const second = open()
await second.restored
console.log(`state ${second.state}, and ${second.pending} messages still to be sent`)
await second.close()
