import { join } from 'node:path'
import type { BootCodes } from '@bootcast/boot'
import { bootLogOf, StartRefused } from '@bootcast/options'
import {
  Authority,
  createUplinkServer,
  FileAuthorityStore,
  formatJoinToken,
  sealSnapshot,
  type UplinkServer,
} from '@bootcast/uplink'
import type { FastifyBaseLogger } from 'fastify'
import type { Audit } from './audit/audit.ts'
import type { Config } from './config.ts'
import type { BootRights } from './identity/grants.ts'
import type { Kept } from './kept.ts'
import type { openCatalogue } from './open-catalogue.ts'
import type { Site } from './sites/site.ts'
import type { SiteContacts } from './sites/site-contacts.ts'
import { SiteDesk, type SiteDeskSettings } from './sites/site-desk.ts'
import { SiteSoftware } from './sites/site-software.ts'
import type { SiteStore } from './sites/site-store.ts'
import { SnapshotDesk } from './sites/snapshot-desk.ts'
import { SnapshotMaker } from './sites/snapshot-maker.ts'
import { uplinkHandlers } from './sites/uplink-handlers.ts'

export type UplinkParts = {
  readonly config: Config
  readonly kept: Kept
  readonly known: Awaited<ReturnType<typeof openCatalogue>>
  readonly identity: { readonly grants: BootRights; readonly audit: Audit }
  readonly codes: BootCodes
  /** The name of who it is. @throws when the password is wrong, or cannot be judged now */
  readonly check: SiteDeskSettings['signIn']
  readonly activateUrl: () => string
  readonly version: string
  /** The installation that this platform runs from: sites get their software out of it. */
  readonly projectRoot: string
  readonly log: FastifyBaseLogger
}

/** Sites of this platform: who they are, and the listener where they ask, which is open while there is a site. */
export async function openUplink(parts: UplinkParts, starting: AsyncDisposableStack) {
  const { config, kept, log } = parts
  const { store, contacts } = parts.known.sites
  const authority = await Authority.open({ store: new FileAuthorityStore(join(kept.data, 'authority')) })
  const onError = (err: unknown) => log.error({ err }, 'a site could not be answered')
  const software = new SiteSoftware({
    root: parts.projectRoot,
    onReady: () => snapshots.changed(),
    onError: (err) => log.warn({ err }, 'sites stay at the software that they run'),
  })
  const maker = makerOf(parts, store, authority, software)
  const snapshots = new SnapshotDesk({
    site: (id) => store.find(id),
    make: (site) => maker.make(site),
    seal: (snapshot) => sealSnapshot(snapshot, authority),
    onError,
  })
  starting.defer(() => snapshots.stop())
  const desk = deskOf(parts, { store, contacts, authority, snapshots, software })
  const door = new SiteDoor(config.siteListen, () => {
    void software.begin()
    return createUplinkServer({
      credentials: () => authority.credentials(),
      handlers: uplinkHandlers({ desk, snapshots, authorities: () => authority.certificates }),
      blobs: { open: (digest, peer) => desk.open(digest, peer) },
      admit: async (peer) => void (await desk.admit(peer)),
      onError: (err, incident) => log.error({ err, incident }, 'a site could not be answered'),
      log: bootLogOf(log),
    })
  })
  starting.defer(() => door.close())
  if (await store.hasAny()) await openFirst(door)
  return {
    snapshots,
    authority,
    /** Another authority is trusted, or signs: sites are told, and see its certificate. */
    onAuthority: async () => {
      snapshots.changed()
      await door.refresh()
    },
    /** What lets a site join, and what to run there. `urlFor`: where it reaches this platform. */
    joinBy({ name, via }: Site, secret: string, urlFor: (port: number) => string) {
      const { fingerprint } = authority
      const token = formatJoinToken({ site: name, secret, fingerprint, ...(via !== undefined && { via }) })
      const url = via === undefined ? urlFor(door.port) : 'https://ADDRESS-OF-THAT-SITE:8443'
      return { token, command: `npm run site -- join ${url} --token ${token} --interface eth0` }
    },
    /** Something of a site was changed, or its certificate is worth nothing any more. */
    onChanged: async (id: string) => {
      desk.changed(id)
      snapshots.changed()
      const site = await store.find(id).catch(() => undefined)
      if (site === undefined || site.revokedAt !== undefined) {
        snapshots.forget(id)
        door.dropSite(id)
      } else await door.open()
    },
  }
}

