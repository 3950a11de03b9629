import type { MachineFacts } from '@bootcast/boot'
import type { Machine, MachineChange } from '@bootcast/catalogue'
import type { MachineState } from '@bootcast/contract'

/** A machine heard at a time. Facts that it does not tell leave those known. */
export type Sighting = {
  readonly facts: MachineFacts
  /** Milliseconds since 1970. */
  readonly at: number
  /** It asked what to boot, not only for an address. */
  readonly boots: boolean
  /** The name of the site that heard it; absent: this platform itself. */
  readonly site?: string | undefined
}

/** Which machines, and in which order; what is absent does not matter. */
export type MachineQuery = {
  readonly limit: number
  /** The `next` of the page before, of the same order. */
  readonly after?: string | undefined
  /** Part of what is known of it; letters of either case. */
  readonly search?: string | undefined
  readonly label?: string | undefined
  readonly site?: string | undefined
  readonly state?: MachineState | undefined
  /** `seen`: who was heard last comes first; absent: by hardware address. */
  readonly order?: 'mac' | 'seen' | undefined
}

/** One suite for all implementations: `testing/machine-store-contract.ts`. */
export interface MachineStore {
  /** Keeps sightings of different machines, all in one transaction. */
  record(sightings: readonly Sighting[]): Promise<void>
  /** Cost: a walk through the machines in their order until the page is full. */
  list(query: MachineQuery): Promise<{
    readonly items: readonly Machine[]
    readonly next: string | undefined
  }>
  /** @throws {MachineNotFound} */
  find(mac: string): Promise<Machine>
  /** Makes the machine known when it was never heard. @throws an error with code `image_not_found`, `channel_not_found` or `release_not_found` */
  change(mac: string, change: MachineChange): Promise<Machine>
  /** @throws {MachineNotFound} */
  remove(mac: string): Promise<void>
  /** Machines with a quirk. */
  withQuirks(): Promise<readonly Machine[]>
  /**
   * Of the machines that nobody decided about, keeps `keep`: those that booted before those that were only heard,
   * the newest first. How many were forgotten.
   */
  prune(keep: number): Promise<number>
}
