/**
 * The journal store on a simulated disk.
 */
import { dirname } from 'node:path'
import { decodeFile } from '../../../src/adapters/journal-format.ts'
import { journalStoreWith } from '../../../src/adapters/journal-store.ts'
import { Disk, type Directory } from './disk.ts'
import { DiskTroubles } from './disk-troubles.ts'
import { processFiles } from './files.ts'
import { baseOf, Landing } from './landing.ts'
import { clonedChance } from './memory.ts'
import { processLock } from './process-locks.ts'
import { Queues } from './queues.ts'
import type { Saved, Storage, StorageOptions, StorageView } from './storage.ts'

const DIRECTORY = '/home/app/sessions'

interface SavedDisk extends Saved {
  readonly kind: 'journal'
  readonly root: Directory
}

/** What the application sees of it is `/home/app`, where the directory of journals is made. */
export function journalStorage(options: StorageOptions, start?: SavedDisk): Storage {
  const { timeline, chance, landed } = options
  const durability = options.durability ?? chance.stream('durability').pick(['disk', 'disk', 'process'])
  const luck = chance.stream('disk')
  const disk = new Disk(() => timeline.now)
  const soon = (run: () => void): void => void timeline.schedule(timeline.now, run)
  const locks = new Queues(soon)
  const troubles = new DiskTroubles(options, disk)
  const views = new Set<StorageView>()
  if (start === undefined) foundHome(disk)
  else disk.restore(start.root)

  const open = (): StorageView => {
    const landing = new Landing(landed)
    let isDead = false
    const process = processFiles({
      disk,
      script: (operation) => troubles.verdict(operation),
      takes: ({ name }) =>
        TAKES[name] === undefined ? undefined : timeline.pause(luck.between(0, TAKES[name])),
      changed: (path, file) => {
        // Without its name nobody finds it: the origin was wiped, or an old copy restored.
        if (disk.find(path) === file) landing.changed(path, file)
      },
    })
    const owner = {}
    const machine = {
      files: process.files,
      salt: () => Math.floor(luck.next() * 2 ** 32),
      pause: (ms: number) => timeline.pause(luck.between(0, ms)),
    }
    const store = journalStoreWith(processLock(locks, owner), DIRECTORY, { durability }, machine)
    const view: StorageView = {
      store: landing.watch(store),
      crash() {
        if (isDead) return
        isDead = true
        views.delete(view)
        process.kill((bytes) => luck.whole(0, bytes))
        locks.die(owner)
      },
      get isDead() {
        return isDead
      },
    }
    views.add(view)
    return view
  }

  return {
    kind: 'journal',
    durability,
    open,
    cutPower(fate) {
      for (const view of [...views]) view.crash()
      disk.cut({
        names: (pending) => fate.whole(0, pending),
        file: (unsynced) => ({ bytes: fate.whole(0, unsynced), zeros: fate.happens(0.1) }),
      })
      return durability === 'process'
    },
    wipe() {
      disk.wipe()
      foundHome(disk)
    },
    save: (): SavedDisk => ({ kind: 'journal', root: disk.save() }),
    restore(saved) {
      if (saved.kind !== 'journal') throw new TypeError('a copy of another kind')
      disk.restore((saved as SavedDisk).root)
    },
    clone: (told = landed) =>
      journalStorage(
        { ...options, durability, chance: clonedChance(chance), landed: told },
        { kind: 'journal', root: disk.save() },
      ),
    survived: () => textsOn(disk),
    faults: troubles.faults,
    struck: troubles.struck,
    heal: () => troubles.heal(),
  }
}

/** Milliseconds at most. Only what changes the disk takes time: who looks sees it as it is. */
const TAKES: Readonly<Record<string, number>> = {
  create: 0.1,
  mkdir: 0.1,
  rename: 0.1,
  unlink: 0.1,
  write: 0.1,
  truncate: 0.1,
  sync: 3,
}

function foundHome(disk: Disk): void {
  for (const path of ['/home', '/home/app']) {
    disk.mkdir(path)
    disk.syncPath(dirname(path))
  }
}

/** What the next process will read: of each session the highest number that is whole. */
function textsOn(disk: Disk): string[] {
  const sessions = new Map<string, { readonly epoch: number; readonly texts: readonly string[] }>()
  for (const [path, file] of disk.files()) {
    const epoch = Number(/\.(\d+)\.journal$/.exec(path)?.[1] ?? 0)
    if (epoch === 0) continue
    const reading = decodeFile(file.content)
    const base = baseOf(path)
    if (reading.kind !== 'sound' || epoch < (sessions.get(base)?.epoch ?? 0)) continue
    const { snapshot, records } = reading
    sessions.set(base, { epoch, texts: snapshot === undefined ? records : [snapshot, ...records] })
  }
  return [...sessions].sort(([one], [other]) => (one < other ? -1 : 1)).flatMap(([, { texts }]) => texts)
}
