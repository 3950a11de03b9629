import type { Readable } from 'node:stream'
import type {
  Asking,
  AskingSite,
  BootDecision,
  BootSource,
  DiskReport,
  KeyRefused,
  Leave,
  MachineFacts,
  MachineQuirks,
  PhoneCall,
  ServedFile,
  StartedBoot,
} from '@bootcast/boot'
import { type BlobReader, type Digest, type LocalFiles, parseDigest } from '@bootcast/content'
import type { TreeTable } from '@bootcast/image'
import type { Decided, Decisions } from './decisions.ts'
import type { Deployer } from './deployer.ts'
import { anyVariant } from './fitting-variant.ts'
import { inPieces } from './in-pieces.ts'
import type { Machine } from './machine.ts'
import { menuOf } from './menu-of.ts'
import { OpenTrees } from './open-trees.ts'
import { planOf } from './plan-of.ts'
import type {
  BlobFile,
  BlobFiles,
  BootAudit,
  Catalogue,
  Machines,
  Openings,
  PhoneNotes,
  Preparation,
  Settings,
} from './ports.ts'
import type { FileLocation, ReleaseName } from './release.ts'

export type CatalogueBootSourceSettings = {
  readonly catalogue: Catalogue
  readonly machines: Machines
  readonly openings: Pick<Openings, 'begin' | 'finished'>
  readonly decisions: Decisions
  readonly settings: Settings
  readonly installs: Pick<Preparation, 'document'>
  readonly phoneLog: PhoneNotes
  readonly audit: BootAudit
  /** Images that a user may boot. */
  readonly imagesOf: (user: string) => Promise<'all' | ReadonlySet<string>>
  readonly blobs: BlobReader & (Partial<LocalFiles> | BlobFiles)
  readonly deployer?: Deployer | undefined
  /** An address of a blob in the store itself, where machines may reach it. */
  readonly elsewhere?: ((blob: Digest) => Promise<string>) | undefined
}

/** How soon a machine with nothing to boot asks again. */
const waitSeconds = 10
/** Files whose size and path are remembered; a release is immutable, so they stay right until it is removed. */
const keptFiles = 1000
const keptMs = 5_000
/** A machine that was told to boot a release may fetch its files for this long. */
const bootingMs = 60 * 60 * 1000

/** What machines boot, answered from the catalogue of this platform. */
export class CatalogueBootSource implements BootSource {
  readonly #settings: CatalogueBootSourceSettings
  readonly #trees: OpenTrees
  readonly #files = new Map<string, { readonly file: ServedFile; readonly until: number }>()

  /** `demo@3` → when a machine was last told to boot it. Growth: the releases of an hour. */
  readonly #told = new Map<string, number>()

  constructor(settings: CatalogueBootSourceSettings) {
    this.#settings = settings
    this.#trees = new OpenTrees(settings)
  }

  async decide({ machine: facts, from, user, choice, site }: Asking): Promise<BootDecision> {
    const machine = await this.#settings.machines.boots({ address: from, ...facts }, site?.name)
    const decided = await this.#settings.decisions.decide({ machine, from, user, choice, site })
    const { verdict } = decided
    switch (verdict.do) {
      case 'boot':
        return await this.#boot(machine, decided, { ...verdict, from, user })
      case 'local-disk':
        return { plan: { method: 'local-disk', reason: verdict.because }, because: verdict.because }
      case 'menu':
        return await this.#menu(machine, verdict, user, site)
      case 'sign-in':
      case 'refuse':
        return { plan: { method: 'refuse', reason: verdict.because }, because: verdict.because }
      case 'wait':
        return waiting(verdict.because)
    }
  }

