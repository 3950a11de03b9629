import type { LoaderShelf } from '@bootcast/boot'
import type { Machine, Release, ReleaseBlob } from '@bootcast/catalogue'
import type { Snapshot } from '@bootcast/uplink'
import type { CatalogueStore } from '../catalogue/catalogue-store.ts'
import type { BootRights } from '../identity/grants.ts'
import type { InstallStore } from '../installs/install-store.ts'
import type { MachineStore } from '../machines/machine-store.ts'
import type { KeptOpening, OpeningStore } from '../openings/opening-store.ts'
import type { SettingsStore } from '../policy/settings-store.ts'
import { mayHave, type Site } from './site.ts'
import type { SiteStore } from './site-store.ts'

export type SnapshotMakerSettings = {
  readonly catalogue: CatalogueStore
  readonly machines: Pick<MachineStore, 'list'>
  readonly openings: Pick<OpeningStore, 'current'>
  readonly installs: Pick<InstallStore, 'owners'>
  readonly settings: Pick<SettingsStore, 'menu'>
  readonly sites: Pick<SiteStore, 'signInsSince'>
  readonly rights: BootRights
  readonly shelf: Pick<LoaderShelf, 'list'>
  readonly secureBoot: boolean
  readonly version: string
  readonly software?: () => Snapshot['software']
  readonly authorities: () => readonly string[]
  /** Where people approve the codes on screens. */
  readonly activateUrl: () => string
  readonly now?: () => number
}

const atOnce = 500
/** Stands for a reference that a site may not know: a name that no image has. */
const hidden = 'not-permitted-here'

/**
 * All that a site needs to go on by itself. Cost: linear in the machines that somebody decided about, the images of the
 * site and the openings; made when something changed, not when a machine asks.
 */
export class SnapshotMaker {
  readonly #settings: SnapshotMakerSettings
  readonly #now: () => number

  constructor(settings: SnapshotMakerSettings) {
    this.#settings = settings
    this.#now = settings.now ?? Date.now
  }

  async make(site: Site): Promise<Snapshot> {
    const { catalogue, shelf, version, authorities, activateUrl, settings, secureBoot } = this.#settings
    const now = this.#now()
    const software = this.#settings.software?.()
    const images = await this.#imagesOf(site)
    const machines = await this.#machinesFor(site)
    const openings = (await this.#settings.openings.current(now)).filter((opening) => isFor(opening, site))
    const defaultImage = this.#shown(site, await catalogue.defaultImage())
    const named = [
      ...machines.flatMap(({ image, nextImage }) => [image, nextImage]),
      ...openings.map(({ reference }) => reference),
      ...site.settings.pins,
      ...ordersOf(site).map(({ release }) => release),
      defaultImage,
    ].filter((reference) => reference !== undefined && this.#shown(site, reference) === reference)
    return {
      version,
      issuedAt: now,
      expiresAt: now + site.settings.lifeSeconds * 1000,
      site: { id: site.id, name: site.name, images: site.images === 'all' ? 'all' : [...site.images] },
      settings: settingsOf(site),
      menu: await settings.menu(),
      defaultImage,
      machines: machines.map((machine) => this.#told(site, machine)),
      openings: openings.map(openingOf),
      images: images.map(({ name, channels }) => ({
        name,
        channels: channels.map((channel) => ({ name: channel.name, number: channel.number })),
      })),
      ...(await this.#releasesFor(images, named as readonly string[])),
      users: await this.#usersOf(site, now),
      loaders: shelf.list().map(({ name, digest, size }) => ({ name, digest, size })),
      secureBoot,
      activateUrl: activateUrl(),
      authorities: [...authorities()],
      ...(software !== undefined && { software }),
      asking: await this.#asking(),
    }
  }

  async #imagesOf(site: Site) {
    const found = []
    for (let after: string | undefined; ; ) {
      const page = await this.#settings.catalogue.listImages({ limit: atOnce, after })
      found.push(...page.items.filter(({ name }) => mayHave(site, name)))
      if (page.next === undefined) return found
      after = page.next
    }
  }

  /** Those that somebody decided about, and those that were seen there. */
  async #machinesFor(site: Site): Promise<readonly Machine[]> {
    const found: Machine[] = []
    for (let after: string | undefined; ; ) {
      const page = await this.#settings.machines.list({ limit: atOnce, after })
      found.push(...page.items.filter((machine) => isDecided(machine) || machine.site === site.name))
      if (page.next === undefined) return found
      after = page.next
    }
  }

  #shown(site: Site, reference: string | undefined): string | undefined {
    if (reference === undefined) return undefined
    return mayHave(site, imageOf(reference)) ? reference : hidden
  }

  #told(site: Site, { site: _, ...machine }: Machine): Snapshot['machines'][number] {
    return {
      ...machine,
      labels: [...machine.labels],
      image: this.#shown(site, machine.image),
      nextImage: this.#shown(site, machine.nextImage),
    }
  }

