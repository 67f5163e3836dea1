/**
 * How many records of 1 KB a store takes in a second: one to a commit, and 64 to a commit.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { journalStore } from '../src/adapters/journal-store.ts'
import { memoryStore } from '../src/adapters/memory-store.ts'
import type { SessionStore } from '../src/ports/session-store.ts'

const RECORD = JSON.stringify({ type: 'up', text: 'x'.repeat(1000) }).slice(0, 1024)
const MEASURE_MS = 1500

// Beside the sources and not in the system's temporary folder, which may be no disk at all.
await mkdir('.cache', { recursive: true })
const directory = await mkdtemp(join('.cache', 'bench-'))
try {
  await measure('memory', memoryStore())
  await measure('journal, durability process', journalStore(directory, { durability: 'process' }))
  await measure('journal, durability disk', journalStore(directory))
} finally {
  await rm(directory, { recursive: true })
}

async function measure(what: string, store: SessionStore): Promise<void> {
  const one = await rate(store, 1)
  const many = await rate(store, 64)
  const per = (records: number) => `${Math.round(records).toLocaleString('en')}/s`
  console.log(`${what.padEnd(30)} alone ${per(one).padStart(12)}   64 in a commit ${per(many).padStart(12)}`)
}

/** Records per second, with a snapshot now and then as a real session takes them. */
async function rate(store: SessionStore, batch: number): Promise<number> {
  const records = Array.from({ length: batch }, () => RECORD)
  const journal = await store.open('bench', {
    blocked: () => undefined,
    signal: new AbortController().signal,
  })
  await journal.read()
  for (let turn = 0; turn < 50; turn += 1) await journal.commit({ records })
  let written = 0
  const start = performance.now()
  while (performance.now() - start < MEASURE_MS) {
    for (let turn = 0; turn < 100; turn += 1) await journal.commit({ records })
    written += 100 * batch
    if (written % 25_600 === 0) await journal.commit({ records: [], snapshot: RECORD })
  }
  const elapsed = (performance.now() - start) / 1000
  await journal.erase()
  return written / elapsed
}
