import { Readable } from 'node:stream'
import type { BootPlan, BootSource, MachineFacts, MachineQuirks, ServedFile } from '@bootcast/boot'

/** A boot source in memory, for tests: plans by MAC, files by digest. */
export class MemoryBootSource implements BootSource {
  readonly plans = new Map<string, BootPlan>()
  readonly quirks = new Map<string, MachineQuirks>()
  readonly files = new Map<string, Uint8Array>()
  /** Digest of a tree → its files by path. */
  readonly trees = new Map<string, ReadonlyMap<string, Uint8Array>>()
  /** Every machine that asked or was heard, in order. */
  readonly asked: MachineFacts[] = []
  readonly heardOf: MachineFacts[] = []
  /** While set, everything rejects with it. */
  broken: Error | undefined

  async planFor(machine: MachineFacts): Promise<BootPlan> {
    if (this.broken !== undefined) throw this.broken
    this.asked.push(machine)
    return this.plans.get(machine.mac) ?? { method: 'wait', reason: 'no image is assigned', seconds: 30 }
  }

  heard(machine: MachineFacts): void {
    this.heardOf.push(machine)
  }

  quirksOf(mac: string): MachineQuirks {
    return this.quirks.get(mac) ?? {}
  }

  async openFile(digest: string): Promise<ServedFile | undefined> {
    if (this.broken !== undefined) throw this.broken
    return served(digest, this.files.get(digest))
  }

  async openTreeFile(digest: string, path: string): Promise<ServedFile | undefined> {
    if (this.broken !== undefined) throw this.broken
    return served(`${digest}/${path}`, this.trees.get(digest)?.get(path))
  }
}

function served(digest: string, bytes: Uint8Array | undefined): ServedFile | undefined {
  if (bytes === undefined) return undefined
  const read = async (first: number, last: number) => Readable.from([bytes.subarray(first, last + 1)])
  return { digest, size: bytes.length, read }
}
