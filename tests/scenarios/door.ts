/** The door `holdfast/testing`, bundled for the processes that a socket stage starts. */
import { pathToFileURL } from 'node:url'
import { bundleTs } from '../../scripts/run-ts.mjs'

export const stageDoor = async (): Promise<string> =>
  pathToFileURL(await bundleTs(new URL('../../src/testing.ts', import.meta.url).pathname)).href

/** A module for the server's process, bundled likewise. */
export const moduleFor = async (file: string): Promise<string> =>
  pathToFileURL(await bundleTs(new URL(file, import.meta.url).pathname)).href
