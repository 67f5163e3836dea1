/**
 * What a file system can do to us, in words that tell what to do about it.
 */
import { HoldfastError, isHoldfastError } from '../base/errors.ts'

const HINTS: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk is full: free some space.',
  EDQUOT: 'The disk quota is used up: free some space.',
  ENOENT: 'The directory is not there and cannot be made: choose an absolute path, of a place that stays.',
  EROFS: 'The file system is read-only: choose another directory, or mount it writable.',
  EACCES: 'Give this user write permission on the directory.',
  EPERM: 'Give this user write permission on the directory.',
  EMFILE: 'Too many files are open in this process: raise the limit, or find what leaks them.',
  ENFILE: 'Too many files are open on this machine.',
  ENOTDIR: 'A part of the path is a file: choose another directory.',
  EIO: 'The disk failed: look at the system’s log, and do not trust this disk.',
}

/** What failed, in our words; our own errors pass as they are. */
export function journalFailure(reason: unknown, doing: string): HoldfastError {
  if (isHoldfastError(reason)) return reason
  const code = codeOf(reason)
  const hint = HINTS[code]
  return new HoldfastError('store-failed', `The session’s file could not be ${doing}: ${code}.`, {
    cause: reason,
    ...(hint === undefined ? {} : { hint }),
    facts: { reason: code },
  })
}

/** The system's name for an error, such as `ENOENT`. */
export function codeOf(reason: unknown): string {
  const code = (reason as { readonly code?: unknown } | null)?.code
  return typeof code === 'string' ? code : 'unknown'
}

/** Lets an error of one of these codes pass as `undefined`. */
export async function unless<T>(codes: readonly string[], work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (reason) {
    if (codes.includes(codeOf(reason))) return undefined
    throw reason
  }
}

export function refused(path: string, what: string): HoldfastError<'store-failed'> {
  return new HoldfastError('store-failed', `The session’s file is ${what}, so it was not touched.`, {
    hint: 'Choose another directory, or move it away.',
    facts: { reason: 'refused', path },
  })
}

export function newer(path: string, format: number): HoldfastError<'store-newer'> {
  return new HoldfastError(
    'store-newer',
    'The session’s file was written by a newer version of this library.',
    {
      hint: 'Run that version; the file was left as it is.',
      facts: { path, format },
    },
  )
}

export function fenced(path: string): HoldfastError<'store-fenced'> {
  return new HoldfastError('store-fenced', 'The session’s file is not ours any more: it was taken over.', {
    facts: { path },
  })
}

export function vanished(path: string): HoldfastError<'store-failed'> {
  return new HoldfastError('store-failed', 'The session’s file was deleted while it was in use.', {
    hint: 'Keep cleaners of temporary files away from the directory; a new file is made.',
    facts: { reason: 'ENOENT', path },
  })
}

export function notOpen(): HoldfastError<'store-failed'> {
  return new HoldfastError('store-failed', 'The journal is closed.', { hint: 'Open it again.' })
}

/** What a crash left half written was cut off. A damaged last commit looks the same. */
export function tornTail(path: string, bytes: number): HoldfastError<'store-corrupt'> {
  return new HoldfastError(
    'store-corrupt',
    `The last ${bytes} bytes of the session’s file were half written.`,
    {
      hint: 'A crash leaves that, and then no commit that was reported done is in it. After no crash, suspect the disk: it may be one.',
      facts: { kind: 'torn-tail', bytes, path },
    },
  )
}

export function quarantined(path: string, what: string, at: number): HoldfastError<'store-corrupt'> {
  return new HoldfastError('store-corrupt', `The session’s file is damaged: ${what} at byte ${at}.`, {
    hint: `It was set aside as ${path}; the session starts anew.`,
    facts: { kind: 'quarantined', path, at },
  })
}

export function tooLarge(bytes: number): HoldfastError<'store-failed'> {
  return new HoldfastError('store-failed', `The session’s file would grow beyond ${bytes} bytes.`, {
    hint: 'Keep less in one session; a state with a reducer lets old messages go.',
    facts: { reason: 'too-large', bytes },
  })
}
