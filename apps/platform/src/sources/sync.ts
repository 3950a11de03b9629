import { ImageNotFound, type Release } from '@bootcast/catalogue'
import type { Audit } from '../audit/audit.ts'
import type { CatalogueStore } from '../catalogue/catalogue-store.ts'
import { harmless, oneLine } from '../harmless.ts'
import type { GrantStore } from '../identity/grants.ts'
import { type Publication, PublicationEnded, type Publications } from '../publishing/publications.ts'
import { areSame } from './content-of.ts'
import { type ImageSource, type Offer, OfferRefused, SourceFailed } from './image-source.ts'
import { imageNameOf, isWanted } from './offer-name.ts'
import { groupOf, madeBy, type Source, type SourceItem } from './source.ts'
import type { SourceStore } from './source-store.ts'

export type SyncParts = {
  readonly store: Pick<SourceStore, 'items' | 'putItem' | 'keepItems'>
  readonly publications: Pick<Publications, 'start' | 'find' | 'ended' | 'cancel'>
  readonly catalogue: Pick<CatalogueStore, 'releasesOf'>
  readonly grants: Pick<GrantStore, 'change'>
  readonly audit: Audit
  /** A release was made. */
  readonly onPublished: () => void
  /** Something failed that is nobody's fault but ours. */
  readonly onError: (error: unknown) => void
  /** Longest that one release may take. */
  readonly releaseMs: number
  readonly now: () => number
}

export type SyncOptions = SyncParts & {
  readonly source: Source
  readonly images: ImageSource
  /** `by hand`: also what was refused before. */
  readonly cause: 'schedule' | 'by hand'
  readonly signal: AbortSignal
}

export type SyncProgress = {
  readonly startedAt: number
  readonly item: string | undefined
  /** Of that item. */
  readonly publication: Publication | undefined
  readonly itemsDone: number
  /** `undefined`: it is asked what it has. */
  readonly items: number | undefined
}

/** `isFirst`: of its image, and nobody was told so yet. */
type Found = Pick<Release, 'number'> & { readonly isFirst: boolean }

const dayMs = 24 * 60 * 60 * 1000
/** After so many failures it is more likely to be the source than what it has. */
const mostFailures = 3
/** Characters of a problem. */
const mostWords = 1000

/** Problems that stay until there is something else: asked again after a day, or by hand. */
const lasting: ReadonlySet<unknown> = new Set([
  'offer_refused',
  'unreadable_input',
  'not_a_kernel',
  'not_an_initrd',
  'invalid_command_line',
  'bundle_not_trusted',
  'bundle_replayed',
  'blob_too_large',
])

/** Problems that are told in their own words. */
const spoken: ReadonlySet<unknown> = new Set([
  ...lasting,
  'source_failed',
  'fetch_failed',
  'address_refused',
  'blob_corrupt',
  'registry_refused',
  'store_full',
  'publications_full',
  'interrupted',
])

/** One look at a source: what is new there becomes releases here, one after another. */
export class Sync {
  readonly #options: SyncOptions
  readonly #user: string
  #progress: Omit<SyncProgress, 'publication'>
  /** In the order of the source. */
  #offers: readonly Offer[] = []
  #known: ReadonlyMap<string, SourceItem> = new Map()
  /** Images of which a release is recorded, or was before this look. */
  readonly #images = new Set<string>()
  #publication: string | undefined

  constructor(options: SyncOptions) {
    this.#options = options
    this.#user = madeBy(options.source)
    this.#progress = { startedAt: options.now(), item: undefined, itemsDone: 0, items: undefined }
  }

  get progress(): SyncProgress {
    const id = this.#publication
    const publication = id === undefined ? undefined : this.#options.publications.find(id, this.#user)
    return { ...this.#progress, publication }
  }

  /** What went wrong, in words; `undefined`: nothing. Rejects only when it is ended by its signal. */
  async run(): Promise<string | undefined> {
    const { signal } = this.#options
    try {
      return await this.#run()
    } catch (error) {
      signal.throwIfAborted()
      return this.#wordsFor(error)
    }
  }

  async #run(): Promise<string | undefined> {
    const { source, images, store, signal } = this.#options
    const { only } = source.settings
    const offers = (await images.list((name) => isWanted(name, only), signal)).map(writable)
    const byKey = new Map(offers.map((offer) => [offer.key, offer]))
    const recorded = await store.items(source.id)
    for (const { image, number } of recorded)
      if (image !== undefined && number !== undefined) this.#images.add(image)
    await store.keepItems(source.id, new Set(byKey.keys()))
    this.#offers = [...byKey.values()]
    this.#known = new Map(recorded.map((item) => [item.key, item]))
    const wanted = this.#offers.filter(({ key }) => this.#isToBeTaken(this.#known.get(key)))
    this.#progress = { ...this.#progress, items: wanted.length }
    const failures: string[] = []
    for (const offer of wanted) {
      signal.throwIfAborted()
      this.#progress = { ...this.#progress, item: offer.title }
      const failure = await this.#take(offer)
      if (failure !== undefined) failures.push(`${offer.title}: ${failure}`)
      if (failures.length >= mostFailures) break
      this.#progress = { ...this.#progress, itemsDone: this.#progress.itemsDone + 1 }
    }
    return failures[0]
  }

