import type { Asking, BootDecision } from '@bootcast/boot'
import {
  type BlobFiles,
  type BootAudit,
  CatalogueBootSource,
  Decisions,
  type MenuSettings,
  type PhoneNotes,
} from '@bootcast/catalogue'
import type { BlobReader } from '@bootcast/content'
import type { Snapshot } from '@bootcast/uplink'
import type { ReleaseBook } from '../cache/release-book.ts'
import { OfflinePreparation } from './offline-preparation.ts'
import { SnapshotCatalogue } from './snapshot-catalogue.ts'
import { MachineChanges, SnapshotMachines } from './snapshot-machines.ts'
import { SnapshotOpenings } from './snapshot-openings.ts'

export type OfflinePolicySettings = {
  readonly book: ReleaseBook
  readonly blobs: BlobReader & BlobFiles
  /** Milliseconds since 1970 by the clock of the platform. */
  readonly now: () => number
  /** Whether all that happened here was told to the upstream. */
  readonly isTold: () => boolean
}

/** Timelines have what is let happen here; the audit log is the platform's. */
const noAudit: BootAudit = { note: () => undefined }
const noPhoneNotes: PhoneNotes = { note: () => undefined }
const usualGraceMs = 24 * 60 * 60 * 1000

/** The policy of the last snapshot, by the same code as at the platform. */
export class OfflinePolicy {
  readonly #settings: OfflinePolicySettings
  readonly #changes = new MachineChanges()
  readonly #listeners: ((snapshot: Snapshot) => void)[] = []
  #snapshot: Snapshot | undefined
  #source: SnapshotBootSource

  constructor(settings: OfflinePolicySettings) {
    this.#settings = settings
    this.#source = this.#sourceOf(undefined)
  }

  /** Decides, and finds bytes: also those of releases that the snapshot does not have. */
  get source(): SnapshotBootSource {
    return this.#source
  }

  get snapshot(): Snapshot | undefined {
    return this.#snapshot
  }

  get graceMs(): number {
    return (this.#snapshot?.settings.graceSeconds ?? usualGraceMs / 1000) * 1000
  }

  now(): number {
    return this.#settings.now()
  }

  /** Hears of each snapshot that is followed from now on. */
  onChange(listener: (snapshot: Snapshot) => void): void {
    this.#listeners.push(listener)
  }

  /** In place of the one before; `undefined`: there is none any more, and nothing is decided by it. */
  follow(snapshot: Snapshot | undefined): void {
    this.#snapshot = snapshot
    if (this.#settings.isTold()) this.#changes.forget()
    this.#source = this.#sourceOf(snapshot)
    if (snapshot !== undefined) for (const listener of this.#listeners) listener(snapshot)
  }

  /** Whether somebody of that name may sign in here while the platform is away. */
  knowsUser(name: string): boolean {
    const { snapshot } = this
    return (
      snapshot !== undefined &&
      this.now() < snapshot.expiresAt &&
      snapshot.users.some((user) => user.name === name)
    )
  }

  #sourceOf(snapshot: Snapshot | undefined): SnapshotBootSource {
    return new SnapshotBootSource({ ...this.#settings, snapshot, changes: this.#changes })
  }
}

type SourceSettings = OfflinePolicySettings & {
  readonly snapshot: Snapshot | undefined
  readonly changes: MachineChanges
}

/** `CatalogueBootSource` over a snapshot, as long as that counts. */
class SnapshotBootSource extends CatalogueBootSource {
  readonly #snapshot: Snapshot | undefined
  readonly #now: () => number

  constructor({ snapshot, book, blobs, changes, now }: SourceSettings) {
    const known = snapshot ?? nothing
    const catalogue = new SnapshotCatalogue({ snapshot: known, book })
    const openings = new SnapshotOpenings(known.openings)
    const machines = new SnapshotMachines({
      machines: known.machines.map((machine) => ({ ...machine, site: undefined })),
      changes,
    })
    const installs = new OfflinePreparation({
      images: new Set(known.asking.images),
      machines: new Set(known.asking.machines),
    })
    const imagesOf = async (name: string) => imagesAllowed(known, name)
    super({
      ...{ catalogue, machines, openings, installs, imagesOf, blobs },
      decisions: new Decisions({ catalogue, openings, installs, imagesOf, now }),
      settings: { menu: async () => menuOf(known) },
      audit: noAudit,
      phoneLog: noPhoneNotes,
    })
    this.#snapshot = snapshot
    this.#now = now
  }

  override async decide(asking: Asking): Promise<BootDecision> {
    const snapshot = this.#snapshot
    if (snapshot === undefined) return waiting('this site has not heard from its platform yet')
    if (this.#now() >= snapshot.expiresAt)
      return waiting(
        'this site has not heard from its platform for so long that what it knows counts no more',
      )
    const { name, images } = snapshot.site
    const site = { name, images: images === 'all' ? images : new Set(images) }
    return await super.decide({ ...asking, site })
  }
}

/** While the platform is away nobody can approve a code. */
function menuOf({ menu }: Pick<Snapshot, 'menu'>): MenuSettings {
  return menu.menuDefault === 'code' ? { ...menu, menuDefault: 'wait' } : menu
}

function imagesAllowed({ users }: Pick<Snapshot, 'users'>, name: string): 'all' | ReadonlySet<string> {
  // Who is named no more may boot nothing more.
  const { images = [] } = users.find((one) => one.name === name) ?? {}
  return images === 'all' ? 'all' : new Set(images)
}

const waiting = (reason: string): BootDecision => ({
  plan: { method: 'wait', reason, seconds: 15 },
  because: reason,
})

type Known = Pick<
  Snapshot,
  | 'openings'
  | 'machines'
  | 'asking'
  | 'users'
  | 'menu'
  | 'images'
  | 'releases'
  | 'references'
  | 'defaultImage'
>
const nothing: Known = {
  openings: [],
  machines: [],
  asking: { images: [], machines: [] },
  users: [],
  menu: { menuDefault: 'wait', menuSeconds: 60 },
  images: [],
  releases: [],
  references: {},
  defaultImage: undefined,
}
