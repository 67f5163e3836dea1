/**
 * The processes of the stage's server, oldest first, and the proxy's view of them.
 */
import { pathToFileURL } from 'node:url'
import { HoldfastError } from '../../base/errors.ts'
import type { StageSessions } from '../stage-sessions.ts'
import { ServerProcess } from './process.ts'
import type { Proxy } from './proxy.ts'
import type { ProgramOptions } from './words.ts'

export interface ProcessesOptions {
  readonly proxy: Proxy
  readonly book: StageSessions
  readonly program: ProgramOptions
  /** The address of a module that exports `playStageServer`. @defaultValue that of this package */
  readonly door: string | undefined
}

export class Processes {
  all: readonly ServerProcess[] = []
  private readonly options: ProcessesOptions
  private isClosed = false

  constructor(options: ProcessesOptions) {
    this.options = options
  }

  get newest(): ServerProcess | undefined {
    return this.all.findLast((process) => !process.isGone)
  }

  /** Starts a process; resolves when it takes dials. */
  async start(): Promise<void> {
    const { proxy, book, program, door = doorOfThisPackage() } = this.options
    const process = new ServerProcess(door, program, book)
    this.all = [...this.all.filter(({ isGone }) => !isGone), process]
    const port = await process.listening
    if (this.isClosed) return
    proxy.sign = 'fin'
    proxy.target = port
  }

  async close(): Promise<void> {
    this.isClosed = true
    await Promise.all(this.all.map((process) => process.kill()))
  }
}

/** Where the door `holdfast/testing` lies, seen from whichever bundle this code stands in. */
function doorOfThisPackage(): string {
  // In the CommonJS bundle this is a path instead of a URL.
  const here = import.meta.url.startsWith('file:') ? import.meta.url : pathToFileURL(import.meta.url).href
  if (here.endsWith('.ts')) {
    throw new HoldfastError('stage-failed', "The server's process cannot run TypeScript.", {
      hint: 'Pass a bundle of `holdfast/testing` as the option `door`.',
    })
  }
  return new URL(here.endsWith('.cjs') ? './testing.cjs' : './testing.js', here).href
}
