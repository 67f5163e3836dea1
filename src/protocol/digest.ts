/**
 * SHA-256 of a text, the same at both ends of the wire.
 *
 * Ours instead of the platform's, for two reasons: a page served over plain http has no `crypto.subtle`,
 * and the platform's answer is a promise, which the core must not wait for. Algorithm: FIPS 180-4.
 */

const ROUND = new Uint32Array(64)
const START = new Uint32Array(8)

// The constants are the first 32 bits of the fractions of cube roots and square roots of the first primes.
let found = 0
for (let candidate = 2; found < 64; candidate += 1) {
  if (!isPrime(candidate)) continue
  if (found < 8) START[found] = fraction(Math.sqrt(candidate))
  ROUND[found] = fraction(Math.cbrt(candidate))
  found += 1
}

/** @returns 64 lower-case hexadecimal digits. */
export function sha256(text: string): string {
  const bytes = padded(new TextEncoder().encode(text))
  const view = new DataView(bytes.buffer)
  const hash = START.slice()
  const words = new Uint32Array(64)
  for (let block = 0; block < bytes.length; block += 64) {
    for (let i = 0; i < 16; i += 1) words[i] = view.getUint32(block + i * 4)
    compress(hash, words)
  }
  return Array.from(hash, (word) => word.toString(16).padStart(8, '0')).join('')
}

function compress(hash: Uint32Array, words: Uint32Array): void {
  const w = (index: number): number => words[index] as number
  for (let i = 16; i < 64; i += 1) {
    const near = w(i - 2)
    const far = w(i - 15)
    const s0 = rotate(far, 7) ^ rotate(far, 18) ^ (far >>> 3)
    const s1 = rotate(near, 17) ^ rotate(near, 19) ^ (near >>> 10)
    words[i] = w(i - 16) + s0 + w(i - 7) + s1
  }
  let [a, b, c, d, e, f, g, h] = hash as unknown as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  for (let i = 0; i < 64; i += 1) {
    const choice = (e & f) ^ (~e & g)
    const majority = (a & b) ^ (a & c) ^ (b & c)
    const t1 = (h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + choice + (ROUND[i] as number) + w(i)) | 0
    const t2 = ((rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + majority) | 0
    h = g
    g = f
    f = e
    e = (d + t1) | 0
    d = c
    c = b
    b = a
    a = (t1 + t2) | 0
  }
  const sums = [a, b, c, d, e, f, g, h]
  for (let i = 0; i < 8; i += 1) hash[i] = (hash[i] as number) + (sums[i] as number)
}

/** The message, a single 1 bit, zeros to the block's end less eight bytes, the length in bits. */
function padded(message: Uint8Array): Uint8Array<ArrayBuffer> {
  const length = message.length
  const bytes = new Uint8Array((((length + 8) >> 6) + 1) << 6)
  bytes.set(message)
  bytes[length] = 0x80
  const view = new DataView(bytes.buffer)
  view.setUint32(bytes.length - 8, Math.floor(length / 0x2000_0000))
  view.setUint32(bytes.length - 4, length << 3)
  return bytes
}

function rotate(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by))
}

function fraction(root: number): number {
  return ((root - Math.floor(root)) * 0x1_0000_0000) | 0
}

function isPrime(candidate: number): boolean {
  for (let divisor = 2; divisor * divisor <= candidate; divisor += 1)
    if (candidate % divisor === 0) return false
  return true
}
