/**
 * The time for which a session is one holder's: which file is its now, and whether it still is.
 */
import type { HoldfastError } from '../base/errors.ts'
import type { JournalContents } from '../ports/session-store.ts'
import { makeDirectories, syncDirectory } from './journal-disk.ts'
import { fenced, unless, vanished } from './journal-errors.ts'
import { append, fill, makeClaim, type Claim, type JournalFile } from './journal-file.ts'
import { epochsIn, inodeOf, isThere, pathOf, remove, supersede, type Place } from './journal-place.ts'

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

/** Each of our two files can be deleted while we look; a name of ours that is back after that is somebody else's. */
const LOOKS = 3

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
  const isOurs = async ({ epoch, handle }: Claim): Promise<boolean> => {
    const { ino: inode } = await handle.stat({ bigint: true })
    return isThere(place, { epoch, inode })
  }
  /** @returns `undefined` if a file of ours was deleted while we looked. */
  const looksTaken = async (): Promise<boolean | undefined> => {
    const epochs = (await unless(['ENOENT'], epochsIn(place))) ?? []
    const own = [file, claim].filter((one) => one !== undefined).filter(({ epoch }) => epochs.includes(epoch))
    for (const { epoch, handle } of own) {
      const inode = await inodeOf(place, epoch)
      if (inode === undefined) return undefined
      if (inode !== (await handle.stat({ bigint: true })).ino) return true
    }
    // As long as our file is there, a number below it was left by ourselves or by an earlier holder.
    const isBelow = (epoch: number): boolean => epoch < file.epoch && own.includes(file)
    return epochs.some((epoch) => !isBelow(epoch) && !own.some((one) => one.epoch === epoch))
  }
  /** Whether a file is there that somebody else made. Whoever takes a session leaves at least one, always. */
  const isTaken = async (): Promise<boolean> => {
    for (let look = 1; look <= LOOKS; look += 1) {
      const taken = await looksTaken()
      if (taken !== undefined) return taken
    }
    return true
  }
  /** Our file is not the session's. If it is nobody's, it was deleted: then `reopen` begins another. */
  const deposed = async (): Promise<HoldfastError> => {
    if (isLost || (await isTaken())) return robbed()
    return vanished(pathOf(place, file.epoch))
  }
  return {
    async append(records) {
      const grown = isLost ? undefined : await append(place, file, records)
      if (grown === undefined) throw await deposed()
      file = grown
    },
    async renew(contentsOf) {
      if (isLost || (await isTaken())) throw robbed()
      // Who deleted our file may have deleted the directory. One that is there again need not be on the disk, whoever made it.
      if (!(await isOurs(file))) await makeDirectories(place.machine.files, place.directory)
      if (claim !== undefined && !(await isOurs(claim))) {
        await claim.handle.close().catch(() => undefined)
        claim = undefined
      }
      claim ??= await makeClaim(place, file.epoch + 1)
      const loaded = claim && (await fill(place, claim, contentsOf))
      if (loaded === undefined) throw await deposed()
      const old = file
      file = loaded.file
      claim = undefined
      await old.handle.close().catch(() => undefined)
      await supersede(place, loaded.below)
      return loaded.contents
    },
    async erase() {
      if (isLost || (await isTaken())) throw robbed()
      const epochs = await unless(['ENOENT'], epochsIn(place))
      if (epochs === undefined) return
      await remove(place, epochs)
      if (place.sync) await syncDirectory(place.machine.files, place.directory)
    },
    async end() {
      for (const { handle } of [file, claim ?? file]) await handle.close().catch(() => undefined)
    },
    isLost: () => isLost,
    lost,
  }
}
