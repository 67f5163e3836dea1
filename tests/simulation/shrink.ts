/**
 * Makes a failing script small: takes acts out as long as it still breaks the same law, in halves, quarters and
 * so on down to single acts, and makes the world as plain as it can be.
 */
import { runScript } from './run.ts'
import { type Options, PLAIN } from './options.ts'
import type { Act, Script } from './script.ts'

export interface Shrunk {
  readonly script: Script
  readonly failure: Error
  readonly runs: number
}

/** What a failure is known by: its law, or the first words of its message. */
export const kindOf = ({ message }: Error): string => /^I\d+(?=:)/.exec(message)?.[0] ?? message.slice(0, 40)

/** @param run - plays a script and says how it fails, if it does */
export async function shrink(
  script: Script,
  failure: Error,
  budgetMs: number,
  run: (candidate: Script) => Promise<Error | undefined> = async (candidate) =>
    (await runScript(candidate)).failure,
): Promise<Shrunk> {
  const started = performance.now()
  const kind = kindOf(failure)
  let best: Shrunk = { script, failure, runs: 0 }
  let runs = 0
  const isOver = (): boolean => performance.now() - started > budgetMs
  const accept = async (candidate: Script): Promise<boolean> => {
    if (isOver()) return false
    runs += 1
    const again = await run(candidate)
    if (again === undefined || kindOf(again) !== kind) return false
    best = { script: candidate, failure: again, runs }
    return true
  }
  let before: Script
  do {
    before = best.script
    await trimSpan(best.script, accept)
    await dropActs(() => best.script, accept)
    await simplify(() => best.script, accept)
  } while (best.script !== before && !isOver())
  return { ...best, runs }
}

type Accept = (candidate: Script) => Promise<boolean>

/** Whatever came after the failure cannot have caused it; a second after the last act is often enough. */
async function trimSpan({ options, acts }: Script, accept: Accept): Promise<void> {
  const last = acts.at(-1)?.at ?? 0
  if (last + 1000 < options.span) await accept({ options: { ...options, span: last + 1000 }, acts })
}

async function dropActs(current: () => Script, accept: Accept): Promise<void> {
  for (
    let size = Math.ceil(current().acts.length / 2);
    size >= 1;
    size = size === 1 ? 0 : Math.ceil(size / 2)
  ) {
    // From the end: what came last is what the failure needs least often.
    for (let end = current().acts.length; end > 0; end -= size) {
      const { options, acts } = current()
      const rest: readonly Act[] = [...acts.slice(0, Math.max(0, end - size)), ...acts.slice(end)]
      if (rest.length < acts.length) await accept({ options, acts: rest })
    }
  }
}

async function simplify(current: () => Script, accept: Accept): Promise<void> {
  for (const name of Object.keys(PLAIN) as (keyof Options)[]) {
    if (name === 'seed' || name === 'span') continue
    const { options, acts } = current()
    if (options[name] !== PLAIN[name]) await accept({ options: { ...options, [name]: PLAIN[name] }, acts })
  }
}
