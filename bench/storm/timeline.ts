/**
 * Who arrives in which millisecond, for a crowd in which everybody has at most one appointment.
 *
 * A list for every millisecond, threaded through one array: to make an appointment and to keep it costs the
 * same however many there are. Those of one millisecond come in the order in which they were made.
 */
export class Timeline {
  private readonly endMs: number
  private readonly first: Int32Array
  private readonly last: Int32Array
  private readonly next: Int32Array
  private waiting = 0
  private from = 0

  constructor(clients: number, endMs: number) {
    this.endMs = endMs
    this.first = new Int32Array(endMs).fill(-1)
    this.last = new Int32Array(endMs).fill(-1)
    this.next = new Int32Array(clients).fill(-1)
  }

  /** What lies beyond the end is never kept. */
  add(client: number, atMs: number): void {
    const slot = Math.floor(atMs)
    if (slot >= this.endMs) return
    this.waiting += 1
    this.next[client] = -1
    const before = this.last[slot] ?? -1
    if (before === -1) this.first[slot] = client
    else this.next[before] = client
    this.last[slot] = client
  }

  /**
   * Keeps the appointments in order until there are none; a visit may make new ones, for later milliseconds.
   *
   * @returns the millisecond after the last one; nothing may be added before it any more
   */
  run(visit: (client: number, nowMs: number) => void): number {
    for (; this.from < this.endMs && this.waiting > 0; this.from += 1) {
      for (let client = this.first[this.from] ?? -1; client !== -1;) {
        const following = this.next[client] ?? -1
        this.waiting -= 1
        visit(client, this.from)
        client = following
      }
    }
    return this.from
  }
}
