/**
 * Who listens to messages: listeners of the event, and loops over them.
 *
 * A message is handed over only when everybody is ready for it, and is done with when everybody is done.
 */
import type { Message } from '../protocol/message.ts'
import type { Emitter } from './emitter.ts'
import type { SessionEvents } from './events.ts'
import { MessageQueue } from './message-queue.ts'

export class Audience<Up, Down, State> {
  private readonly emitter: Emitter<SessionEvents<Up, Down, State>>
  private readonly folds: boolean
  private readonly mayBeReady: () => void
  /** Those that have not ended, from the moment they were made. */
  private readonly made = new Set<MessageQueue<Down>>()
  /** Those of them that have asked: who never asks holds nobody up. */
  private readonly loops = new Set<MessageQueue<Down>>()
  private isOver = false

  constructor(emitter: Emitter<SessionEvents<Up, Down, State>>, folds: boolean, mayBeReady: () => void) {
    this.emitter = emitter
    this.folds = folds
    this.mayBeReady = mayBeReady
  }

  isReady(): boolean {
    for (const loop of this.loops) if (!loop.isAsking) return false
    return this.loops.size > 0 || this.folds || this.emitter.has('message')
  }

  consume(message: Message<Down>): Promise<void> | undefined {
    const pending = this.emitter.emit('message', message)
    if (pending.length === 0 && this.loops.size === 0) return undefined
    const offered = [...this.loops].map((loop) => loop.offer(message))
    return Promise.all([...pending, ...offered]).then(() => undefined)
  }

  loop(signal: AbortSignal | undefined): AsyncIterableIterator<Message<Down>> {
    const leave = () => loop.end()
    const loop = new MessageQueue<Down>(
      (asking) => {
        this.loops.add(asking)
        this.mayBeReady()
      },
      (ended) => {
        signal?.removeEventListener('abort', leave)
        this.made.delete(ended)
        this.loops.delete(ended)
        this.mayBeReady()
      },
    )
    this.made.add(loop)
    if (this.isOver || signal?.aborted === true) loop.end()
    else signal?.addEventListener('abort', leave)
    return loop
  }

  end(): void {
    this.isOver = true
    for (const loop of [...this.made]) loop.end()
  }
}
