/** The public types of the client: what a caller may write, and what must not compile. */
import {
  connect,
  type Delivery,
  type HoldfastError,
  isHoldfastError,
  type Message,
  seconds,
  type Session,
  type Status,
} from 'holdfast'
import { expectTypeOf, test } from 'vitest'

interface Ask {
  readonly text: string
}
interface Answer {
  readonly words: readonly string[]
}

const session = {} as Session<Ask, Answer, number>

test('[UP-12] send takes what goes up and gives a delivery', () => {
  expectTypeOf(session.send).parameters.toEqualTypeOf<[Ask]>()
  expectTypeOf(session.send({ text: 'x' })).toEqualTypeOf<Delivery>()
  // @ts-expect-error -- an answer does not go up
  session.send({ words: [] })
})

test('[DN-8] messages and listeners are given what comes down', () => {
  expectTypeOf(session.messages()).toEqualTypeOf<AsyncIterableIterator<Message<Answer>>>()
  session.on('message', (message) => expectTypeOf(message).toEqualTypeOf<Message<Answer>>())
  session.on('message', async ({ data }) => {
    expectTypeOf(data.words).toEqualTypeOf<readonly string[]>()
    await Promise.resolve()
  })
  // @ts-expect-error -- no such event
  session.on('massage', () => undefined)
})

test('[RS-7] the state is of the type that the reducer gives', () => {
  expectTypeOf(session.state).toEqualTypeOf<number>()
  session.on('state', (state) => expectTypeOf(state).toEqualTypeOf<number>())
  connect<Ask, Answer, number>('wss://x.example', {
    state: {
      initial: 0,
      reduce: (state, entry) => {
        if (entry.direction === 'up') expectTypeOf(entry.data).toEqualTypeOf<Ask>()
        else expectTypeOf(entry.data).toEqualTypeOf<Answer>()
        return state + 1
      },
    },
  })
  // @ts-expect-error -- the state is a number, and the reducer gives a string
  connect<Ask, Answer, number>('wss://x.example', { state: { initial: 0, reduce: () => 'x' } })
})

test('[OP-1] options take lengths as numbers or as durations, and nothing that does not exist', () => {
  connect('wss://x.example', { heartbeat: { every: seconds(5), within: 500 } })
  // @ts-expect-error -- no such option
  connect('wss://x.example', { reconnect: true })
  // @ts-expect-error -- not a policy
  connect('wss://x.example', { unknownFate: 'ask' })
})

test('[SU-1] the status narrows by its kind', () => {
  const status = {} as Status
  if (status.kind === 'waiting') expectTypeOf(status.dialsAt).toEqualTypeOf<Date>()
  if (status.kind === 'online') expectTypeOf(status.roundTripMs).toEqualTypeOf<number | undefined>()
  // @ts-expect-error -- only some kinds have an attempt
  void status.attempt
  expectTypeOf<Status['kind']>().toEqualTypeOf<
    'restoring' | 'connecting' | 'online' | 'draining' | 'waiting' | 'suspended' | 'closed'
  >()
})

test('[SU-4] errors narrow by their code', () => {
  const error: unknown = undefined
  if (isHoldfastError(error, 'outbox-full')) expectTypeOf(error.code).toEqualTypeOf<'outbox-full'>()
  session.on('error', (trouble) => expectTypeOf(trouble).toEqualTypeOf<HoldfastError>())
})

test('[SU-5] a session is left by await using', () => {
  expectTypeOf(session[Symbol.asyncDispose]).returns.toEqualTypeOf<Promise<void>>()
})
