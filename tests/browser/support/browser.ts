/** Browsers: one that a whole test file shares, and ones of our own that we may kill. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type BrowserContext, chromium as playwright } from 'playwright-core'
import { findProgram } from '../../../scripts/programs.mjs'
import { Debugger } from './debugger.ts'
import { Tab, type Wire } from './tab.ts'
import type { Ledger } from './ledger.ts'

export const chromium = findProgram('chromium')

const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export function launchShared(): Promise<Browser> {
  return playwright.launch({ executablePath: chromium ?? '', args: ARGS })
}

/** A new page of a context, on the site. */
export async function openTab(context: BrowserContext, url: string, ledger?: Ledger): Promise<Tab> {
  const page = await context.newPage()
  const session = await context.newCDPSession(page)
  const wire: Wire = {
    send: (method, params) => session.send(method as 'Page.enable', params),
    on: (event, listener) => void session.on(event as 'Page.loadEventFired', listener),
  }
  return Tab.visit(wire, url, ledger)
}

/**
 * A browser process of our own on a profile that outlives it. Nothing stands between it and the test, so its
 * pages may be hidden, frozen and put into the back-forward cache.
 */
export class OwnBrowser {
  private readonly child: ChildProcess
  readonly debugger: Debugger

  private constructor(child: ChildProcess, wire: Debugger) {
    this.child = child
    this.debugger = wire
  }

  static async start(profile: string): Promise<OwnBrowser> {
    const args = [...ARGS, '--headless=new', '--remote-debugging-port=0', `--user-data-dir=${profile}`]
    const child = spawn(chromium ?? '', [...args, 'about:blank'], {
      // A group of its own, so that all of its processes can be killed at once.
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    return new OwnBrowser(child, await Debugger.connect(await addressIn(child)))
  }

  async openTab(url: string, ledger?: Ledger): Promise<Tab> {
    return Tab.visit(await this.debugger.openPage(), url, ledger)
  }

  /** Ends in order: what it keeps of origins and their databases is on the disk then. */
  async quit(): Promise<void> {
    const exited = once(this.child, 'exit')
    await this.debugger.send('Browser.close')
    await exited
    this.debugger.close()
  }

  /** `kill -9` for every process of it at once. */
  async kill(): Promise<void> {
    const exited = once(this.child, 'exit')
    process.kill(-groupOf(this.child), 'SIGKILL')
    await exited
    this.debugger.close()
  }
}

/** A directory for a browser's profile. */
export function newProfile(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'holdfast-profile-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }) }
}

function groupOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error('the browser did not start')
  return child.pid
}

async function addressIn(child: ChildProcess): Promise<string> {
  let said = ''
  return new Promise((resolve, reject) => {
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      const found = /DevTools listening on (ws:\S+)/.exec(said)
      if (found?.[1] !== undefined) resolve(found[1])
    })
    child.once('exit', () => reject(new Error(`the browser ended: ${said}`)))
  })
}
