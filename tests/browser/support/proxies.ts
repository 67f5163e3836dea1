/** Two proxies that people deploy behind: each is told to send new connections elsewhere, and keeps the old ones. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findProgram } from '../../../scripts/programs.mjs'
import { freePort } from './servers.ts'

export type ProxyKind = 'haproxy' | 'nginx'

export interface Proxy {
  readonly url: string
  /** Sends new connections to another port, and resolves when they go there. `name` is what answers there. */
  turnTo(port: number, name: string): Promise<void>
  close(): Promise<void>
}

const CONFIGS = {
  haproxy: (port: number, server: number) => `
global
  log stderr format raw daemon emerg
  hard-stop-after 20s
defaults
  mode http
  timeout connect 2s
  timeout client 30s
  timeout server 30s
  timeout tunnel 60s
listen app
  bind 127.0.0.1:${port}
  server app 127.0.0.1:${server}
`,
  nginx: (port: number, server: number, folder: string) => `
daemon off;
pid ${folder}/nginx.pid;
error_log stderr emerg;
worker_processes 1;
events {}
http {
  access_log off;
  client_body_temp_path ${folder};
  proxy_temp_path ${folder};
  fastcgi_temp_path ${folder};
  uwsgi_temp_path ${folder};
  scgi_temp_path ${folder};
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://127.0.0.1:${server};
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection "upgrade";
    }
  }
}
`,
}

/** Starts a proxy in front of a port; `name` is what answers there. */
export async function startProxy(kind: ProxyKind, server: number, name: string): Promise<Proxy> {
  const folder = mkdtempSync(join(tmpdir(), `holdfast-${kind}-`))
  const config = join(folder, `${kind}.conf`)
  const port = await freePort()
  const write = (target: number): void => writeFileSync(config, CONFIGS[kind](port, target, folder))
  write(server)
  const args =
    kind === 'haproxy' ? ['-W', '-q', '-f', config] : ['-p', folder, '-e', 'stderr', '-q', '-c', config]
  const child = spawn(findProgram(kind) ?? '', args, { stdio: ['ignore', 'ignore', 'inherit'] })
  await answering(port, name)
  return {
    url: `ws://127.0.0.1:${port}`,
    async turnTo(target, nextName) {
      write(target)
      // Both start new workers for new connections, and let the old workers keep theirs.
      child.kill(kind === 'haproxy' ? 'SIGUSR2' : 'SIGHUP')
      await answering(port, nextName)
    },
    async close() {
      await stop(child)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function stop(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  await exited
}

/** Neither proxy says when it is ready: asks until the right server answers five times in a row. */
async function answering(port: number, name: string): Promise<void> {
  let inARow = 0
  for (let asked = 0; asked < 400 && inARow < 5; asked += 1) {
    const said = await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } }).then(
      (response) => response.text(),
      () => '',
    )
    inARow = said === name ? inARow + 1 : 0
    if (inARow === 0) await new Promise((resolve) => setTimeout(resolve, 25))
  }
  if (inARow < 5) throw new Error(`${name} does not answer at port ${port}`)
}
