/**
 * What can be wrong with a disk for a while, or once.
 */
import type { Chance } from '../../../src/testing/virtual/chance.ts'
import type { Disk } from './disk.ts'
import type { FileOperation, FileVerdict } from './files.ts'
import { LONGEST_MS, Spells, Strikes } from './spells.ts'
import type { Lasts, StorageFault, StorageOptions } from './storage.ts'

type Trouble = (operation: FileOperation) => FileVerdict

const CHANGES = ['create', 'mkdir', 'rename', 'unlink', 'write', 'truncate'] as const
const NAMES = ['create', 'mkdir', 'rename', 'unlink'] as const
const OPENS = ['open', 'create'] as const

export class DiskTroubles {
  readonly faults: Readonly<Record<string, StorageFault>>
  /** With the fault that each is of. */
  private readonly troubles = new Map<Trouble, string>()
  private readonly strikes = new Strikes()
  private readonly spells = new Spells()
  private readonly longestMs: number

  constructor({ timeline, longestMs = LONGEST_MS }: StorageOptions, disk: Disk) {
    this.longestMs = longestMs
    this.faults = this.strikes.named({
      'F67 torn write': this.once(['write'], (luck, { bytes }) => ({
        kind: 'short',
        bytes: luck.whole(0, bytes),
        code: luck.pick(['EIO', 'ENOSPC']),
      })),
      'F67 short writes': this.spell(['write'], (luck, { bytes }) => ({
        kind: 'short',
        bytes: luck.whole(Math.min(1, bytes), bytes),
      })),
      'F68 bit flip': (luck) => {
        const files = disk.files().filter(([, file]) => file.atRest > 0)
        if (files.length > 0) {
          const [, file] = luck.pick(files)
          file.flip(luck.whole(0, file.atRest * 8 - 1))
          this.strikes.count('F68 bit flip')
        }
      },
      'F69 sync fails once': this.once(['sync'], (luck) => fails('EIO', luck)),
      'F69 syncs fail': this.spell(['sync'], (luck) => fails('EIO', luck)),
      'F70 disk full': this.spell(['create', 'mkdir', 'write'], (luck, { name, bytes }) =>
        name === 'write'
          ? { kind: 'short', bytes: luck.whole(0, bytes - 1), code: 'ENOSPC' }
          : fails('ENOSPC'),
      ),
      'F70 too many files': this.spell(OPENS, (luck) => (luck.happens(0.5) ? fails('EMFILE') : undefined)),
      'F70 no permission': this.spell(NAMES, () => fails('EACCES')),
      'F70 read-only': this.spell(CHANGES, () => fails('EROFS')),
      'F73 slow disk': (luck, lasts) => {
        let wake = (): void => undefined
        const over = new Promise<void>((resolve) => (wake = resolve))
        const trouble: Trouble = ({ name }) =>
          name === 'sync' || name === 'read' || luck.happens(0.1)
            ? { kind: 'slow', until: Promise.race([over, timeline.pause(luck.between(1, 3000))]) }
            : undefined
        this.add(trouble, luck.between(500, 20_000), lasts, wake)
      },
    })
  }

  /** The first trouble that has a say. */
  verdict(operation: FileOperation): FileVerdict {
    for (const [trouble, name] of this.troubles) {
      const verdict = trouble(operation)
      if (verdict === undefined) continue
      this.strikes.count(name)
      return verdict
    }
    return undefined
  }

  get struck(): ReadonlyMap<string, number> {
    return this.strikes.counts
  }

  heal(): void {
    this.spells.endAll()
  }

  private spell(
    names: readonly FileOperation['name'][],
    say: (luck: Chance, operation: FileOperation) => FileVerdict,
  ): StorageFault {
    return (luck, lasts) => {
      const trouble: Trouble = (operation) =>
        names.includes(operation.name) ? say(luck, operation) : undefined
      this.add(trouble, luck.between(5, this.longestMs), lasts)
    }
  }

  private once(
    names: readonly FileOperation['name'][],
    say: (luck: Chance, operation: FileOperation) => FileVerdict,
  ): StorageFault {
    return (luck, lasts) => {
      const trouble: Trouble = (operation) => {
        if (!names.includes(operation.name)) return undefined
        this.troubles.delete(trouble)
        return say(luck, operation)
      }
      this.add(trouble, luck.between(5, 20_000), lasts)
    }
  }

  private add(trouble: Trouble, ms: number, lasts: Lasts, wake: () => void = () => undefined): void {
    this.troubles.set(trouble, this.strikes.current)
    this.spells.begin(ms, lasts, () => {
      this.troubles.delete(trouble)
      wake()
    })
  }
}

function fails(code: string, luck?: Chance): FileVerdict {
  return { kind: 'fails', code, when: luck?.happens(0.3) === true ? 'after' : 'before' }
}
