/** What must hold of a tab at every moment, and what is worth counting when it dies. */
import type { Tab } from './tab.ts'

export function watchTab(tab: Tab): void {
  if (tab.isOver) return
  const { name, session, welcomed, client } = tab
  const { status } = session
  const { laws, lines } = client.world
  switch (status.kind) {
    case 'online': {
      const broken = (): string => `${name} says that it is online, and no welcomed line is left`
      const isOnLine = [...welcomed].some((wire) => lines.isBelievedIn(wire))
      // Where alarms ring late, so does the one that says that a socket which failed will not be heard of again.
      return laws.must('I19', isOnLine || tab.ringsLate, broken)
    }
    case 'waiting': {
      const wait = status.dialsAt.getTime() - status.since.getTime()
      return laws.must('I18', wait <= 60_001, () => `${name} waits for ${wait} ms`)
    }
    default:
  }
}

export function seeDeath({ sendings: { open }, life, client }: Tab): void {
  const { coverage } = client.world
  const states = [...open.values()].map(({ state }) => state)
  if (states.includes('accepted')) coverage.sometimes('crash between accept and store')
  if (states.includes('stored')) coverage.sometimes('crash between accept and first send')
  if (life !== undefined && life.handled > life.committed)
    coverage.sometimes('crash between processing and commit')
}
