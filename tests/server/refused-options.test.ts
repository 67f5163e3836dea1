/** What is not an option at all is refused where it is given, by the name of the option. */
import { createServer as createHttpServer } from 'node:http'
import { expect, test } from 'vitest'
import { createServer, memoryLog, remoteLog, serveLog } from 'holdfast/server'
import { world } from './virtual.ts'

const refused = (name: string): Error =>
  expect.objectContaining({
    code: 'invalid-option',
    message: expect.stringContaining(`\`${name}`) as string,
  }) as Error

test.each([
  ['options', null],
  ['options', 5],
  ['port', { port: 'x' }],
  ['port', { port: -1 }],
  ['port', { port: 65_536 }],
  ['port', { port: null }],
  ['host', { port: 0, host: 5 }],
  ['server', { server: 5 }],
  ['server.on', { server: {} }],
  ['log', { port: 0, log: 5 }],
  ['log.greet', { port: 0, log: {} }],
  ['authenticate', { port: 0, authenticate: 5 }],
  ['heartbeat', { port: 0, heartbeat: null }],
  ['limits', { port: 0, limits: null }],
  ['state', { port: 0, state: 5 }],
  ['state.reduce', { port: 0, state: { initial: 0 } }],
])('[SV-15] a server is refused its `%s`: %o', (name, options) => {
  expect(() => createServer(options as never)).toThrow(refused(name))
})

test('[SV-15] what a server may be given is taken', async () => {
  const server = createServer({ server: createHttpServer(), log: memoryLog(), authenticate: () => 'ada' })
  await server.close()
})

test.each([
  ['options', null],
  ['options', 5],
  ['reconnect', { reconnect: null }],
  ['handoff', { handoff: 'yes' }],
  ['handoff', { handoff: null }],
])('[SV-78] a drain is refused its `%s`: %o', (name, options) => {
  const { core } = world()
  expect(() => core.drain(options as never)).toThrow(refused(name))
  expect(core.drain({ handoff: true, closesInMs: 0 })).toBeInstanceOf(Promise)
})

test.each([
  ['options', null],
  ['options', 5],
  ['now', { now: 5 }],
  ['random', { random: 5 }],
  ['random.secret', { random: {} }],
  ['shared', { shared: 'yes' }],
])('[LOG-9] a memory log is refused its `%s`: %o', (name, options) => {
  expect(() => memoryLog(options as never)).toThrow(refused(name))
})

const LONG = `/tmp/${'x'.repeat(110)}`

test.each([
  ['options', null],
  ['options', 5],
  ['port', {}],
  ['port', { port: -1 }],
  ['port', { port: 65_536 }],
  ['port', { port: 'x' }],
  ['host', { port: 1, host: 5 }],
  ['path', { path: 5 }],
  ['path', { path: '' }],
  ['path', { path: LONG }],
  // Characters are not bytes.
  ['path', { path: `/tmp/${'é'.repeat(60)}` }],
])('[LOG-9] neither end of a lent log is given the `%s` of %o', async (name, place) => {
  expect(() => remoteLog(place as never)).toThrow(refused(name))
  await expect(serveLog(memoryLog(), place as never)).rejects.toThrow(refused(name))
})

test('[LOG-9] a port that is to be picked is a place to listen, but none to ask at', async () => {
  expect(() => remoteLog({ port: 0 })).toThrow(refused('port'))
  await (await serveLog(memoryLog(), { port: 0 })).close()
})

test('[LOG-9] what is no log is not lent', async () => {
  await expect(serveLog(5 as never, { port: 0 })).rejects.toThrow(refused('log'))
})
