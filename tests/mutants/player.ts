/**
 * Plays seeds of a bundle of the simulation in a process of its own, which may hang or die of them.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { constants, setPriority } from 'node:os'

/** How a seed ended: `undefined` if all was well, else what was wrong, in words. */
export type Verdict = string | undefined

const HANGS = 'it hangs'

/** Whether no law was broken, but real time ran out. */
export const isHang = (verdict: string): boolean => verdict.startsWith(HANGS)

export class Player {
  private readonly bundle: string
  private readonly limitMs: number
  private child: ChildProcess | undefined

  /** @param limitMs - how long a seed may take */
  constructor(bundle: string, limitMs: number) {
    this.bundle = bundle
    this.limitMs = limitMs
  }

  async play(seed: number): Promise<Verdict> {
    const child = (this.child ??= this.start())
    const ended = new AbortController()
    const { signal } = ended
    let isLate = false
    const timer = setTimeout(() => {
      isLate = true
      child.kill('SIGKILL')
    }, this.limitMs)
    try {
      child.send(seed)
      return await Promise.race([
        once(child, 'message', { signal }).then(
          ([answer]) => (answer as { readonly failure?: string }).failure,
        ),
        once(child, 'exit', { signal }).then(([code, sign]) =>
          isLate
            ? `${HANGS}: no end within ${this.limitMs / 1000} s`
            : `its process ends by ${String(sign ?? code)}`,
        ),
      ])
    } finally {
      clearTimeout(timer)
      ended.abort()
    }
  }

  stop(): void {
    this.child?.kill('SIGKILL')
    this.child = undefined
  }

  private start(): ChildProcess {
    const child = fork(this.bundle, [], { execArgv: ['--max-old-space-size=1024'], stdio: 'ignore' })
    // Mutants are many, and in no hurry: they leave the machine to whoever else uses it.
    if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL)
    child.on('exit', () => {
      if (this.child === child) this.child = undefined
    })
    return child
  }
}
