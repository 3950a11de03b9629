import { X509Certificate } from 'node:crypto'
import {
  type Asking,
  type BootCodes,
  type BootPlan,
  type BootSession,
  filesOf,
  type LoaderShelf,
  type MachineFacts,
} from '@bootcast/boot'
import type { CatalogueBootSource, Deployer } from '@bootcast/catalogue'
import { type BlobReader, type LocalFiles, parseDigest } from '@bootcast/content'
import {
  type Authority,
  type CallReply,
  type CallRequest,
  hashOf,
  type Peer,
  parseJoinToken,
  type ServedBlob,
  UplinkRefused,
  type Visitor,
} from '@bootcast/uplink'
import type { Audit } from '../audit/audit.ts'
import type { Boots } from '../boots/boots.ts'
import type { CatalogueStore } from '../catalogue/catalogue-store.ts'
import type { MachineRegister } from '../machines/machine-register.ts'
import type { Site } from './site.ts'
import { mayHave, SiteRevoked } from './site.ts'
import type { SiteContacts } from './site-contacts.ts'
import type { SiteSoftware } from './site-software.ts'
import type { SiteStore } from './site-store.ts'
import { wholeRelease } from './snapshot-maker.ts'

export type SiteDeskSettings = {
  readonly store: SiteStore
  readonly contacts: SiteContacts
  readonly authority: Authority
  readonly source: CatalogueBootSource
  readonly catalogue: Pick<CatalogueStore, 'releasesFor' | 'blobsOf' | 'imagesWithBlob'>
  readonly blobs: BlobReader & Partial<LocalFiles>
  readonly machines: MachineRegister
  readonly deployer: Deployer | undefined
  readonly shelf: LoaderShelf
  readonly boots: Pick<Boots, 'take'>
  readonly software?: Pick<SiteSoftware, 'open'>
  readonly codes: BootCodes
  /** The name of who it is. @throws when the password is wrong, or cannot be judged now */
  readonly signIn: (user: string, password: string, from: string) => Promise<{ readonly name: string }>
  readonly audit: Audit
  readonly onSignIn: (site: Site) => void
  readonly now?: () => number
}

/** Somebody who signed in at a site is believed to be there for so long. */
const signedInMs = 24 * 60 * 60 * 1000
/** Sites that were looked up a moment ago. Revoking tells us at once. */
const trustMs = 2_000
const mostSessions = 20_000
const answerMs = 60_000

/** Answers the sites of this platform. What a site says of machines and people is judged as if they had said it here. */
export class SiteDesk {
  readonly #settings: SiteDeskSettings
  readonly #now: () => number
  readonly #known = new Map<string, { readonly site: Promise<Site>; readonly at: number }>()
  /** Boots that show a code, by site and session. */
  readonly #sessions = new Map<string, BootSession>()
  readonly #signedIn = new Map<string, number>()
  /** What became of a code: the line may have lost the answer, and the site asks again. */
  readonly #answers = new Map<string, { readonly answer: CallReply<'codeWait'>; readonly at: number }>()

  constructor(settings: SiteDeskSettings) {
    this.#settings = settings
    this.#now = settings.now ?? Date.now
  }

  /** Forgets what it knows of a site: something was changed. */
  changed(id: string): void {
    this.#known.delete(id)
  }

  /** Who asks, or for whom that site asks. @throws {SiteRevoked | UplinkRefused} */
  async admit({ site: id, chain }: Peer): Promise<Site> {
    let site = await this.#site(id)
    for (const below of chain) {
      const child = await this.#site(below)
      if (child.via !== site.id)
        throw new UplinkRefused('forbidden', `${site.name} may not ask for ${child.name}`)
      site = child
    }
    this.#settings.contacts.note(site.id, this.#now())
    return site
  }

