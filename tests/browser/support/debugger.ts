/** The browser's debugging protocol, spoken directly: requests by number, events by name, pages by session. */
import { once } from 'node:events'
import { WebSocket } from 'ws'
import type { Wire } from './tab.ts'

type Params = Record<string, unknown>

interface Incoming {
  readonly id?: number
  readonly method?: string
  readonly params?: Params
  readonly result?: unknown
  readonly error?: { readonly message: string }
  readonly sessionId?: string
}

export class Debugger {
  private readonly socket: WebSocket
  private readonly asked = new Map<number, (answer: Incoming) => void>()
  private readonly listeners = new Map<string, (method: string, params: Params) => void>()
  private last = 0

  private constructor(socket: WebSocket) {
    this.socket = socket
    socket.on('message', (data: Buffer) => this.hear(JSON.parse(data.toString()) as Incoming))
    socket.on('close', () => {
      for (const answer of this.asked.values()) answer({ error: { message: 'the browser is gone' } })
      this.asked.clear()
    })
  }

  static async connect(url: string): Promise<Debugger> {
    const socket = new WebSocket(url, { perMessageDeflate: false })
    await once(socket, 'open')
    return new Debugger(socket)
  }

  async send(method: string, params: Params = {}, sessionId?: string): Promise<unknown> {
    const id = (this.last += 1)
    const answered = new Promise<Incoming>((resolve) => this.asked.set(id, resolve))
    this.socket.send(
      JSON.stringify({ id, method, params, ...(sessionId === undefined ? {} : { sessionId }) }),
    )
    const { result, error } = await answered
    if (error !== undefined) throw new Error(`${method}: ${error.message}`)
    return result
  }

  /** A new tab, in front of the others. */
  async openPage(): Promise<Wire & { readonly target: string }> {
    const { targetId } = (await this.send('Target.createTarget', { url: 'about:blank' })) as {
      targetId: string
    }
    const { sessionId } = (await this.send('Target.attachToTarget', { targetId, flatten: true })) as {
      sessionId: string
    }
    const heard: [string, (params: Params) => void][] = []
    this.listeners.set(sessionId, (method, params) => {
      for (const [event, listener] of heard) if (event === method) listener(params)
    })
    return {
      target: targetId,
      send: (method, params) => this.send(method, params, sessionId),
      on: (event, listener) => void heard.push([event, listener]),
    }
  }

  close(): void {
    this.socket.terminate()
  }

  private hear({ id, sessionId = '', method, params, ...answer }: Incoming): void {
    if (id === undefined) {
      if (method !== undefined) this.listeners.get(sessionId)?.(method, params ?? {})
      return
    }
    this.asked.get(id)?.(answer)
    this.asked.delete(id)
  }
}
