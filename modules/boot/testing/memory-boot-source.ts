import { Readable } from 'node:stream'
import type {
  Asking,
  BootDecision,
  BootPlan,
  BootSource,
  KeyRefused,
  MachineFacts,
  MachineQuirks,
  PhoneCall,
  ServedFile,
  StartedBoot,
} from '@bootcast/boot'

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

  /** What a user gets, or who picks something: `user choice`, each empty when there is none. */
  readonly plansFor = new Map<string, BootPlan>()
  readonly startedBoots: StartedBoot[] = []
  readonly refusals: KeyRefused[] = []
  readonly calls: PhoneCall[] = []
  /** role/file → text */
  readonly documents = new Map<string, string>()

  async decide({ machine, user = '', choice = '' }: Asking): Promise<BootDecision> {
    if (this.broken !== undefined) throw this.broken
    this.asked.push(machine)
    const plan = this.plansFor.get(`${user} ${choice}`) ??
      this.plans.get(machine.mac) ?? { method: 'wait', reason: 'no image is assigned', seconds: 30 }
    return {
      plan,
      because: 'a test said so',
      ...('title' in plan && { release: 'demo@3', leave: { by: 'default' } }),
    }
  }

  async started(boot: StartedBoot): Promise<void> {
    this.startedBoots.push(boot)
  }

  refused(refusal: KeyRefused): void {
    this.refusals.push(refusal)
  }

  async phonedHome(call: PhoneCall): Promise<void> {
    this.calls.push(call)
  }

  async openDocument(
    boot: StartedBoot,
    role: string,
    file: string,
    bootUrl: string,
  ): Promise<string | undefined> {
    return this.documents
      .get(`${role}/${file}`)
      ?.replace('{{boot}}', bootUrl)
      .replace('{{mac}}', boot.machine.mac)
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