  async #site(id: string): Promise<Site> {
    const known = this.#known.get(id)
    const isFresh = known !== undefined && this.#now() - known.at < trustMs
    const found = isFresh ? known.site : this.#settings.store.find(id)
    if (!isFresh) this.#known.set(id, { site: found, at: this.#now() })
    const site = await found.catch((error: unknown) => {
      this.#known.delete(id)
      // One that was removed is told the same: what it has is worth nothing any more.
      throw (error as { code?: unknown }).code === 'site_not_found' ? new SiteRevoked(id) : error
    })
    if (site.revokedAt !== undefined) throw new SiteRevoked(site.name)
    return site
  }

  async join({ token, csr }: CallRequest<'join'>, { address }: Visitor): Promise<CallReply<'join'>> {
    const { store, authority, audit } = this.#settings
    const now = this.#now()
    const parsed = parseJoinToken(token)
    const site = parsed && (await store.takeToken(hashOf(parsed.secret), now))
    if (site === undefined) {
      audit.note({ who: '', action: 'joinSite', about: parsed?.site ?? '', from: address, refused: true })
      throw new UplinkRefused(
        'token_refused',
        'The token was used, is too old, or was never given out. "bootcast site token NAME" makes another',
      )
    }
    const certificate = await authority.issueSite(csr, site)
    await store.joined(site.id, { at: now, certificateSerial: serialOf(certificate) })
    this.changed(site.id)
    audit.note({ who: '', action: 'joinSite', about: site.name, from: address })
    return { site: { id: site.id, name: site.name }, certificate, authorities: [...authority.certificates] }
  }

  async renew({ csr }: CallRequest<'renew'>, site: Site): Promise<CallReply<'renew'>> {
    const { store, authority } = this.#settings
    const certificate = await authority.issueSite(csr, site)
    await store.renewed(site.id, serialOf(certificate))
    return { certificate, authorities: [...authority.certificates] }
  }

  async decide(asking: CallRequest<'decide'>, site: Site): Promise<CallReply<'decide'>> {
    const { source } = this.#settings
    const { images, name } = site
    const at = { name, images: images === 'all' ? images : new Set(images) }
    const question: Asking = { ...asking, user: await this.#believed(site, asking.user), site: at }
    const decision = await source.decide(question)
    const release = decision.release === undefined ? undefined : await this.#whole(decision.release)
    const places = await this.#loosePlaces(decision.plan)
    return { decision, places, ...(release !== undefined && { release }) } as CallReply<'decide'>
  }

  async #whole(name: string) {
    const { catalogue } = this.#settings
    const release = (await catalogue.releasesFor([name])).get(name)
    if (release === undefined) return undefined
    const blobs = (await catalogue.blobsOf([release])).get(name) ?? []
    return wholeRelease(release, blobs)
  }

  /** Files of the plan that no release has: the deploy environment. */
  async #loosePlaces(plan: BootPlan): Promise<CallReply<'decide'>['places']> {
    const own = this.#settings.deployer?.files
    const places: CallReply<'decide'>['places'] = {}
    for (const { digest } of filesOf(plan)) {
      const size = own?.get(digest)?.size
      if (size !== undefined) places[digest] = { blob: digest, offset: 0, size, blobSize: size }
    }
    return places
  }

  /** A site that says that somebody signed in there is believed when they did: here, by password or code. */
  async #believed(site: Site, user: string | undefined): Promise<string | undefined> {
    if (user === undefined) return undefined
    const since = this.#now() - signedInMs
    const key = `${site.id} ${user}`
    if ((this.#signedIn.get(key) ?? 0) > since) return user
    const kept = await this.#settings.store.signInsSince(site.id, since)
    const found = kept.find((one) => one.user === user && one.at > since)
    if (found === undefined) return undefined
    this.#remember(key, found.at)
    return user
  }

  async signIn({ user, password, from }: CallRequest<'signIn'>, site: Site): Promise<CallReply<'signIn'>> {
    const { name } = await this.#settings.signIn(user, password, from)
    await this.#noteSignIn(site, name)
    return { user: name }
  }

  async #noteSignIn(site: Site, user: string): Promise<void> {
    const now = this.#now()
    await this.#settings.store.noteSignIn(site.id, user, now)
    this.#remember(`${site.id} ${user}`, now)
    this.#settings.onSignIn(site)
  }

  #remember(key: string, at: number): void {
    if (this.#signedIn.size >= mostSessions) this.#signedIn.clear()
    this.#signedIn.set(key, at)
  }

  async code(
    { session: id, machine, from = '' }: CallRequest<'code'>,
    site: Site,
  ): Promise<CallReply<'code'>> {
    const key = `${site.id} ${id}`
    const known = this.#sessions.get(key) ?? sessionOf(id, machine, from, site.name, this.#now())
    this.#answers.delete(key)
    this.#keep(this.#sessions, key, known)
    const { code, expiresAt } = this.#settings.codes.codeFor(known)
    return { code, expiresAt }
  }

  async codeWait(
    { session }: CallRequest<'codeWait'>,
    site: Site,
    signal: AbortSignal,
  ): Promise<CallReply<'codeWait'>> {
    const key = `${site.id} ${session}`
    const told = this.#answers.get(key)
    if (told !== undefined && this.#now() - told.at < answerMs) return await this.#answered(site, told.answer)
    const known = this.#sessions.get(key)
    if (known === undefined) return { state: 'expired' }
    const answer = await this.#settings.codes.wait(known, signal)
    if (answer.state !== 'approved' && answer.state !== 'denied') return answer
    this.#sessions.delete(key)
    this.#keep(this.#answers, key, { answer, at: this.#now() })
    return await this.#answered(site, answer)
  }

  /** An approval is told once it is noted: else the site would not be believed. Until then it is asked again. */
  async #answered(site: Site, answer: CallReply<'codeWait'>): Promise<CallReply<'codeWait'>> {
    if (answer.state === 'approved') await this.#noteSignIn(site, answer.user)
    return answer
  }

  /** As the youngest; the oldest goes where there is no room. */
  #keep<Value>(map: Map<string, Value>, key: string, value: Value): void {
    map.delete(key)
    map.set(key, value)
    const [oldest] = map.keys()
    if (map.size > mostSessions && oldest !== undefined) map.delete(oldest)
  }

  async started(boot: CallRequest<'started'>, site: Site): Promise<void> {
    if (this.#mayTell(boot.machine.mac, boot.release ?? '', site)) await this.#settings.source.started(boot)
  }

  async reported(report: CallRequest<'reported'>, site: Site): Promise<void> {
    if (this.#mayTell(report.mac, report.release, site)) await this.#settings.source.reported(report)
  }

  async phonedHome(call: CallRequest<'phonedHome'>, site: Site): Promise<void> {
    if (this.#mayTell(call.mac, call.release, site)) await this.#settings.source.phonedHome(call)
  }

  /**
   * A machine may have booted there while the site was cut off, so that nobody here has heard of it: it is where it is
   * told of. Who does not believe that has its installation written over again by the next boot.
   */
  #mayTell(mac: string, release: string, site: Site): boolean {
    if (!mayHave(site, release.split('@')[0] ?? '')) return false
    this.#settings.machines.heard({ mac }, site.name)
    return true
  }

  heard({ machines }: CallRequest<'heard'>, site: Site): void {
    for (const machine of machines) this.#settings.machines.heard(machine, site.name)
  }

  refused({ refusals }: CallRequest<'refused'>): void {
    for (const refusal of refusals) this.#settings.source.refused(refusal)
  }

  /** It may hold secrets: only for a machine that asked through this site last, and for what may be booted there. */
  async document(
    { boot, role, file, bootUrl }: CallRequest<'document'>,
    site: Site,
  ): Promise<CallReply<'document'>> {
    if (!(await this.#isThere(boot.machine.mac, boot.release ?? '', site))) return {}
    const text = await this.#settings.source.openDocument(boot, role, file, bootUrl)
    return text === undefined ? {} : { text }
  }

  async #isThere(mac: string, release: string, site: Site): Promise<boolean> {
    if (!mayHave(site, release.split('@')[0] ?? '')) return false
    return (await this.#settings.machines.known(mac)).site === site.name
  }

  async events({ sentAt, first, events }: CallRequest<'events'>, site: Site): Promise<CallReply<'events'>> {
    // The clock of a site may be wrong; how long ago something was is right by any clock.
    const offset = this.#now() - sentAt
    const corrected = events.map(({ at, event }) => ({ at: at + offset, event }))
    const upTo = await this.#settings.boots.take({
      site: site.id,
      siteName: site.name,
      first,
      events: corrected,
    })
    return { upTo }
  }

  report(report: CallRequest<'report'>, site: Site): void {
    this.#settings.contacts.note(site.id, this.#now(), report)
  }

  /** Bytes that a site may have: of releases of its images, the loaders, the deploy environment, and the software of sites. */
  async open(text: string, peer: Peer): Promise<ServedBlob | undefined> {
    const site = await this.admit(peer)
    const { catalogue, deployer, shelf, blobs, software } = this.#settings
    const own = deployer?.files.get(text) ?? loaderOf(shelf, text) ?? software?.open(text)
    if (own !== undefined) return own
    const digest = parseDigest(text)
    if (digest === undefined) return undefined
    const images = await catalogue.imagesWithBlob(digest)
    if (!images.some((image) => mayHave(site, image))) return undefined
    const [{ size }, path] = await Promise.all([blobs.find(digest), blobs.pathOf?.(digest)])
    return {
      size,
      ...(path !== undefined && { path }),
      read: (firstByte, last) => blobs.read(digest, { first: firstByte, last }),
    }
  }
}

function loaderOf(shelf: LoaderShelf, digest: string) {
  const loader = shelf.list().find((one) => one.digest === digest)
  return loader && shelf.serve(loader.name)
}

const serialOf = (certificate: string): string => new X509Certificate(certificate).serialNumber

function sessionOf(
  id: string,
  machine: MachineFacts,
  address: string,
  site: string,
  now: number,
): BootSession {
  return {
    ...{ secret: id, id, machine, site, openedAt: now, address, lastUsedAt: now },
    user: undefined,
    pass: undefined,
  }
}
