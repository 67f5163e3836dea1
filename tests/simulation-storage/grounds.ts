/** Every kind of simulated storage, with each promise that its store can make. */
import type { StorageOptions } from '../simulation/storage/storage.ts'

export const GROUNDS: readonly Pick<StorageOptions, 'kind' | 'durability'>[] = [
  { kind: 'memory' },
  { kind: 'journal', durability: 'disk' },
  { kind: 'journal', durability: 'process' },
  { kind: 'indexeddb', durability: 'disk' },
  { kind: 'indexeddb', durability: 'process' },
]
