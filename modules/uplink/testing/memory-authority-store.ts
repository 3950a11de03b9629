import type { AuthorityState, AuthorityStore } from '../src/authority-store.ts'

/** Forgets with the process; may be full. */
export class MemoryAuthorityStore implements AuthorityStore {
  isFull = false
  #state: AuthorityState | undefined

  async load(): Promise<AuthorityState | undefined> {
    return this.#state
  }

  async save(state: AuthorityState): Promise<void> {
    if (this.isFull) throw new Error('the disk is full')
    this.#state = structuredClone(state)
  }
}
