/** Starts the chat example's launcher on a free port, and a real browser on its page. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import type { Browser } from 'playwright-core'
import { findProgram } from '../../scripts/programs.mjs'

const root = fileURLToPath(new URL('../../', import.meta.url))

export interface Launched {
  readonly url: string
  /** What it has printed so far. */
  readonly output: () => string
  /** Ctrl-C. @returns the exit code */
  stop(): Promise<number | null>
}

export async function launchChat(...args: readonly string[]): Promise<Launched> {
  const child = spawn(process.execPath, ['scripts/run-ts.mjs', 'examples/chat/start.ts', ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = once(child, 'exit') as Promise<[number | null]>
  let output = ''
  const url = await new Promise<string>((resolve, reject) => {
    const collect = (chunk: Buffer): void => {
      output += chunk.toString()
      const found = /http:\/\/\S+/.exec(output)
      if (found !== null) resolve(found[0])
    }
    child.stdout.on('data', collect)
    child.stderr.on('data', collect)
    child.once('exit', () => reject(new Error(`the launcher ended: ${output}`)))
  })
  return {
    url,
    output: () => output,
    stop: async () => {
      child.kill('SIGINT')
      const [code] = await exited
      return code
    },
  }
}

export const chromiumPath = findProgram('chromium')

export async function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath ?? '',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}
