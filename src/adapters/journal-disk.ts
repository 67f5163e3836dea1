/**
 * What is done to one file or one directory, whatever session it is of: files are looked at before they are trusted, read
 * whole and written whole; directories are made, and the names in them brought to the disk.
 */
import { constants } from 'node:fs'
import { dirname } from 'node:path'
import { newer, refused, unless } from './journal-errors.ts'
import type { Files, OpenFile } from './journal-files.ts'
import { HEADER, LARGEST, newerFormat } from './journal-format.ts'

/**
 * Looks at a file without touching it. On a machine of many users a directory may hold traps.
 *
 * @throws {@link HoldfastError} `store-failed` — it is not a plain file of our own
 * @throws {@link HoldfastError} `store-newer`
 */
export async function inspect(files: Files, path: string): Promise<void> {
  const seen = await files.lstat(path, { bigint: true })
  if (seen.isSymbolicLink()) throw refused(path, 'a symbolic link')
  if (seen.isDirectory()) throw refused(path, 'a directory')
  if (!seen.isFile()) throw refused(path, 'not a plain file')
  const user = process.getuid?.()
  if (user !== undefined && seen.uid !== BigInt(user)) throw refused(path, 'the property of another user')
  const handle = await openToRead(files, path)
  try {
    const format = newerFormat(await readFrom(handle, HEADER))
    if (format !== undefined) throw newer(path, format)
  } finally {
    await handle.close()
  }
}

/** @returns `undefined` if the file is too large to be ours. */
export async function readWhole(files: Files, path: string): Promise<Buffer | undefined> {
  const handle = await openToRead(files, path)
  try {
    const size = Number((await handle.stat({ bigint: true })).size)
    return size > LARGEST ? undefined : await readFrom(handle, size)
  } finally {
    await handle.close()
  }
}

/** Never through a link that was put there since we looked, and never waiting for a pipe's other end. */
function openToRead(files: Files, path: string): Promise<OpenFile> {
  // Not every system has these flags, whatever the types say.
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants as Partial<typeof constants>
  return files.open(path, (O_RDONLY ?? 0) | O_NOFOLLOW | O_NONBLOCK)
}

async function readFrom(handle: OpenFile, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length)
  let done = 0
  while (done < length) {
    const { bytesRead } = await handle.read(bytes, done, length - done, done)
    if (bytesRead === 0) break
    done += bytesRead
  }
  return bytes.subarray(0, done)
}

/** Writes all of it: the system may take less than it was offered. */
export async function writeAll(handle: OpenFile, bytes: Buffer, position: number): Promise<void> {
  let done = 0
  while (done < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done)
    done += bytesWritten
  }
}

/**
 * Makes a directory with all that lead to it, and brings their names to the disk: a power cut would else take the
 * directory, and with it every file that is safe inside.
 *
 * None is made before the name of the one above it is on the disk. So of all that are there already, the last name
 * alone may be missing on the disk, as whoever made it died or failed there: it is brought there every time.
 *
 * Each is asked for once. Node 20, asked for all at once, goes round for ever where the system calls a directory
 * missing though the one above it is there: in a working directory that was removed, below `/proc`.
 *
 * @returns its real path.
 */
export async function makeDirectories(files: Files, path: string): Promise<string> {
  const above = dirname(path)
  const isThere = (await unless(['ENOENT'], files.realpath(path))) !== undefined
  if (!isThere && above !== path) await makeDirectories(files, above)
  // One that is there is asked for, too: it may be a file.
  await files.mkdir(path)
  const real = await files.realpath(path)
  // Where one may write without reading, it cannot be had.
  await unless(['EACCES', 'EPERM'], syncDirectory(files, dirname(real)))
  return real
}

/** Brings the names in a directory to the disk. Windows and some network disks cannot be asked to. */
export async function syncDirectory(files: Files, directory: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await files.open(directory, constants.O_RDONLY)
  try {
    await unless(['EINVAL', 'ENOTSUP'], handle.sync())
  } finally {
    await handle.close()
  }
}
