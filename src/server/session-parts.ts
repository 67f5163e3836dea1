/**
 * What follows when something is in a session's log: it is folded, sent, acknowledged and offered.
 */
import type { LiveSession } from './live-session.ts'
import type { WriterListener } from './writer.ts'

/** Characters of unprocessed messages at which no more are stored. */
const BACKLOG_CHARACTERS = 16 * 1024 * 1024
/** Windows full of unprocessed messages, likewise. */
const BACKLOG_WINDOWS = 4

export function writerListener(session: LiveSession): WriterListener {
  return {
    storedDown(from, texts) {
      session.mirror?.apply('down', from, texts)
      session.line?.storedDown(from, texts)
    },
    storedUp(batch, before) {
      const fresh = Math.max(batch.from, before + 1)
      if (fresh <= batch.to) session.mirror?.apply('up', fresh, batch.texts.slice(fresh - batch.from))
      session.line?.storedUp(session.writer.up)
      session.offers.stored(batch, before)
    },
    failedUp(error) {
      session.voice.fail(error)
      session.line?.failedUp(error)
    },
    failedDown: (error) => session.voice.fail(error),
    surprised() {
      session.mirror?.reload().catch((cause: unknown) => session.logFailed(cause))
      session.line?.start()
    },
    isChoked() {
      const { writer, offers, instance } = session
      const most = BACKLOG_WINDOWS * instance.settings.limits.window
      return writer.up - offers.processed >= most || offers.backlog > BACKLOG_CHARACTERS
    },
  }
}
