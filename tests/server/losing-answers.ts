/** A log whose answers get lost. */
import type { Appended, SessionLog } from '../../src/server/session-log.ts'

/** A log that takes what is appended and, while it is silent, does not say so. */
export const losingAnswers = (log: SessionLog, silence: { readonly isOn: boolean }): SessionLog =>
  new Proxy(log, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      if (name !== 'appendDown' && name !== 'appendUp') return value.bind(target) as unknown
      return async (...question: readonly unknown[]) => {
        const answer = (await Reflect.apply(value, target, question)) as Appended
        if (silence.isOn && answer.kind === 'appended') throw new Error('the answer is lost')
        return answer
      }
    },
  })