  /** Of all channels, and those that something else names. */
  async #releasesFor(
    images: readonly {
      readonly name: string
      readonly channels: readonly { readonly name: string; readonly number: number }[]
    }[],
    named: readonly string[],
  ): Promise<Pick<Snapshot, 'releases' | 'references'>> {
    const { catalogue } = this.#settings
    const ofChannels = images.flatMap(({ name, channels }) =>
      channels.map((channel) => `${name}@${channel.name}`),
    )
    const found = await catalogue.releasesFor([...new Set([...ofChannels, ...named])])
    const releases = new Map(
      [...found.values()].map((release) => [`${release.image}@${release.number}`, release]),
    )
    const blobs = await catalogue.blobsOf([...releases.values()])
    return {
      releases: [...releases].map(([name, release]) => wholeRelease(release, blobs.get(name) ?? [])),
      references: Object.fromEntries(
        [...found].map(([reference, { image, number }]) => [reference, `${image}@${number}`]),
      ),
    }
  }

  /** Who may sign in there while the platform is away: who did lately, and may still. */
  async #usersOf(site: Site, now: number): Promise<Snapshot['users']> {
    const { sites, rights } = this.#settings
    const signedIn = await sites.signInsSince(site.id, now - site.settings.graceSeconds * 1000)
    const users = await Promise.all(
      signedIn.map(async ({ user }) => ({ name: user, images: await rights.allowedImages(user) })),
    )
    return users
      .filter(({ images }) => images === 'all' || images.size > 0)
      .map(({ name, images }) => ({
        name,
        images: images === 'all' ? images : [...images].filter((image) => mayHave(site, image)),
      }))
  }

  async #asking(): Promise<Snapshot['asking']> {
    const owners = await this.#settings.installs.owners()
    const of = (isMeant: (scope: string) => boolean) =>
      owners.filter(({ scope }) => isMeant(scope)).map((owner) => owner.of)
    return { images: of((scope) => scope === 'image'), machines: of((scope) => scope !== 'image') }
  }
}

/** A release with all its blobs, as sites are told. */
export function wholeRelease(release: Release, blobs: readonly ReleaseBlob[]): Snapshot['releases'][number] {
  const { image, number, createdAt, createdBy, variants } = release
  return {
    ...{ image, number, createdAt, createdBy },
    variants: variants.map(({ config, files, tree }) => ({ config, files: [...files], tree })),
    blobs: [...blobs],
  }
}

function settingsOf({ settings, warm }: Site): Snapshot['settings'] {
  const { lifeSeconds: _, pins, ...limits } = settings
  return {
    ...limits,
    pins: [...pins],
    warm: ordersOf({ warm }).map(({ id, reference, release, orderedAt }) => ({
      id,
      reference,
      release,
      orderedAt,
    })),
  }
}

const ordersOf = ({ warm }: Pick<Site, 'warm'>) => warm.filter(({ isCancelled }) => !isCancelled)

/** Those that name another site mean none of its machines. */
const isFor = ({ criteria, reference }: KeptOpening, site: Site): boolean =>
  (criteria.site === undefined || criteria.site === site.name) && mayHave(site, imageOf(reference))

function openingOf({
  createdAt,
  createdBy,
  closedBy,
  ...opening
}: KeptOpening): Snapshot['openings'][number] {
  return { ...opening, criteria: { ...opening.criteria } }
}

const imageOf = (reference: string): string => reference.split('@')[0] ?? reference

function isDecided({
  image,
  nextImage,
  labels,
  installed,
  deployed,
  proxyDialect,
  loader,
}: Machine): boolean {
  return [image, nextImage, installed, deployed, proxyDialect, loader, labels[0]].some(
    (one) => one !== undefined,
  )
}