  #isToBeTaken(item: SourceItem | undefined): boolean {
    if (item === undefined) return true
    const { cause, now } = this.#options
    return item.problem !== undefined && (cause === 'by hand' || item.at < now() - dayMs)
  }

  /** Writes down what became of it; the reason, when it is to be tried again at the next look. */
  async #take(offer: Offer): Promise<string | undefined> {
    const { source, signal, store, now } = this.#options
    const { key, title, name } = offer
    const put = ({ image, number, problem: why }: Partial<SourceItem>) => {
      const problem = why === undefined ? undefined : oneLine(why, mostWords)
      return store.putItem(source.id, { key, title, image, number, problem, at: now() })
    }
    const named = imageNameOf(name, source.settings.prefix)
    if ('problem' in named) return void (await put(named))
    const { image } = named
    if ('problem' in offer) return void (await put({ image, problem: offer.problem }))
    try {
      const { number, isFirst } = await this.#releaseOf(offer, image)
      if (isFirst) await this.#grant(image)
      await put({ image, number })
      this.#images.add(image)
      return undefined
    } catch (error) {
      signal.throwIfAborted()
      const problem = this.#wordsFor(error)
      if (!lasting.has((error as { readonly code?: unknown }).code)) return problem
      return void (await put({ image, problem }))
    }
  }

  /** The release that it is here, or is made. */
  async #releaseOf(offer: Exclude<Offer, { readonly problem: string }>, image: string): Promise<Found> {
    const releases = await releasesOf(this.#options.catalogue, image)
    const own = releases.filter(({ createdBy }) => createdBy === this.#user)
    if (own.length === 0 && releases.length > 0)
      throw new OfferRefused(
        `There is an image ${image} here that did not come from this source; it is left as it is. Add the source with a --prefix.`,
      )
    const known = own.find((release) => offer.isRelease?.(release) === true)
    if (known !== undefined) return { number: known.number, isFirst: this.#isCutOff(releases) }
    const sameAs = async (variants: Release['variants']) => {
      const why = offer.unlike?.(variants)
      if (why !== undefined) throw new SourceFailed(why)
      return own.find((release) => areSame(release.variants, variants))
    }
    const channel = this.#isBehind(offer, image, own) ? undefined : this.#options.source.settings.channel
    const { input, byHand } = offer
    const release = await this.#publish({ image, user: this.#user, channel, input, byHand, sameAs })
    const { number } = release
    if (own.some((one) => one.number === number)) return { number, isFirst: this.#isCutOff(releases) }
    this.#tell(release)
    return { number, isFirst: own.length === 0 }
  }

  /** Whether something that comes after it there is a release here already: channels do not go back. */
  #isBehind({ key }: Offer, image: string, own: readonly Release[]): boolean {
    const at = this.#offers.findIndex((offer) => offer.key === key)
    return this.#offers.slice(at + 1).some((later) => {
      const named = imageNameOf(later.name, this.#options.source.settings.prefix)
      if ('problem' in named || named.image !== image) return false
      const number = this.#known.get(later.key)?.number
      return own.some(
        (release) => release.number === number || ('input' in later && later.isRelease?.(release) === true),
      )
    })
  }

  async #publish(request: Parameters<Publications['start']>[0]): Promise<Release> {
    const { publications, signal, releaseMs } = this.#options
    const { id } = publications.start(request)
    this.#publication = id
    const cancel = () => void publications.cancel(id, this.#user).catch(() => undefined)
    const tooLong = setTimeout(cancel, releaseMs)
    signal.addEventListener('abort', cancel, { once: true })
    try {
      if (signal.aborted) cancel()
      const { release, error } = await publications.ended(id, this.#user)
      if (release !== undefined) return release
      if (error instanceof PublicationEnded && !signal.aborted)
        throw new SourceFailed('It was ended, or took longer than a release may take.')
      throw error
    } finally {
      clearTimeout(tooLong)
      signal.removeEventListener('abort', cancel)
      this.#publication = undefined
    }
  }

  #tell({ image, number }: Release): void {
    const { audit, onPublished } = this.#options
    audit.note({ who: this.#user, action: 'publishRelease', about: `${image}@${number}` })
    onPublished()
  }

  /**
   * Whether the only release of an image was made at a look that ended before it was recorded. Nothing older counts:
   * operators may have taken its grant back since.
   */
  #isCutOff([first, ...more]: readonly Release[]): boolean {
    if (first === undefined || more.length > 0 || this.#images.has(first.image)) return false
    const { createdAt, succeededAt = 0 } = this.#options.source
    return first.createdAt >= Math.max(createdAt, succeededAt)
  }

  /** Who signs in by the source may boot what comes from it, from its first release on; operators may take it back. */
  async #grant(image: string): Promise<void> {
    const { source, grants } = this.#options
    if (source.signIn) await grants.change(image, { allow: { users: [], groups: [groupOf(source)] } })
  }

  #wordsFor(error: unknown): string {
    const { code, message } = error as { readonly code?: unknown; readonly message?: string }
    if (spoken.has(code)) return oneLine(String(message), mostWords)
    this.#options.onError(error)
    return 'Bootcast failed; its log says why.'
  }
}

/** With texts that any database takes, whatever the other side says. */
const writable = (offer: Offer): Offer => ({
  ...offer,
  key: harmless(offer.key),
  title: oneLine(offer.title, 200),
})

/** Newest first; none of an image that is not there. */
async function releasesOf(
  catalogue: Pick<CatalogueStore, 'releasesOf'>,
  image: string,
): Promise<readonly Release[]> {
  return await catalogue.releasesOf(image).catch((error: unknown) => {
    if (error instanceof ImageNotFound) return []
    throw error
  })
}