export type Uplink = Awaited<ReturnType<typeof openUplink>>

/** Sites wait for this platform; who starts it wants to know that they will not find it. */
async function openFirst(door: SiteDoor): Promise<void> {
  try {
    await door.open()
  } catch (cause) {
    throw cause instanceof UplinkClosed ? new StartRefused(cause.message, { cause }) : cause
  }
}

/** There are sites, and nothing listens for them. */
export class UplinkClosed extends Error {
  override readonly name = 'UplinkClosed'
  readonly code = 'uplink_closed'

  constructor(why: string, options?: ErrorOptions) {
    super(`Sites cannot reach this platform: ${why}. Start it with --site-listen ADDRESS:PORT`, options)
  }
}

/** Where sites ask: closed while there are none. */
class SiteDoor {
  readonly #listen: Config['siteListen']
  readonly #make: () => Promise<UplinkServer>
  #server: UplinkServer | undefined
  #opening: Promise<void> | undefined
  #port = 0

  constructor(listen: Config['siteListen'], make: () => Promise<UplinkServer>) {
    this.#listen = listen
    this.#make = make
  }

  /** The port, also before it is open. */
  get port(): number {
    if (this.#server !== undefined) return this.#port
    return this.#listen === 'off' ? 0 : this.#listen.port
  }

  /** Opens it unless it is. @throws when the port cannot be had */
  open(): Promise<void> {
    this.#opening ??= this.#open().catch((error) => {
      this.#opening = undefined
      throw error
    })
    return this.#opening
  }

  async refresh(): Promise<void> {
    await this.#server?.refresh()
  }

  dropSite(id: string): void {
    this.#server?.dropSite(id)
  }

  async close(): Promise<void> {
    await this.#opening?.catch(() => undefined)
    await this.#server?.stop()
  }

  async #open(): Promise<void> {
    if (this.#listen === 'off') throw new UplinkClosed('--site-listen is off')
    const server = await this.#make()
    const { port, address } = this.#listen
    const opened = await server.listen(port, address).catch((cause) => {
      throw new UplinkClosed(`nothing can listen on ${address}:${port} (${cause.message})`, { cause })
    })
    this.#server = server
    this.#port = opened.port
  }
}

function makerOf(
  { config, kept, known, identity, version, activateUrl }: UplinkParts,
  sites: SiteStore,
  authority: Authority,
  software: SiteSoftware,
) {
  return new SnapshotMaker({
    ...{ sites, rights: identity.grants, version, activateUrl },
    software: () => software.offered,
    catalogue: known.catalogue,
    machines: known.machines,
    openings: known.openingStore,
    installs: known.installStore,
    settings: known.settings,
    shelf: kept.shelf,
    secureBoot: config.secureBoot === 'yes',
    authorities: () => authority.certificates,
  })
}

type DeskParts = {
  readonly store: SiteStore
  readonly contacts: SiteContacts
  readonly authority: Authority
  readonly snapshots: SnapshotDesk
  readonly software: SiteSoftware
}

function deskOf(
  { kept, known, identity, codes, check }: UplinkParts,
  { snapshots, ...own }: DeskParts,
): SiteDesk {
  return new SiteDesk({
    ...{ ...own, audit: identity.audit, codes, signIn: check },
    source: known.source,
    catalogue: known.catalogue,
    blobs: kept.blobs,
    machines: known.register,
    deployer: known.deployer,
    shelf: kept.shelf,
    boots: known.boots,
    onSignIn: () => snapshots.changed(),
  })
}
