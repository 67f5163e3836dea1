/**
 * The bytes of a journal file, format 1; all numbers are little-endian.
 *
 * ```
 * file   = header frame*
 * header = "holdfast" format:u32 salt:u32 founded:u32 crc:u32
 * frame  = length:u32 crc:u32 seal:u32 payload          one frame to a commit: whole or not at all
 * payload = kind:u8 text*                               kind 0: a snapshot, 1: records
 * text   = length:u32 bytes                             UTF-8; with the highest bit of length set, UTF-16
 * ```
 *
 * The first `founded` bytes were on disk before the file's first commit, so damage there is never a crash of a
 * commit. Behind them a crash may leave anything, but only at the end: a bad frame that has a good one behind
 * it is damage too. The seal covers the frame's place and the file's salt, so that neither a frame that was
 * moved nor what an older file left on the disk is taken for a good one.
 *
 * In every format a file begins with the word, the number of the format, eight bytes and the checksum of all these:
 * only so is a newer version's header told from a damaged one.
 */
import { crc32 } from './crc32.ts'

const MAGIC = Buffer.from('holdfast', 'latin1')
const FORMAT = 1
const FRAME_HEAD = 12
const WIDE = 0x8000_0000
/** Half a surrogate pair: UTF-8 has no bytes for it. */
const LONE = /\p{Surrogate}/u

export const HEADER = 24
/** Where a file stops growing. Snapshots keep it far below; more than this was not written by us. */
export const LARGEST = 512 * 1024 * 1024

const SNAPSHOT = 0
const RECORDS = 1

export interface Contents {
  readonly snapshot: string | undefined
  readonly records: readonly string[]
}

export type Reading =
  | ({ readonly kind: 'sound'; readonly cut: number } & Contents)
  | { readonly kind: 'damaged'; readonly what: string; readonly at: number }
  | { readonly kind: 'newer'; readonly format: number }

/** A whole file that stands for these contents. The salt is random, so that no two files' frames are mistaken. */
export function encodeFile(salt: number, { snapshot, records }: Contents): Buffer {
  const frames: Buffer[] = []
  let length = HEADER
  const add = (kind: number, texts: readonly string[]): void => {
    const frame = encodeFrame(kind, texts, salt, length)
    frames.push(frame)
    length += frame.length
  }
  if (snapshot !== undefined) add(SNAPSHOT, [snapshot])
  if (records.length > 0) add(RECORDS, records)
  const head = Buffer.alloc(HEADER)
  MAGIC.copy(head)
  ;[FORMAT, salt, length].forEach((field, place) => head.writeUInt32LE(field, 8 + place * 4))
  head.writeUInt32LE(crc32(head.subarray(0, HEADER - 4)), HEADER - 4)
  return Buffer.concat([head, ...frames])
}

/** The frame of one commit's records, for this place of the file with this salt. */
export function encodeRecords(records: readonly string[], salt: number, place: number): Buffer {
  return encodeFrame(RECORDS, records, salt, place)
}

function encodeFrame(kind: number, texts: readonly string[], salt: number, place: number): Buffer {
  const wide = texts.map((text) => LONE.test(text))
  const lengths = texts.map((text, index) =>
    wide[index] === true ? text.length * 2 : Buffer.byteLength(text),
  )
  const length = lengths.reduce((sum, one) => sum + 4 + one, 1)
  const frame = Buffer.alloc(FRAME_HEAD + length)
  let end = frame.writeUInt8(kind, FRAME_HEAD)
  texts.forEach((text, index) => {
    const isWide = wide[index] === true
    end = frame.writeUInt32LE(((lengths[index] as number) | (isWide ? WIDE : 0)) >>> 0, end)
    end += frame.write(text, end, isWide ? 'utf16le' : 'utf8')
  })
  frame.writeUInt32LE(length, 0)
  frame.writeUInt32LE(crc32(frame.subarray(FRAME_HEAD)), 4)
  frame.writeUInt32LE(seal(frame.subarray(0, 8), salt, place), 8)
  return frame
}

function seal(lengthAndCrc: Buffer, salt: number, place: number): number {
  return crc32(lengthAndCrc, (salt ^ place) >>> 0)
}

/** The format that a file says it is of; `undefined` if its header is damaged, or none. */
function formatOf(bytes: Buffer): number | undefined {
  if (bytes.length < HEADER || !bytes.subarray(0, 8).equals(MAGIC)) return undefined
  if (bytes.readUInt32LE(HEADER - 4) !== crc32(bytes.subarray(0, HEADER - 4))) return undefined
  return bytes.readUInt32LE(8)
}

/** The format, if it is newer than ours. */
export function newerFormat(bytes: Buffer): number | undefined {
  const format = formatOf(bytes)
  return format !== undefined && format > FORMAT ? format : undefined
}

export function decodeFile(bytes: Buffer): Reading {
  const format = formatOf(bytes)
  if (format !== undefined && format > FORMAT) return { kind: 'newer', format }
  if (format !== FORMAT)
    return { kind: 'damaged', what: bytes.length === 0 ? 'an empty file' : 'no header', at: 0 }
  const salt = bytes.readUInt32LE(12)
  const founded = bytes.readUInt32LE(16)
  let snapshot: string | undefined
  const records: string[] = []
  let place = HEADER
  while (place < bytes.length) {
    const payload = payloadAt(bytes, place, salt)
    if (payload === undefined) break
    const texts = decodeTexts(payload)
    const kind = payload[0]
    const isFirst = place === HEADER
    if (kind === SNAPSHOT && isFirst && texts?.length === 1) snapshot = texts[0]
    else if (kind === RECORDS && texts !== undefined) for (const text of texts) records.push(text)
    else return { kind: 'damaged', what: 'a frame that says nothing', at: place }
    place += FRAME_HEAD + payload.length
  }
  if (place < founded) return { kind: 'damaged', what: 'a bad frame in the founded part', at: place }
  if (hasFrameBehind(bytes, place, salt))
    return { kind: 'damaged', what: 'a bad frame before good ones', at: place }
  return { kind: 'sound', snapshot, records, cut: bytes.length - place }
}

/** The payload of the frame at this place, if there is a good one. */
function payloadAt(bytes: Buffer, place: number, salt: number): Buffer | undefined {
  if (bytes.length - place <= FRAME_HEAD) return undefined
  const length = bytes.readUInt32LE(place)
  const start = place + FRAME_HEAD
  if (length === 0 || length > bytes.length - start) return undefined
  if (bytes.readUInt32LE(place + 8) !== seal(bytes.subarray(place, place + 8), salt, place)) return undefined
  const payload = bytes.subarray(start, start + length)
  return bytes.readUInt32LE(place + 4) === crc32(payload) ? payload : undefined
}

/** Only after damage, so it may look at every byte. */
function hasFrameBehind(bytes: Buffer, place: number, salt: number): boolean {
  for (let at = place + 1; at < bytes.length; at += 1)
    if (payloadAt(bytes, at, salt) !== undefined) return true
  return false
}

function decodeTexts(payload: Buffer): string[] | undefined {
  const texts: string[] = []
  let place = 1
  while (place < payload.length) {
    if (payload.length - place < 4) return undefined
    const field = payload.readUInt32LE(place)
    const length = field % WIDE
    place += 4
    if (length > payload.length - place) return undefined
    texts.push(payload.toString(field >= WIDE ? 'utf16le' : 'utf8', place, place + length))
    place += length
  }
  return texts
}
