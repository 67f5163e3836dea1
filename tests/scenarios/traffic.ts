/** Traffic in both directions while something else goes on. */
import type { Cast } from './cast.ts'
import type { ClientHost } from './client-host.ts'

/** Each client sends every 40 ms, and so does the server, until the work is done. */
export async function busyWhile(
  cast: Cast,
  work: () => Promise<void>,
  clients: readonly ClientHost[] = [cast.client],
): Promise<void> {
  let isDone = false
  let count = 0
  const tick = (): void => {
    if (isDone) return
    count += 1
    for (const client of clients) client.send(`up ${count}`)
    void cast.speak(`down ${count}`)
    schedule(cast, 40, tick)
  }
  tick()
  try {
    await work()
  } finally {
    isDone = true
  }
}

function schedule(cast: Cast, ms: number, run: () => void): void {
  const { clock } = cast.stage.world
  if (clock === undefined) setTimeout(run, ms)
  else clock.alarm((clock.now() + ms) as ReturnType<typeof clock.now>, run)
}
