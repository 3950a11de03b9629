import type { Readable } from 'node:stream'
import type { BootPlan } from './boot-plan.ts'
import type { MachineFacts, MachineQuirks } from './machine.ts'

/**
 * What boot needs from the rest: the platform answers it from the catalogue, a site from its upstream.
 * A rejected promise means "broken now, ask again", never "there is nothing".
 */
export interface BootSource {
  /** What this machine shall boot. Also the moment at which the machine becomes known. */
  planFor(machine: MachineFacts): Promise<BootPlan>
  /** Remembers that a machine was heard (by DHCP). Must not delay the answer to it. */
  heard(machine: MachineFacts): void
  /** Quirks of one machine, from memory: asked on each DHCP packet. */
  quirksOf(mac: string): MachineQuirks
  /** A file that some plan names, or `undefined` when no published release has it. */
  openFile(digest: string): Promise<ServedFile | undefined>
  /** A machine says how far the writing of its disk is. What it says is hearsay. Absent: nobody listens. */
  reported?(report: DiskReport): Promise<void>
  /** A file of a tree that some plan names: `digest` is the tree's, `path` as in the URL, decoded. Absent: no trees. */
  openTreeFile?(digest: string, path: string): Promise<ServedFile | undefined>
}

/** What the deploy environment says: `docs/protocols/disk-deploy.md`. */
export type DiskReport = {
  readonly mac: string
  /** `demo@3` */
  readonly release: string
  readonly state: 'started' | 'write' | 'check' | 'done' | 'failed'
  /** Bytes. */
  readonly done: number
  readonly total: number
}

/** An immutable file that can be given out in parts. */
export type ServedFile = {
  /** Names the bytes: two files with the same words here are the same. Usually `sha256:…`. */
  readonly digest: string
  /** Size in bytes. */
  readonly size: number
  /** A path on this machine with these bytes, where there is one: served by sendfile(2). */
  readonly path?: string
  /** Where in the file at `path` they begin, in bytes. Default 0. */
  readonly offset?: number
  /** Makes an address where all its bytes are to be had by Range, for clients that follow redirects. */
  readonly elsewhere?: () => Promise<string>
  /** The bytes from `first` to `last`, both included. */
  read(first: number, last: number): Promise<Readable>
}
