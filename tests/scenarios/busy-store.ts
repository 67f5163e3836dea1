/** A store that tells when it is at work, so that virtual time can wait for a real disk. */
import type { Journal, SessionStore } from 'holdfast'

export function busyStore(inner: SessionStore, busy: { count: number }): SessionStore {
  const during = async <Answer>(work: Promise<Answer>): Promise<Answer> => {
    busy.count += 1
    try {
      return await work
    } finally {
      busy.count -= 1
    }
  }
  return {
    durability: inner.durability,
    async open(name, request): Promise<Journal> {
      const journal = await during(inner.open(name, request))
      return {
        read: () => during(journal.read()),
        commit: (commit) => during(journal.commit(commit)),
        reopen: () => during(journal.reopen()),
        erase: () => during(journal.erase()),
        close: () => during(journal.close()),
        lost: journal.lost,
      }
    },
  }
}
