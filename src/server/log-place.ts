/**
 * Where the log's process listens, and whether that is a place at all.
 */
import { checkKind, checkRange, checkText } from './check.ts'

export type Place = { readonly port: number; readonly host?: string } | { readonly path: string }

/** What the system has room for: a longer name would silently be cut, and two become one. Pipes have no such bound. */
const MOST_PATH_BYTES: Partial<Record<NodeJS.Platform, number>> = { linux: 107, win32: Infinity }
const MOST_ELSEWHERE = 103

/** @throws {@link HoldfastError} `invalid-option` */
export function checkPlace(place: Place, leastPort: 0 | 1): void {
  checkKind('options', place, 'object')
  if ('path' in place) {
    checkText('path', place.path)
    const most = MOST_PATH_BYTES[process.platform] ?? MOST_ELSEWHERE
    return checkRange('path (in bytes)', Buffer.byteLength(place.path), 1, most)
  }
  checkRange('port', place.port, leastPort, 65_535)
  if (place.host !== undefined) checkText('host', place.host)
}

export function placeOf(
  place: Place,
): { readonly path: string } | { readonly port: number; readonly host: string } {
  return 'path' in place ? { path: place.path } : { port: place.port, host: place.host ?? '127.0.0.1' }
}
