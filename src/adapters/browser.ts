/**
 * What the IndexedDB store takes from the browser. `globalThis` is one; each part is looked at only when it is
 * needed, because even looking can throw.
 */
export interface Browser {
  readonly indexedDB: IDBFactory
  readonly IDBKeyRange: Pick<typeof IDBKeyRange, 'bound'>
  readonly navigator: { readonly locks?: LockManager }
  readonly crypto: Pick<Crypto, 'getRandomValues'>
  setTimeout(run: () => void, ms: number): unknown
  clearTimeout(timer: unknown): void
}
