/**
 * What a broken or hostile box on the way puts on a line in the name of either end.
 *
 * None of it is a lie that is well told: whoever can forge a perfect frame can cost a client all it has to
 * say, and no client can know. What is here is nonsense, contradicts what was said, or changes nothing.
 */

export interface Hostile {
  /** Its number in the menu of bad inputs, where it has one. */
  readonly about: string
  readonly text: unknown
  /** Whether whoever reads it must hang up: on a welcomed line, at once. */
  readonly isFault: boolean
}

const fault = (about: string, text: unknown): Hostile => ({ about, text, isFault: true })
const harmless = (about: string, text: unknown): Hostile => ({ about, text, isFault: false })

const FAR = 4_000_000_000_000
const keys = `{${Array.from({ length: 5000 }, (_, index) => `"k${index}":${index}`).join(',')}`
const deep = '['.repeat(100_000)
const huge = `{"type":"ack","received":0,"pad":"${'x'.repeat(1024 * 1024)}"}`
const message = (from: unknown): string =>
  `{"type":"messages","from":${String(from)},"data":[{"t":"forged"}]}`

/** In anybody's name, at any time. */
export const BOTH: readonly Hostile[] = [
  fault('C1 empty', ''),
  fault('C2 binary', new Uint8Array([123, 125])),
  fault('C3 lone surrogate', '{"type":"\\ud800"}'),
  fault('C4 truncated', '{"type":"ack","rece'),
  fault('C4 two values', '{"type":"ack","received":0}{"type":"ack","received":0}'),
  ...['null', '7', '"ack"', '[]', 'true'].map((text) => fault('C5 no object', text)),
  fault('C6 depth', deep),
  fault(
    'C6 depth of a message',
    `{"type":"messages","from":${FAR},"data":[${'['.repeat(99)}${']'.repeat(99)}]}`,
  ),
  fault('C7 too large', huge),
  harmless('C8 many keys', `${keys},"type":"ack","received":0}`),
  fault('C9 prototype', '{"__proto__":{"type":"ack","received":0}}'),
  harmless('C9 more keys', '{"type":"ack","received":0,"__proto__":null,"constructor":1,"toString":2}'),
  harmless('C10 key twice', '{"type":"ack","received":-1,"received":0}'),
  ...['"nonsense"', '7', '{}', 'null', '"__proto__"'].map((type) => fault('C11 type', `{"type":${type}}`)),
  fault('C12 missing field', '{"type":"ack"}'),
  ...[0, -1, 1.5, '"1"', '1e400', 2 ** 53, null].map((from) => fault('C13 number', message(from))),
  fault('C14 far ahead', message(FAR)),
  fault('C15 ack of nothing', `{"type":"ack","received":${FAR}}`),
  harmless('C15 ack that goes back', '{"type":"ack","received":0}'),
  fault('C20 gap turned round', '{"type":"gap","from":9,"to":3,"reason":"trimmed"}'),
  fault('C20 gap far ahead', `{"type":"gap","from":${FAR},"to":${FAR + 1},"reason":"cancelled"}`),
  fault('C27 ping without number', '{"type":"ping","id":-1,"received":0}'),
  harmless('C27 pong unasked', '{"type":"pong","id":7,"received":0}'),
  fault('C35 page', '<!doctype html><title>Log in to the network</title>'),
  fault('batch of none', `{"type":"messages","from":${FAR},"data":[]}`),
]

const welcome = (numbers: string): string =>
  `{"type":"welcome","epoch":"e","outcome":"created",${numbers},"pending":0,"restore":false,` +
  '"heartbeat":{"intervalMs":10000,"timeoutMs":2000},' +
  '"limits":{"messageBytes":262144,"window":1024,"retainMs":1},"durability":"memory","server":"nobody"}'

const shutdown = (rest: string): string => `{"type":"shutdown","reason":"\\u202e\\u0000 maintenance",${rest}}`

/** In the server's name. */
export const DOWN: readonly Hostile[] = [
  ...BOTH,
  fault('C11 a type that only clients say', '{"type":"bye"}'),
  fault('C16 second welcome', welcome('"received":0,"from":1,"to":0')),
  fault('C22 welcome without heartbeat', '{"type":"welcome","heartbeat":{"intervalMs":"1e12"}}'),
  fault('C23 retry after minus one', '{"type":"error","code":"overloaded","message":"","retryAfterMs":-1}'),
  fault('C23 retry after an age', '{"type":"error","code":"overloaded","message":"","retryAfterMs":1e15}'),
  fault(
    'C23 retry after no number',
    '{"type":"error","code":"overloaded","message":"","retryAfterMs":1e400}',
  ),
  harmless(
    'C24 notice of the past',
    shutdown('"closesInMs":-1,"reconnect":{"afterMs":-5,"withinMs":0},"handoff":false'),
  ),
  ...[
    'javascript:alert(1)',
    'file:///etc/passwd',
    'ws://evil.test/',
    'ws://stage.test.evil.test/',
    '//x',
    '',
  ].map((url) =>
    harmless(
      'C25 notice of a place',
      shutdown(
        `"closesInMs":9000,"reconnect":{"afterMs":0,"withinMs":0},"handoff":true,"url":${JSON.stringify(url)}`,
      ),
    ),
  ),
  fault('C34 our own hello', '{"type":"hello","version":1}'),
  fault('C37 unknown end', '{"type":"error","code":"because","message":""}'),
  harmless(
    'snapshot that is not whole',
    '{"type":"snapshot","part":1,"of":1,"text":"{}","digest":"0","up":0,"down":0}',
  ),
]

const hello = (version: number, generation: number): string =>
  `{"type":"hello","version":${version},"session":"${'ab'.repeat(16)}","secret":"${'cd'.repeat(32)}",` +
  `"generation":${generation},"received":0,"acked":0,"client":"nobody"}`

/** In the client's name. */
export const UP: readonly Hostile[] = [
  ...BOTH,
  fault('X2 second hello', hello(1, 1)),
  fault('X8 a type that only servers say', welcome('"received":0,"from":1,"to":0')),
  fault('X8 a notice', shutdown('"closesInMs":1,"reconnect":{"afterMs":0,"withinMs":0},"handoff":true')),
  fault('X11 long token', `{"type":"auth","token":"${'t'.repeat(17_000)}"}`),
  fault(
    'a state that nobody asked for',
    '{"type":"restore","part":1,"of":1,"text":"{}","digest":"0","up":0,"down":0}',
  ),
]

/** What strangers say first. None of it may be let in. */
export const STRANGE: readonly string[] = [
  '',
  message(1),
  '{"type":"bye"}',
  '{"type":"ping","id":1,"received":0}',
  hello(0, 1),
  hello(99, 1),
  hello(1, 0),
  hello(1, -1),
  hello(1, 1).replace('abab', '../.'),
  hello(1, 1).replace('"acked":0', '"acked":1e400'),
  `${hello(1, 1)} `.padEnd(70_000, ' '),
  deep,
]

export const FLOOD = (type: 'ping' | 'pong'): readonly string[] =>
  Array.from({ length: 200 }, (_, index) => `{"type":"${type}","id":${index},"received":0}`)
