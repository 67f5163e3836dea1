/**
 * A page as a test drives it, over whatever speaks the browser's debugging protocol.
 */
import { Ledger } from './ledger.ts'
import type { Lab, Letter, Plan, Snapshot } from './words.ts'

/** One debugging session with one page. */
export interface Wire {
  send(method: string, params?: Record<string, unknown>): Promise<unknown>
  on(event: string, listener: (params: Record<string, unknown>) => void): void
}

export class Tab {
  readonly ledger: Ledger
  private readonly wire: Wire
  private readonly url: string
  private unconfirmed: Letter | undefined

  private constructor(wire: Wire, url: string, ledger: Ledger) {
    this.wire = wire
    this.url = url
    this.ledger = ledger
  }

  /** Goes to the page and waits until its program runs. Pass a ledger to go on with one. */
  static async visit(wire: Wire, url: string, ledger = new Ledger()): Promise<Tab> {
    const tab = new Tab(wire, url, ledger)
    wire.on('Runtime.bindingCalled', ({ name, payload }) => {
      if (name === 'tell' && typeof payload === 'string') tab.hear(JSON.parse(payload) as Letter)
    })
    wire.on('Runtime.exceptionThrown', (params) => tab.failures.push(JSON.stringify(params)))
    await Promise.all([wire.send('Runtime.enable'), wire.send('Page.enable')])
    await wire.send('Runtime.addBinding', { name: 'tell' })
    await tab.go()
    return tab
  }

  /** Exceptions that nobody caught, in any life of the page. */
  readonly failures: string[] = []

  /** Calls `lab[method]` in the page. */
  async ask<Method extends keyof Lab>(
    method: Method,
    ...args: Parameters<Lab[Method]>
  ): Promise<Awaited<ReturnType<Lab[Method]>>> {
    const given = args.map((arg) => JSON.stringify(arg)).join(', ')
    // What comes back is what `lab` returned, by way of JSON.
    return (await this.evaluate(`lab.${method}(${given})`)) as Awaited<ReturnType<Lab[Method]>>
  }

  async evaluate(expression: string): Promise<unknown> {
    const answer = (await this.wire.send('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
    })) as { result: { value?: unknown }; exceptionDetails?: unknown }
    if (answer.exceptionDetails !== undefined) {
      throw new Error(`in the page: ${JSON.stringify(answer.exceptionDetails)}`)
    }
    return answer.result.value
  }

  /** Opens a session and waits for its welcome. */
  async online(plan: Plan): Promise<void> {
    const from = this.ledger.here
    await this.ask('open', plan)
    await this.ledger.next('online', () => true, { from, session: plan.name })
  }

  async go(): Promise<void> {
    await this.anew(() => this.wire.send('Page.navigate', { url: this.url }))
  }

  /** F5. What is open in the page is gone. */
  async reload(): Promise<void> {
    await this.anew(() => this.wire.send('Page.reload'))
  }

  /** Sends the page elsewhere on the site, as a link does, and waits until that is there. */
  async leaveFor(path: string): Promise<void> {
    const loaded = new Promise<void>((resolve) => this.wire.on('Page.loadEventFired', () => resolve()))
    await this.wire.send('Page.navigate', { url: new URL(path, this.url).href })
    await loaded
  }

  async back(): Promise<void> {
    await this.evaluate('history.back()')
  }

  command(method: string, params?: Record<string, unknown>): Promise<unknown> {
    return this.wire.send(method, params)
  }

  /** Waits until all that was said is acknowledged and answered. */
  rest(name: string): Promise<Snapshot> {
    return this.ask('rest', name)
  }

  private hear(letter: Letter): void {
    this.ledger.write(letter.told)
    const isIdle = this.unconfirmed === undefined
    this.unconfirmed = letter
    if (isIdle) void this.confirm()
  }

  /** One confirmation at a time, each for everything that has come. */
  private async confirm(): Promise<void> {
    for (let last; last !== this.unconfirmed && this.unconfirmed !== undefined;) {
      last = this.unconfirmed
      // A page that is gone, or about to be, has no use for it.
      await this.ask('confirm', last.life, last.number).catch(() => undefined)
    }
    this.unconfirmed = undefined
  }

  private async anew(go: () => Promise<unknown>): Promise<void> {
    const ready = this.ledger.next('ready')
    await go()
    await ready
  }
}
