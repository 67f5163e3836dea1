/**
 * How each step of a script is done.
 */
import type { Wire } from '../../src/testing/virtual/wire.ts'
import type { Act } from './scenario.ts'
import type { Scene } from './scene.ts'

export function perform(scene: Scene, act: Act): void {
  const client = scene.client.one
  const server = scene.server.one
  const onWires = (work: (wire: Wire) => void): void => {
    for (const wire of scene.network.wires) if (wire.isOpen) work(wire)
  }
  const later = (ms: number, work: () => void): void => void scene.timeline.pause(ms).then(work)
  scene.note(`STEP ${JSON.stringify(act)}`)
  switch (act.do) {
    case 'send':
      return client.whenUp(() => client.send(act.count))
    case 'say':
      return server.say(act.count)
    case 'reset':
      return onWires((wire) => wire.reset())
    case 'half-reset':
      return onWires((wire) => wire.reset(act.spares))
    case 'close':
      return onWires((wire) => wire.close(act.code, 'by the network'))
    case 'stall':
      return onWires((wire) => {
        if (act.way !== 'down') wire.up.stall(act.ms)
        if (act.way !== 'up') wire.down.stall(act.ms)
      })
    case 'lose':
      return onWires((wire) => {
        wire.up.lose(act.count)
        wire.down.lose(act.count)
        wire.close(1006, '')
      })
    case 'cut-replay':
      scene.traps.add(act)
      scene.replayTrap = act
      return
    case 'refuse':
      scene.traps.add(act)
      return void scene.door.refuse(act.times, act.retryAfterMs).then(() => scene.sprung(act))
    case 'late-welcome':
      scene.traps.add(act)
      return void scene.door.delay(act.ms).then(() => scene.sprung(act))
    case 'kill':
      return client.whenUp(() => client.kill(act.sign, act.downMs))
    case 'kill-at':
      scene.traps.add(act)
      client.trap = act
      return
    case 'leave':
      return client.whenUp(() => {
        void client.close().then((isOver) => {
          if (isOver) later(act.downMs, () => client.start())
        })
      })
    case 'freeze-client':
      return client.whenUp(() => client.running?.machine.freeze(act.ms))
    case 'hint':
      return client.whenUp(() => client.running?.machine.hint(act.hint))
    case 'reconnect':
      return client.whenUp(() => client.running?.session.reconnect())
    case 'store':
      scene.traps.add(act)
      return client.troubles.add(act)
    case 'crash':
      server.crashAll(act.sign)
      if (act.memory === 'lost') forgetAll(scene)
      return later(act.downMs, () => server.revive())
    case 'forget':
      return forgetAll(scene)
    case 'drain': {
      const { closesInMs, afterMs, withinMs } = act
      const { open } = scene.door
      void open
        ?.drain({ closesInMs, reconnect: { afterMs, withinMs } })
        .then(() => later(act.downMs, () => server.revive()))
      return
    }
    case 'deploy': {
      const { closesInMs, withinMs } = act
      const old = scene.door.open
      server.start()
      if (old === undefined) return
      old.isListening = false
      void old.drain({ closesInMs, reconnect: { withinMs }, handoff: true })
      return
    }
    case 'freeze-server':
      for (const instance of scene.door.instances) instance.host.freeze(act.ms)
      return
    case 'log':
      scene.traps.add(act)
      return server.troubles.add(act)
  }
}

function forgetAll(scene: Scene): void {
  scene.server.one.log.forget()
  scene.client.one.books.forget()
}
