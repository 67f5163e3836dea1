/**
 * Reads WebSocket frames off a stream of bytes, as far as an onlooker needs: where each ends, and what short
 * text it holds. RFC 6455, section 5.2.
 */
const TEXT = 1
const CLOSE = 8

export class FrameReader {
  private readonly read: (text: string) => void
  private bytes: Buffer = Buffer.alloc(0)
  /** Bytes of the upgrade's head still to come; unknown until its end has been seen. */
  private isUpgraded = false

  /** @param read - told the text of each whole text frame */
  constructor(read: (text: string) => void) {
    this.read = read
  }

  take(chunk: Buffer): void {
    this.bytes = this.bytes.length === 0 ? chunk : Buffer.concat([this.bytes, chunk])
    if (!this.isUpgraded) {
      const end = this.bytes.indexOf('\r\n\r\n')
      if (end < 0) return
      this.isUpgraded = true
      this.bytes = this.bytes.subarray(end + 4)
    }
    for (let length = this.first(); length > 0; length = this.first())
      this.bytes = this.bytes.subarray(length)
  }

  /** Reads the first frame. @returns its length, or 0 if it is not whole */
  private first(): number {
    const { bytes } = this
    const [head = 0, second = 0] = bytes
    const short = second & 0x7f
    const extra = short === 126 ? 2 : short === 127 ? 8 : 0
    const isMasked = (second & 0x80) !== 0
    const start = 2 + extra + (isMasked ? 4 : 0)
    if (bytes.length < start) return 0
    const size = extra === 0 ? short : extra === 2 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2))
    if (bytes.length < start + size) return 0
    if ((head & 0x0f) === TEXT) {
      const payload = Buffer.from(bytes.subarray(start, start + size))
      if (isMasked)
        for (let i = 0; i < size; i += 1) payload[i] = (payload[i] ?? 0) ^ (bytes[start - 4 + (i & 3)] ?? 0)
      this.read(payload.toString('utf8'))
    }
    return start + size
  }
}

/** A text as a server frames it. */
export const textFrame = (text: string): Buffer => frame(TEXT, Buffer.from(text, 'utf8'))

/** A close as a server frames it. */
export function closeFrame(code: number, reason: string): Buffer {
  const head = Buffer.alloc(2)
  head.writeUInt16BE(code)
  return frame(CLOSE, Buffer.concat([head, Buffer.from(reason, 'utf8').subarray(0, 123)]))
}

function frame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload
  if (length < 126) return Buffer.concat([Buffer.from([0x80 | opcode, length]), payload])
  const head = Buffer.alloc(length < 65_536 ? 4 : 10)
  head[0] = 0x80 | opcode
  if (length < 65_536) {
    head[1] = 126
    head.writeUInt16BE(length, 2)
  } else {
    head[1] = 127
    head.writeBigUInt64BE(BigInt(length), 2)
  }
  return Buffer.concat([head, payload])
}
