/**
 * One `for await` over the session's messages.
 *
 * A message is offered only while the loop asks for one, and is done with when the loop asks for the next or is
 * left: that is when its promise resolves.
 */
import type { Message } from '../protocol/message.ts'

type Result<Data> = IteratorResult<Message<Data>, undefined>
const END = { done: true, value: undefined } as const

export class MessageQueue<Data> implements AsyncIterableIterator<Message<Data>> {
  private readonly asked: (queue: MessageQueue<Data>) => void
  private readonly ended: (queue: MessageQueue<Data>) => void
  private readonly waiting: ((result: Result<Data>) => void)[] = []
  private doneWithLast: (() => void) | undefined
  private isOver = false

  constructor(asked: (queue: MessageQueue<Data>) => void, ended: (queue: MessageQueue<Data>) => void) {
    this.asked = asked
    this.ended = ended
  }

  get isAsking(): boolean {
    return this.waiting.length > 0
  }

  /** @returns resolves when the loop is done with the message. */
  offer(message: Message<Data>): Promise<void> {
    return new Promise((done) => {
      this.doneWithLast = done
      this.waiting.shift()?.({ done: false, value: message })
      // Who asks for two at once has said that the first needs no waiting.
      if (this.isAsking) this.finishLast()
    })
  }

  next(): Promise<Result<Data>> {
    this.finishLast()
    if (this.isOver) return Promise.resolve(END)
    return new Promise((resolve) => {
      this.waiting.push(resolve)
      this.asked(this)
    })
  }

  return(): Promise<Result<Data>> {
    this.end()
    return Promise.resolve(END)
  }

  /** The loop was left, or the session is closed. */
  end(): void {
    if (this.isOver) return
    this.isOver = true
    this.finishLast()
    for (const resolve of this.waiting.splice(0)) resolve(END)
    this.ended(this)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  private finishLast(): void {
    this.doneWithLast?.()
    this.doneWithLast = undefined
  }
}