  /** What `decide` would say; begins and notes nothing. */
  async foresee({ machine: facts, from, user, choice, site }: Asking): Promise<BootDecision> {
    const machine = await this.#settings.machines.knownWith({ address: from, ...facts })
    const { verdict, what } = await this.#settings.decisions.decide({ machine, from, user, choice, site })
    if (verdict.do === 'menu') return await this.#menu(machine, verdict, user, site)
    if (verdict.do === 'wait') return waiting(verdict.because)
    if (verdict.do !== 'boot' || what === undefined)
      return { plan: { method: 'refuse', reason: verdict.because }, because: verdict.because }
    const { release, variant, readiness } = what
    const plan = planOf(release, variant, { deployer: this.#settings.deployer, machine, readiness })
    const { because, leave } = verdict
    return { plan, because, release: `${release.image}@${release.number}`, leave }
  }

  async #boot(
    machine: Machine,
    { what }: Decided,
    { leave, because, from, user = '' }: Booting,
  ): Promise<BootDecision> {
    if (what === undefined) throw new Error(`a verdict without what it boots, for ${machine.mac}`)
    if (leave.by === 'opening' && !(await this.#settings.openings.begin(leave.opening, machine.mac)))
      return waiting('the last boot of this opening was just given to another machine')
    const { readiness } = what
    const plan = planOf(what.release, what.variant, { deployer: this.#settings.deployer, machine, readiness })
    const release = `${what.release.image}@${what.release.number}`
    this.#told.set(release, Date.now())
    const about = `${machine.mac} ${release}`
    this.#settings.audit.note({ who: user, action: 'boot', about, from, because })
    return { plan, because, release, leave }
  }

  async #menu(
    machine: Machine,
    { open, because }: MenuVerdict,
    name: string | undefined,
    site: AskingSite | undefined,
  ): Promise<BootDecision> {
    const { catalogue, settings, imagesOf } = this.#settings
    const user = name === undefined ? undefined : { name, images: await imagesOf(name) }
    const plan = await menuOf({ catalogue, machine, settings: await settings.menu(), open, user, site })
    return { plan, because }
  }

  refused({ mac = 'a machine', why, from }: KeyRefused): void {
    const note = { who: '', action: 'boot', about: mac, because: why, refused: true } as const
    this.#settings.audit.note({ ...note, ...(from !== undefined && { from }) })
  }

  /** What was for one boot is used up now, and not before: a boot that failed on the way is tried again. */
  async started({ machine, release, leave }: StartedBoot): Promise<void> {
    if (leave?.by === 'one-shot') await this.#usedUp(machine, release)
    if (leave?.by === 'opening') this.#settings.openings.finished(leave.opening, machine.mac)
  }

  /** Another image that was given to the machine for its next boot while this one went on is still to come. */
  async #usedUp(facts: MachineFacts, release: string | undefined): Promise<void> {
    const { nextImage } = await this.#settings.machines.knownWith(facts)
    if (nextImage === undefined || imageOf(nextImage) !== imageOf(release ?? '')) return
    await this.#settings.machines.change(facts.mac, { nextImage: null })
  }

  /** That the disk has it ends its deployment. */
  async reported({ mac, release, state }: DiskReport): Promise<void> {
    if (state !== 'done') return
    await this.#settings.machines.change(mac, { deployed: release, overwriteDisk: false })
  }

  /** An installation that is done is not done again unasked. */
  async phonedHome(call: PhoneCall): Promise<void> {
    const { mac, release, state, installs } = call
    this.#settings.phoneLog.note(call)
    if (state !== 'done' || !installs) return
    await this.#settings.machines.change(mac, { installed: release })
  }

  /** Filled in at this moment: what it holds is kept nowhere. */
  async openDocument(
    { machine: facts, release: name = '' }: StartedBoot,
    role: string,
    file: string,
    bootUrl: string,
  ): Promise<string | undefined> {
    const { catalogue, machines, installs } = this.#settings
    const release = (await catalogue.releasesFor([name])).get(name)
    if (release === undefined) return undefined
    const machine = await machines.knownWith(facts)
    const variant = anyVariant(machine, release)
    return variant && (await installs.document({ machine, release, variant, role, file, bootUrl }))
  }

  /** Whether a machine may be in the middle of booting it. */
  isBooting({ image, number }: ReleaseName): boolean {
    const before = Date.now() - bootingMs
    for (const [name, at] of this.#told) if (at < before) this.#told.delete(name)
    return this.#told.has(`${image}@${number}`)
  }

  heard(facts: MachineFacts): void {
    this.#settings.machines.heard(facts)
  }

  quirksOf(mac: string): MachineQuirks {
    return this.#settings.machines.quirksOf(mac)
  }

  async openTreeFile(text: string, path: string): Promise<ServedFile | undefined> {
    const table = await this.#trees.open(text)
    const name = table && pathIn(table, path)
    if (table === undefined || name === undefined || !Object.hasOwn(table.files, name)) return undefined
    const extents = table.files[name] ?? []
    const [[index = 0, offset = 0] = [], ...more] = extents
    const blob = table.blobs[index]
    if (blob === undefined) return undefined
    const size = extents.reduce((sum, [, , length]) => sum + length, 0)
    const file = await this.#placed(`${text}/${name}`, { blob: blob.digest, offset, size })
    return more.length === 0
      ? file
      : inPieces(file, table, extents, (digest, first, last) => this.#read(digest, first, last))
  }

  async openFile(text: string): Promise<ServedFile | undefined> {
    const own = this.#settings.deployer?.files.get(text)
    if (own !== undefined) return own
    const known = this.#files.get(text)
    if (known !== undefined && known.until > Date.now()) return known.file
    const digest = parseDigest(text)
    if (digest === undefined) return undefined
    const found = await this.#settings.catalogue.findFile(digest)
    if (found === undefined) return undefined
    const { elsewhere } = this.#settings
    const isWhole = found.blob === digest
    const placed = await this.#placed(digest, found)
    const file =
      elsewhere !== undefined && isWhole ? { ...placed, elsewhere: () => elsewhere(digest) } : placed
    if (this.#files.size >= keptFiles) this.#files.clear()
    this.#files.set(text, { file, until: Date.now() + keptMs })
    return file
  }

  async #placed(name: string, { blob, offset, size }: FileLocation): Promise<ServedFile> {
    const file = await this.#fileOf(digestIn(blob))
    const { ready } = file ?? {}
    return {
      digest: name,
      size,
      ...(file !== undefined && { path: file.path, offset }),
      ...(ready !== undefined && {
        ready: async (first, last, signal) => (await ready(offset + first, offset + last, signal)) - offset,
      }),
      read: (first, last) => this.#read(blob, offset + first, offset + last),
    }
  }

  async #fileOf(digest: Digest): Promise<BlobFile | undefined> {
    const { blobs } = this.#settings
    if ('fileOf' in blobs) return await blobs.fileOf(digest)
    const path = await blobs.pathOf?.(digest)
    return path === undefined ? undefined : { path }
  }

  #read(blob: string, first: number, last: number): Promise<Readable> {
    return this.#settings.blobs.read(digestIn(blob), { first, last })
  }
}

type Booting = {
  readonly leave: Leave
  readonly because: string
  readonly from: string
  readonly user: string | undefined
}
type MenuVerdict = { readonly open: readonly string[]; readonly because: string }

const waiting = (reason: string): BootDecision => ({
  plan: { method: 'wait', reason, seconds: waitSeconds },
  because: reason,
})

/** Paths may be asked for in any case where the tree has none. */
const pathIn = ({ ignoresCase }: TreeTable, path: string) =>
  ignoresCase === true ? path.toLowerCase() : path

function digestIn(text: string) {
  const digest = parseDigest(text)
  if (digest === undefined) throw new Error(`${text} is no digest`)
  return digest
}

const imageOf = (reference: string): string => reference.split('@', 1)[0] ?? ''
