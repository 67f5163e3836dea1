/**
 * The client's application: it takes messages in its own time and manner, and now and then it misbehaves.
 */
import { type Message, milliseconds } from 'holdfast'
import { after } from '../../src/base/time.ts'
import type { Chance } from '../../src/testing/virtual/chance.ts'
import type { Tab } from './tab.ts'

/** Events in whose listener an application may do something foolish. */
export const MOMENTS = ['message', 'status', 'reset', 'gap', 'lost', 'attempt', 'online', 'error'] as const
export const MISCHIEF = ['throw', 'reject', 'send', 'reconnect', 'close'] as const

interface Plot {
  readonly moment: (typeof MOMENTS)[number]
  readonly mischief: (typeof MISCHIEF)[number]
}

export class App {
  private readonly tab: Tab
  private readonly luck: Chance
  private fates: Chance | undefined
  private plot: Plot | undefined
  private held: Promise<void> | undefined
  private letGo: () => void = () => undefined

  constructor(tab: Tab) {
    this.tab = tab
    this.luck = tab.client.world.chance.stream(`app of ${tab.name}`)
    this.listen()
  }

  /** Does it at the next such event, once. */
  scheme(plot: Plot): void {
    this.plot = plot
  }

  /** Messages are not done with until so long has passed. */
  holdUp(ms: number): void {
    const letGo = new Promise<void>((resolve) => (this.letGo = resolve))
    this.held = Promise.race([this.pause(ms), letGo]).then(() => void (this.held = undefined))
  }

  /** What becomes of a message of unknown fate; it may have more to say, or enough, while it decides. */
  decidesFate(): 'resend' | 'fail' {
    const { tab } = this
    const { client } = tab
    const { world } = client
    if (!world.isQuiet && !tab.isOver) {
      const luck = (this.fates ??= world.chance.stream(`fates of ${tab.name}`))
      if (luck.happens(0.2)) world.guard(() => tab.send())
      if (luck.happens(0.02)) tab.session.reconnect()
      if (luck.happens(0.02)) void client.closeAndComeBack(tab, 1000)
    }
    return client.unknownFate
  }

  /** It has no more schemes, and takes messages as they come. */
  calm(): void {
    this.plot = undefined
    this.letGo()
  }

  /** Loops over a few messages beside the listeners, and leaves midway or stops asking for a while. */
  async loop(count: number, dawdleMs: number): Promise<void> {
    const { session, client } = this.tab
    let left = count
    for await (const message of session.messages()) {
      client.world.note(`${this.tab.name} loops over ${message.seq}`)
      left -= 1
      if (left === 0) await this.pause(dawdleMs)
      if (left <= 0) break
    }
    client.world.coverage.sometimes('loop over messages left midway')
  }

  private listen(): void {
    const { tab } = this
    const { session, client } = tab
    const { world } = client
    session.on('message', (message) => this.take(message))
    session.on('gap', ({ from, to }) => {
      world.note(`${tab.name} misses ${from} to ${to}`)
      const bound = this.bound()
      if (bound !== undefined) world.guard(() => bound.ledger.missed(bound.life, from, to))
      return this.provoke('gap')
    })
    session.on('reset', ({ reason, unknown, epoch }) => {
      world.note(`${tab.name} is reset: ${reason}`)
      if (unknown.length > 0) world.coverage.sometimes('unknown fate surfaced')
      world.guard(() => {
        const bound = this.bound()
        if (bound === undefined) return
        tab.stored.names(unknown)
        if (reason !== 'expired') bound.ledger.leftBehind(epoch)
        bound.ledger.reset(bound.life, unknown)
      })
      return this.provoke('reset')
    })
    session.on('failed', ({ seq, data, error }) => {
      const { t } = data as { readonly t: string }
      world.guard(() => tab.sendings.failedOf(seq, t, error.code))
    })
    session.on('attempt', ({ waitMs }) => {
      const isWithin = waitMs >= 0 && waitMs <= 60_000
      world.guard(() => world.laws.must('I18', isWithin, () => `a wait of ${waitMs} ms`))
      return this.provoke('attempt')
    })
    session.on('lost', ({ cause }) => {
      world.note(`${tab.name} loses its line: ${cause}`)
      return this.provoke('lost')
    })
    session.on('online', () => this.provoke('online'))
    session.on('status', (status, before) => {
      world.note(`${tab.name} is ${status.kind}`)
      client.statusOf(tab, status, before)
      return this.provoke('status')
    })
    session.on('error', (error) => {
      world.note(`${tab.name} has trouble: ${error.code} ${error.message}`)
      tab.troubles.add(error.code)
      client.trouble(tab, error)
      return this.provoke('error')
    })
    session.on('closed', (error) => client.closedBy(tab, error))
  }

  private bound(): ReturnType<Tab['bind']> {
    return this.tab.isOver ? undefined : this.tab.bind()
  }

  private take(message: Message): Promise<void> | undefined {
    const { tab } = this
    const { world } = tab.client
    const { seq, redelivered } = message
    const token = (message.data as { readonly t: string }).t
    world.guard(() =>
      world.laws.must('I12', !tab.isFinished, () => `${tab.name} is closed, and given ${token}`),
    )
    const bound = this.bound()
    if (bound === undefined) return undefined
    world.note(`${tab.name} takes ${token} as ${seq}${redelivered ? ' again' : ''}`)
    const { ledger, life } = bound
    if (redelivered && (ledger.downs.get(token)?.lives.size ?? 0) > 0)
      world.coverage.sometimes('redelivered after a crash before commit')
    world.guard(() => ledger.delivered(life, seq, token, redelivered))
    if (this.plot?.moment === 'message') {
      // A listener that fails is done with its message.
      world.guard(() => ledger.handled(life, seq))
      return this.provoke('message') as undefined
    }
    return this.ponder(message)
  }

  private ponder({ seq }: Message): Promise<void> | undefined {
    const { tab, luck } = this
    const { world } = tab.client
    const done = (): void => {
      // Also when it was closed meanwhile: its store may be at it still. Whoever was killed never comes here.
      const bound = tab.bind()
      if (bound !== undefined) world.guard(() => bound.ledger.handled(bound.life, seq))
    }
    const { clumsiness, slowness } = world.options
    if (luck.happens(clumsiness)) {
      done()
      throw new Error('the application is clumsy')
    }
    if (this.held !== undefined) return this.held.then(done)
    if (world.isQuiet || !luck.happens(slowness)) return void done()
    return this.pause(luck.between(0, luck.pick([20, 200, 3000]))).then(done)
  }

  /** By the clock of its own process: what a dead one waits for never comes. */
  private pause(ms: number): Promise<void> {
    const { clock } = this.tab.machine.host
    return new Promise((resolve) => clock.alarm(after(clock.now(), milliseconds(ms)), resolve))
  }

  /** @returns what the listener is to return: anything, as applications do */
  private provoke(moment: Plot['moment']): unknown {
    const { plot, tab } = this
    if (plot?.moment !== moment || tab.isOver) return undefined
    this.plot = undefined
    const { world } = tab.client
    world.note(`${tab.name} does it in ${moment}: ${plot.mischief}`)
    world.coverage.sometimes('mischief in a listener')
    switch (plot.mischief) {
      case 'throw':
        throw new Error('the listener is clumsy')
      case 'reject':
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- a listener may reject with anything
        return Promise.reject('no error at all')
      case 'send':
        return world.guard(() => void tab.send())
      case 'reconnect':
        return tab.session.reconnect()
      case 'close':
        void tab.client.closeAndComeBack(tab, 1000)
        return undefined
    }
  }
}
