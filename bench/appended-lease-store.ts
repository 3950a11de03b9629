import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Lease, LeaseStore } from '../modules/netboot/src/dhcp/lease-store.ts'

/** The least that a durable store can do: each call appends its leases to a file and waits for the disk. */
class AppendedLeaseStore implements LeaseStore {
  readonly #file: FileHandle

  constructor(file: FileHandle) {
    this.#file = file
  }

  async load(): Promise<readonly Lease[]> {
    return []
  }

  async save(leases: readonly Lease[]): Promise<void> {
    await this.#file.appendFile(leases.map((lease) => `${JSON.stringify(lease)}\n`).join(''))
    await this.#file.datasync()
  }

  async remove(): Promise<void> {}
}

export async function openLeaseStore(folder: string): Promise<LeaseStore> {
  return new AppendedLeaseStore(await open(join(folder, 'leases.jsonl'), 'a'))
}
