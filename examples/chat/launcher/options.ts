/** What may be said on the launcher's command line. */
export interface LauncherOptions {
  /** The port to begin with; 0 lets the system pick. */
  readonly port: number
  /** What all waiting is multiplied with; tests are in more of a hurry than people. */
  readonly tempo: number
}

export function optionsOf(args: readonly string[], environment: NodeJS.ProcessEnv): LauncherOptions {
  const named = (name: string): string | undefined => {
    const place = args.indexOf(`--${name}`)
    return place === -1 ? undefined : args[place + 1]
  }
  const port = Number(named('port') ?? environment['PORT'] ?? 4680)
  const tempo = Number(named('tempo') ?? 1)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new RangeError(`--port must be a number from 0 to 65535, not ${named('port') ?? ''}`)
  }
  if (!(tempo > 0)) throw new RangeError('--tempo must be a number above 0')
  return { port, tempo }
}
