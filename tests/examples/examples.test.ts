/** Every example runs, ends by itself, and prints what it says it prints. */
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

/** How long an example may take. */
const PATIENCE = 30_000

const root = fileURLToPath(new URL('../../', import.meta.url))

const MINIMAL: Readonly<Record<string, RegExp>> = {
  '01-connect.ts': /^1: You said hello\.$/,
  '02-survive.ts': /^state 42, and 2 messages still to be sent$/,
  '03-delivery.ts': /^accepted\nstored\nsent\nacknowledged$/,
  '04-iterate.ts': /^sum 5050$/,
  '05-drain.ts': /^moved to the new server, not a moment offline$/,
  '06-test-your-app.ts': /\bpassed$/,
}

describe('minimal', () => {
  test('each example is listed here and in the README, and has under 25 lines', () => {
    const folder = join(root, 'examples/minimal')
    const readme = readFileSync(join(root, 'examples/README.md'), 'utf8')
    expect(readdirSync(folder).sort()).toEqual(Object.keys(MINIMAL))
    for (const name of readdirSync(folder)) {
      expect(readFileSync(join(folder, name), 'utf8').trimEnd().split('\n').length, name).toBeLessThan(25)
      expect(readme).toContain(name)
    }
  })

  test.each(Object.entries(MINIMAL))(
    '%s',
    async (name, printed) => {
      const { code, output } = await run(join('examples/minimal', name))
      expect(output).toMatch(printed)
      expect(code).toBe(0)
    },
    PATIENCE + 5_000,
  )
})

test(
  'an agent is killed three times, its server restarts once, and nothing is lost or doubled',
  async () => {
    const { code, output } = await run('examples/agent/demo.ts')
    expect(output).toContain('4 lives of the agent, 1 session, 60 results')
    expect(output).toContain('0 lost, 0 doubled, 0 out of order')
    expect(code).toBe(0)
  },
  PATIENCE + 5_000,
)

async function run(file: string): Promise<{ readonly code: number | null; readonly output: string }> {
  // A group of its own: an example that hangs is ended with everything that it has started.
  const child = spawn(process.execPath, ['scripts/run-ts.mjs', file], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const giveUp = setTimeout(() => child.pid !== undefined && process.kill(-child.pid, 'SIGKILL'), PATIENCE)
  let output = ''
  const collect = (chunk: Buffer): void => void (output += chunk.toString())
  child.stdout.on('data', collect)
  child.stderr.on('data', collect)
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  clearTimeout(giveUp)
  return { code, output: output.trim() }
}
