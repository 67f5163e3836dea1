/**
 * The time for which a session is one holder's: which file is its now, and whether it still is.
 */
import type { HoldfastError } from '../base/errors.ts'
import type { JournalContents } from '../ports/session-store.ts'
import { syncDirectory } from './journal-disk.ts'
import { fenced } from './journal-errors.ts'
import { append, follow, makeClaim, type Claim, type JournalFile } from './journal-file.ts'
import { epochsIn, isLive, pathOf, remove, type Place } from './journal-place.ts'

export interface Tenure {
  append(records: readonly string[]): Promise<void>
  /** Leaves the file for a new one with these contents. */
  renew(contentsOf: (below: readonly number[]) => Promise<JournalContents>): Promise<JournalContents>
  /** Removes all files of the session. */
  erase(): Promise<void>
  /** Closes what is open. */
  end(): Promise<void>
  isLost(): boolean
  readonly lost: Promise<void>
}

export function createTenure(place: Place, first: JournalFile): Tenure {
  let file = first
  /** The number after ours, if we took it and could not fill it: it is ours still. */
  let claim: Claim | undefined
  let isLost = false
  let tell = (): void => undefined
  const lost = new Promise<void>((resolve) => (tell = resolve))

  const robbed = (): HoldfastError => {
    isLost = true
    tell()
    return fenced(pathOf(place, file.epoch))
  }
  return {
    async append(records) {
      const grown = isLost ? undefined : await append(place, file, records)
      if (grown === undefined) throw robbed()
      file = grown
    },
    async renew(contentsOf) {
      if (isLost) throw robbed()
      claim ??= await makeClaim(place, file.epoch + 1)
      const loaded = claim && (await follow(place, file, claim, contentsOf))
      if (loaded === undefined) throw robbed()
      const old = file
      file = loaded.file
      claim = undefined
      await old.handle.close().catch(() => undefined)
      await remove(place, loaded.below)
      return loaded.contents
    },
    async erase() {
      const epochs = await epochsIn(place)
      const ours = claim === undefined ? await isLive(place, file) : epochs.at(-1) === claim.epoch
      if (isLost || !ours) throw robbed()
      await remove(place, epochs)
      if (place.sync) await syncDirectory(place.directory)
    },
    async end() {
      for (const { handle } of [file, claim ?? file]) await handle.close().catch(() => undefined)
    },
    isLost: () => isLost,
    lost,
  }
}
