import type { MachineFacts, MachineQuirks, Opening, OpeningFacts, PhoneCall } from '@bootcast/boot'
import type { Digest } from '@bootcast/content'
import type { Machine, MachineChange } from './machine.ts'
import type { MenuSettings } from './menu-settings.ts'
import type { InstallQuestion, Readiness } from './readiness.ts'
import type { Channel, FileLocation, Release } from './release.ts'

/*
 * What the answers of this module are made from: a platform keeps it in its database, a site has it from its upstream.
 * A rejected promise means "broken now", never "there is nothing".
 */

export interface Catalogue {
  /** An image reference. */
  defaultImage(): Promise<string | undefined>
  /** The release that each of these follows now: `demo`, `demo@testing`, `demo@3`. Those without one are left out. */
  releasesFor(references: readonly string[]): Promise<ReadonlyMap<string, Release>>
  /** Images by name, `limit` at most, those after the name `after`. */
  listImages(page: { readonly limit: number; readonly after?: string | undefined }): Promise<{
    readonly items: readonly ListedImage[]
    readonly next: string | undefined
  }>
  /** Where the bytes of a file lie when a published release has it. */
  findFile(digest: string): Promise<FileLocation | undefined>
  /** True when a published release has the tree. */
  hasTree(digest: string): Promise<boolean>
}

export type ListedImage = {
  readonly name: string
  readonly channels: readonly Pick<Channel, 'name' | 'number'>[]
}

export interface Machines {
  /** A machine asks what to boot: what is known of it, with what it says now. */
  boots(facts: MachineFacts, site?: string): Promise<Machine>
  /** What is known of a machine, with what it says now. */
  knownWith(facts: MachineFacts): Promise<Machine>
  change(mac: string, change: MachineChange): Promise<unknown>
  /** Takes note of a machine heard by DHCP. */
  heard(facts: MachineFacts): void
  quirksOf(mac: string): MachineQuirks
}

export interface Openings {
  /** All that mean this machine. */
  meaning(machine: OpeningFacts): readonly Opening[]
  /** Openings of which this machine has begun a boot that it has not finished. */
  underWay(mac: string, openings: readonly Opening[]): ReadonlySet<string>
  /** A machine begins a boot by an opening. False: none was left. Durable when fulfilled. */
  begin(id: string, mac: string): Promise<boolean>
  /** That boot is finished: the next one is another one. */
  finished(id: string, mac: string): void
}

export interface Preparation {
  /** For each, in the same order. */
  readiness(questions: readonly InstallQuestion[]): Promise<readonly Readiness[]>
  /** One file of a document, for the machine. `undefined`: there is no such template or file. */
  document(
    question: InstallQuestion & {
      readonly role: string
      readonly file: string
      readonly bootUrl: string
    },
  ): Promise<string | undefined>
}

export interface Settings {
  menu(): Promise<MenuSettings>
}

/** A store whose blobs are files here, also while they arrive. */
export interface BlobFiles {
  /** @throws {BlobMissing} */
  fileOf(digest: Digest): Promise<BlobFile>
}

export type BlobFile = {
  readonly path: string
  /** Absent: all bytes are there. Else: waits for those from `first` on; how far they go at least, not beyond `last`. */
  readonly ready?: (first: number, last: number, signal?: AbortSignal) => Promise<number>
}

/** Hears of what was let happen, or was not. Returns at once and never throws. */
export interface BootAudit {
  note(note: {
    readonly who: string
    readonly action: string
    readonly about: string
    readonly from?: string
    readonly because?: string
    readonly refused?: true
  }): void
}

/** Hears what machines say of their installations. Returns at once and never throws. */
export interface PhoneNotes {
  note(call: PhoneCall): void
}
