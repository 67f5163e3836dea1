/**
 * Servers of other versions than ours: a newer one says more than we know, or does not speak ours any more.
 *
 * What the decoders promise is that unknown fields change nothing, and the client that a server which does not
 * understand it is dialed again once.
 */
import type { Dialect } from '../../src/testing/virtual/instance.ts'

/** What a later version may add to any frame. */
const MORE = ',"later":{"codec":"cbor","list":[1,{"type":"error"}]},"__proto__":{"type":"error"},"x-2":null}'

/** What is no whole frame stays as it is: a number that was cut short would be whole again with more behind it. */
const withMore = (text: string): string => (text.endsWith('}') ? `${text.slice(0, -1)}${MORE}` : text)

/** Says more than we know, in every frame, and hears more than it knows in every frame of ours. */
export const LATER: Dialect = { say: withMore, hear: withMore }

/** Does not speak our version: asks `refuses` at each hello. */
export const refusing = (refuses: (hello: string) => boolean): Dialect => ({
  hear: (text) =>
    text.startsWith('{"type":"hello"') && refuses(text) ? text.replace('"version":1', '"version":99') : text,
})

/** Its words about its own end are lost. */
export const muffled = (isLost: () => boolean): Dialect => ({
  say: (text) => (text.startsWith('{"type":"shutdown"') && isLost() ? undefined : text),
})

/** One after the other. */
export const joined = (...dialects: readonly Dialect[]): Dialect => ({
  say: (text) => {
    let said: string | undefined = text
    for (const { say } of dialects) if (said !== undefined && say !== undefined) said = say(said)
    return said
  },
  hear: (text) => dialects.reduce((heard, { hear }) => hear?.(heard) ?? heard, text),
})
