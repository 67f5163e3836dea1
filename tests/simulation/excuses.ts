/** What may close which session without a word of its application, because of what was done to it. */
export class Excuses {
  private readonly codes = new Map<string, Set<string>>()

  add(sessions: readonly (string | undefined)[], codes: readonly string[]): void {
    for (const session of sessions) {
      if (session === undefined) continue
      const known = this.codes.get(session) ?? new Set()
      for (const code of codes) known.add(code)
      this.codes.set(session, known)
    }
  }

  has(session: string | undefined, code: string): boolean {
    return this.codes.get(session ?? '')?.has(code) === true
  }
}
