/** The contract is worth nothing if it passes for every log: each of these is wrong in one way, and is found. */
import { expect, test } from 'vitest'
import { memoryLog, type MemoryLogOptions, type SessionLog } from 'holdfast/server'
import type { Grant } from '../../src/server/session-log.ts'
import { sessionLogContract } from '../../src/testing/session-log-contract.ts'

type Methods = { [Name in Exclude<keyof SessionLog, 'durability' | 'shared'>]: SessionLog[Name] }
type Mutant = (log: SessionLog) => Partial<Methods>

/** How many cases a log fails, if some of its methods are replaced. */
async function failures(mutate: Mutant): Promise<readonly string[]> {
  const failed: string[] = []
  const cases = sessionLogContract((wishes: MemoryLogOptions) => {
    let now = 0
    const log = memoryLog({ ...wishes, now: () => now })
    const sound = new Proxy(log, { get: (target, name) => bound(Reflect.get(target, name), target) })
    return {
      log: Object.assign(Object.create(sound) as SessionLog, mutate(sound)),
      pass: (ms) => void (now += ms),
    }
  })
  for (const { name, run } of cases) await run().catch(() => failed.push(name))
  return failed
}

function bound(value: unknown, target: object): unknown {
  return typeof value === 'function' ? (value.bind(target) as unknown) : value
}

const newest = new WeakMap<SessionLog, Grant>()

test('[LOG-8] the log itself passes', async () => {
  expect(await failures(() => ({}))).toEqual([])
})

test.each<[string, Mutant]>([
  [
    'fences nobody',
    (log) => ({
      greet: async (hello) => {
        const answer = await log.greet(hello)
        if (answer.kind === 'granted') newest.set(log, { epoch: answer.epoch, generation: hello.generation })
        return answer
      },
      appendDown: (id, grant, after, texts) => log.appendDown(id, newest.get(log) ?? grant, after, texts),
    }),
  ],
  [
    'fences by the generation alone',
    (log) => ({
      greet: async (hello) => {
        const answer = await log.greet(hello)
        if (answer.kind === 'granted') newest.set(log, { epoch: answer.epoch, generation: hello.generation })
        return answer
      },
      touch: (id, { generation }) => log.touch(id, { epoch: newest.get(log)?.epoch ?? '', generation }),
    }),
  ],
  [
    'appends wherever it is',
    (log) => ({
      appendDown: async (id, grant, after, texts) => {
        const answer = await log.appendDown(id, grant, after, texts)
        return answer.kind === 'hole' ? log.appendDown(id, grant, answer.last, texts) : answer
      },
    }),
  ],
  [
    'stores what comes twice',
    (log) => ({
      appendUp: async (id, grant, up) => {
        if ('givenUpTo' in up) return log.appendUp(id, grant, up)
        const now = await log.appendUp(id, grant, { from: 1, texts: [] })
        const next = now.kind === 'appended' ? now.last + 1 : up.from
        return log.appendUp(id, grant, up.from < next ? { ...up, from: next } : up)
      },
    }),
  ],
  ['lets anybody in', (log) => ({ greet: (hello) => log.greet({ ...hello, subject: 'everybody' }) })],
  ['knows no secrets', (log) => ({ greet: (hello) => log.greet({ ...hello, secretHash: '' }) })],
  [
    'takes a copy for the original',
    (log) => ({
      greet: async (hello) => {
        const answer = await log.greet(hello)
        return answer.kind === 'forked' ? log.greet({ ...hello, generation: 1000 }) : answer
      },
    }),
  ],
  [
    'believes every cursor',
    (log) => ({ greet: (hello) => log.greet({ ...hello, received: 0, seen: 0, acked: 0 }) }),
  ],
  ['ignores what was seen', (log) => ({ greet: ({ seen: _, ...hello }) => log.greet(hello) })],
  [
    'gives every epoch one name',
    (log) => ({
      greet: async (hello) => {
        const answer = await log.greet(hello)
        return answer.kind === 'granted' ? { ...answer, epoch: 'e' } : answer
      },
    }),
  ],
  [
    'marks what it only stored as processed',
    (log) => ({
      appendUp: async (id, grant, up) => {
        const answer = await log.appendUp(id, grant, up)
        if (answer.kind === 'appended') await log.markProcessed(id, grant, answer.last)
        return answer
      },
    }),
  ],
  [
    'takes what was sent for acknowledged',
    (log) => ({
      appendDown: async (id, grant, after, texts) => {
        const answer = await log.appendDown(id, grant, after, texts)
        if (answer.kind === 'appended') await log.acknowledge(id, grant, answer.last)
        return answer
      },
    }),
  ],
  [
    'lives for ever while it is written to',
    (log) => ({
      appendDown: async (id, grant, after, texts) => {
        await log.touch(id, grant)
        return log.appendDown(id, grant, after, texts)
      },
    }),
  ],
  ['never dies', (log) => ({ end: (id, grant) => log.touch(id, grant) })],
  ['saves nothing', (log) => ({ saveState: (id, grant) => log.touch(id, grant) })],
  [
    'saves what it has lost',
    (log) => ({
      saveState: async (id, grant, state) => {
        const { entries } = await log.readState(id)
        const head = Math.max(
          0,
          ...entries.filter(({ direction }) => direction === 'down').map(({ seq }) => seq),
        )
        return log.saveState(id, grant, { ...state, down: Math.min(state.down, head) })
      },
    }),
  ],
  ['reads one too far', (log) => ({ readDown: (id, from, limit) => log.readDown(id, from + 1, limit) })],
  ['reads everything', (log) => ({ readDown: (id, from) => log.readDown(id, from, 1e9) })],
])('[LOG-8] a log that %s is found', async (_, mutate) => {
  expect(await failures(mutate)).not.toEqual([])
})

test('[LOG-8] a log that calls an epoch `lost` is found by the law that forbids it', async () => {
  const found = await failures((log) => ({
    greet: async (hello) => {
      const answer = await log.greet(hello)
      return answer.kind === 'granted' ? { ...answer, epoch: 'lost' } : answer
    },
  }))
  expect(found).toContainEqual(expect.stringContaining('no epoch is called `lost`'))
})
