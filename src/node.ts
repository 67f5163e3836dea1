/**
 * The door for Node: what needs a file system.
 */
export { journalStore, type JournalStoreOptions } from './adapters/journal-store.ts'
