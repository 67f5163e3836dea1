/**
 * Reading the store at the start: what an earlier process left, or a new session, or the next best thing.
 *
 * No trouble with a store keeps a session from working. What cannot be opened is replaced by memory, what
 * cannot be understood is set aside, and in each case the application is told.
 */
import { HoldfastError, isHoldfastError } from '../base/errors.ts'
import type { Random } from '../ports/random.ts'
import type { Journal, JournalContents, SessionStore } from '../ports/session-store.ts'
import { type Fold, Image } from './image.ts'
import { NewerFormat } from './record.ts'
import { asStoreError, withMemoryHint } from './store-errors.ts'

export interface Opened {
  readonly image: Image
  /** Absent: memory has to do. */
  readonly journal: Journal | undefined
  readonly contents: JournalContents
  /** Whether the first commit must replace what was read. */
  readonly replacesAll: boolean
}

const NOTHING: JournalContents = { snapshot: undefined, records: [] }

export interface OpeningRequest {
  readonly blocked: () => void
  /** The store is ours, and is about to be read. */
  readonly opened: () => void
  readonly signal: AbortSignal
  readonly trouble: (error: HoldfastError) => void
  /** [PS-7] Another holder took the store over while it was opened or read. */
  readonly fenced: (error: HoldfastError) => void
}

/** @returns `undefined` if the session was closed, or robbed, before the store was read. */
export async function openImage(
  name: string,
  world: { readonly random: Random; readonly store: () => SessionStore | Promise<SessionStore> },
  fold: Fold | undefined,
  request: OpeningRequest,
): Promise<Opened | undefined> {
  const fresh = () => new Image({ session: world.random.secret(16), secret: world.random.secret(32) }, fold)
  const { blocked, opened, signal, trouble } = request
  let journal: Journal | undefined
  let contents: JournalContents
  try {
    // A store that is long in coming holds nothing yet: who closes meanwhile need not wait for it.
    const store = await unlessAborted(Promise.resolve(world.store()), signal)
    journal = await store.open(name, { blocked, signal })
    opened()
    contents = await journal.read()
    // A store of the caller's own may be none: what is missing throws here, and not where nobody catches it.
    void journal.lost.then(undefined, () => undefined)
    void contents.records.length
  } catch (error) {
    void letGo(journal)
    if (signal.aborted) return undefined
    if (isHoldfastError(error, 'store-fenced')) {
      request.fenced(error)
      return undefined
    }
    trouble(isHoldfastError(error, 'closed') ? error : withMemoryHint(asStoreError(error)))
    return { image: fresh(), journal: undefined, contents: NOTHING, replacesAll: false }
  }
  if (contents.trouble !== undefined) trouble(contents.trouble)
  const image = fresh()
  try {
    image.restore(contents.snapshot, contents.records)
    return { image, journal, contents, replacesAll: false }
  } catch (error) {
    return setAside(fresh(), journal, contents, error, trouble)
  }
}

/** [PS-6] What cannot be understood is kept inside the new session's store; a newer format is left alone. */
function setAside(
  image: Image,
  journal: Journal,
  contents: JournalContents,
  cause: unknown,
  trouble: (error: HoldfastError) => void,
): Opened {
  if (cause instanceof NewerFormat) {
    trouble(
      withMemoryHint(
        new HoldfastError(
          'store-newer',
          'The store was written by a newer version of this library and was left as it is.',
          { hint: 'Update this one.' },
        ),
      ),
    )
    void letGo(journal)
    return { image, journal: undefined, contents: NOTHING, replacesAll: false }
  }
  image.aside = [...(contents.snapshot === undefined ? [] : [contents.snapshot]), ...contents.records]
  const hint =
    'Nothing was deleted. The session starts anew; what was pending in the old one is not sent again.'
  trouble(
    new HoldfastError('store-corrupt', 'The store holds something that is no session.', { cause, hint }),
  )
  return { image, journal, contents, replacesAll: true }
}

/** @throws what the signal was aborted with, at once; what the promise comes to then is nobody's any more. */
async function unlessAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  let leave = (): void => undefined
  const aborted = new Promise<never>((_, reject) => {
    leave = () => reject(new HoldfastError('closed', 'Opening the store was given up.'))
    if (signal.aborted) leave()
    else signal.addEventListener('abort', leave)
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', leave)
  }
}

/** A journal that is no use to us must not be kept from others. */
async function letGo(journal: Journal | undefined): Promise<void> {
  try {
    await journal?.close()
  } catch {
    // Why it is no use was told already.
  }
}
