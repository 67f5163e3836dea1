/**
 * What page and platform say about themselves: visibility, network, freezing, and sleep.
 *
 * Sleep announces itself nowhere. A clock that is looked at every second finds it: either the timer came late,
 * or the wall clock moved on while the monotonic one stood still. Works in Node too, where only sleep is heard.
 */
import type { Hint, Lifecycle } from '../ports/lifecycle.ts'

const LOOK_EVERY = 1000
/** A difference larger than this is no timer's imprecision. */
const JUMP = 2000

export function pageLifecycle(): Lifecycle {
  return {
    subscribe(listener) {
      const stops = [...listenTo(listener), watchSleep(listener)]
      if (typeof document !== 'undefined' && document.visibilityState === 'hidden') listener('hidden')
      return () => {
        for (const stop of stops.splice(0)) stop()
      }
    },
  }
}

function listenTo(listener: (hint: Hint) => void): (() => void)[] {
  const stops: (() => void)[] = []
  const listen = (target: EventTarget | undefined, name: string, hear: (event: Event) => void) => {
    target?.addEventListener(name, hear)
    stops.push(() => target?.removeEventListener(name, hear))
  }
  const page = typeof document === 'undefined' ? undefined : document
  const scope = typeof window === 'undefined' ? undefined : window
  listen(scope, 'online', () => listener('online'))
  listen(scope, 'offline', () => listener('offline'))
  // Back from the back-forward cache; engines close its sockets sooner or later.
  listen(scope, 'pageshow', (event) => {
    if ((event as PageTransitionEvent).persisted) listener('resumed')
  })
  listen(scope, 'pagehide', (event) => {
    if ((event as PageTransitionEvent).persisted) listener('frozen')
  })
  listen(page, 'visibilitychange', () => listener(page?.visibilityState === 'hidden' ? 'hidden' : 'visible'))
  listen(page, 'freeze', () => listener('frozen'))
  listen(page, 'resume', () => listener('resumed'))
  return stops
}

function watchSleep(listener: (hint: Hint) => void): () => void {
  let wall = Date.now()
  let monotonic = performance.now()
  const look = () => {
    const slept = Date.now() - wall - (performance.now() - monotonic)
    const late = performance.now() - monotonic - LOOK_EVERY
    wall = Date.now()
    monotonic = performance.now()
    if (slept > JUMP || late > JUMP) listener('resumed')
  }
  const timer: unknown = setInterval(look, LOOK_EVERY)
  // In Node the watch must not keep a finished program alive.
  if (typeof timer === 'object' && timer !== null && 'unref' in timer) (timer as { unref(): void }).unref()
  return () => clearInterval(timer as number)
}
