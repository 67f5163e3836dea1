/**
 * `node:fs/promises` with a say before and after every operation: what a test puts into `disk.script`.
 *
 * For `vi.mock('node:fs/promises', …)`. It must not import what it stands for.
 */
import type * as fs from 'node:fs/promises'

export interface DiskOperation {
  readonly name: string
  /** The path that it is about. */
  readonly path: string
  /** Bytes that a write would write. */
  readonly bytes: number
}

/** What becomes of an operation: as ever, failing before or after its effect, or a write of some bytes only. */
export type DiskVerdict =
  | { readonly kind: 'before' | 'after'; readonly error: Error }
  | { readonly kind: 'partly'; readonly bytes: number; readonly error?: Error }
  | undefined

type Work = (...args: never[]) => Promise<unknown>

export const disk: { script: (operation: DiskOperation) => DiskVerdict } = { script: () => undefined }

/** An error as the system gives it. */
export function systemError(code: string): Error {
  return Object.assign(new Error(code), { code })
}

export function faultyDisk(real: typeof fs): typeof fs {
  const open = async (path: string, ...rest: [number?, number?]) => {
    let handle: fs.FileHandle | undefined
    try {
      await undergo('open', path, 0, async () => (handle = await real.open(path, ...rest)))
    } catch (reason) {
      await handle?.close()
      throw reason
    }
    return faultyHandle(handle as fs.FileHandle, path)
  }
  const faulty = Object.fromEntries(
    (['link', 'lstat', 'mkdir', 'readdir', 'rename', 'unlink'] as const).map((name) => {
      const work = real[name] as Work
      return [name, (...args: never[]) => undergo(name, String(args[0]), 0, () => work(...args))]
    }),
  )
  return { ...real, ...faulty, open } as typeof fs
}

function faultyHandle(handle: fs.FileHandle, path: string): fs.FileHandle {
  return new Proxy(handle, {
    get(target, key) {
      const name = String(key)
      const member: unknown = Reflect.get(target, key)
      if (typeof member !== 'function') return member
      const work = member.bind(target) as Work
      // A handle is closed by whatever ends the process, so closing never fails here.
      if (!['write', 'sync', 'datasync', 'read', 'stat'].includes(name)) return work
      return (...args: never[]) => {
        const length = name === 'write' ? Number(args[2]) : 0
        return undergo(name, path, length, (bytes) =>
          work(...(bytes === undefined ? args : args.with(2, bytes as never))),
        )
      }
    },
  })
}

async function undergo<T>(
  name: string,
  path: string,
  bytes: number,
  work: (bytes?: number) => Promise<T>,
): Promise<T> {
  const verdict = disk.script({ name, path, bytes })
  if (verdict === undefined) return work()
  if (verdict.kind === 'before') throw verdict.error
  const result = verdict.kind === 'partly' ? await work(verdict.bytes) : await work()
  if (verdict.error !== undefined) throw verdict.error
  return result
}
