import { ChannelNotFound, parseImageReference, type Release, ReleaseNotFound } from '@bootcast/catalogue'
import type { SiteChange as AskedChange } from '@bootcast/contract'
import { type Authority, hashOf, newSecret } from '@bootcast/uplink'
import type { CatalogueStore } from '../catalogue/catalogue-store.ts'
import { mayHave, type Site, type SiteChange } from '../sites/site.ts'
import type { SiteContacts } from '../sites/site-contacts.ts'
import type { SiteStore } from '../sites/site-store.ts'
import { tokenMs } from '../sites/site-token.ts'
import type { Handlers } from './handlers.ts'
import { Refused } from './problem-response.ts'
import { shownOrder, shownSite } from './shown-site.ts'

type SiteCalls =
  | 'listSites'
  | 'addSite'
  | 'showSite'
  | 'changeSite'
  | 'renewSiteToken'
  | 'revokeSite'
  | 'removeSite'
  | 'warmSite'
  | 'cancelWarm'
  | 'showSiteAuthority'
  | 'renewSiteAuthority'

export type SiteHandlersOptions = {
  readonly store: SiteStore
  readonly contacts: Pick<SiteContacts, 'written'>
  readonly catalogue: Pick<CatalogueStore, 'findImage' | 'releasesFor'>
  readonly authority: Pick<Authority, 'fingerprint' | 'nextFingerprint' | 'rotate' | 'switchOver'>
  /** Sites trust, and are shown, what the authority says now. */
  readonly onAuthority: () => Promise<void>
  /** What lets it join: a token made of the secret, and what has to be run at the site. */
  readonly joinBy: (
    site: Site,
    secret: string,
  ) => Promise<{ readonly token: string; readonly command: string }>
  /** Called when a change is durable and before it is answered: connections of the site must hear of it at once. */
  readonly onChanged: (id: string) => void | Promise<void>
  readonly now?: () => number
  readonly newSecret?: () => string
}

export function siteHandlers(options: SiteHandlersOptions): Pick<Handlers, SiteCalls> {
  const { now = Date.now } = options
  return {
    ...reading(options, now),
    ...admitting(options, now),
    ...ordering(options, now),
    ...trusting(options),
  }
}

/** As a caller sees it. */
async function shown(store: SiteStore, site: Site, at: number) {
  const via = site.via === undefined ? undefined : (await store.find(site.via)).name
  return shownSite(site, via, at)
}

function reading({ store, contacts }: SiteHandlersOptions, now: () => number) {
  return {
    async listSites({ query }) {
      await contacts.written()
      const { items, next } = await store.list(query)
      const sites = []
      for (const site of items) sites.push(await shown(store, site, now()))
      return { items: sites, ...(next !== undefined && { next }) }
    },
    async showSite({ params }) {
      await contacts.written()
      return await shown(store, await store.byName(params.name), now())
    },
  } satisfies Partial<Handlers>
}

/** Who is a site, and who is none any more. */
function admitting(options: SiteHandlersOptions, now: () => number) {
  const { store, contacts, catalogue, joinBy, onChanged, newSecret: make = newSecret } = options
  const fresh = (at: number) => {
    const text = make()
    return { text, token: { hash: hashOf(text), expiresAt: at + tokenMs } }
  }
  const join = async (site: Site, secret: string, at: number) => ({
    site: await shown(store, site, at),
    join: {
      ...(await joinBy(site, secret)),
      expiresAt: new Date(site.token?.expiresAt ?? at).toISOString(),
    },
  })
  return {
    async addSite({ body, user }) {
      const at = now()
      await checkImages(catalogue, body.images)
      const via = body.via === undefined ? undefined : (await store.byName(body.via)).id
      const { text, token } = fresh(at)
      const { name, images } = body
      const site = await store.add({ name, images, via, token, createdAt: at, createdBy: user })
      await onChanged(site.id)
      return await join(site, text, at)
    },
    async renewSiteToken({ params }) {
      const at = now()
      const { id } = await store.byName(params.name)
      const { text, token } = fresh(at)
      return await join(await store.newToken(id, token), text, at)
    },
    async revokeSite({ params }) {
      const { id } = await store.byName(params.name)
      const site = await store.revoke(id, now())
      await onChanged(id)
      return await shown(store, site, now())
    },
    async removeSite({ params }) {
      const { id } = await store.byName(params.name)
      await contacts.written()
      await store.remove(id)
      await onChanged(id)
      return undefined
    },
  } satisfies Partial<Handlers>
}

/** What a site may have, keeps, fetches and sends. */
function ordering({ store, catalogue, onChanged }: SiteHandlersOptions, now: () => number) {
  return {
    async changeSite({ params, body }) {
      const before = await store.byName(params.name)
      await checkImages(catalogue, body.images)
      const site = { ...before, ...(body.images !== undefined && { images: body.images }) }
      for (const reference of body.pin ?? []) await releaseFor(catalogue, site, reference)
      const changed = await store.change(before.id, changeOf(body))
      await onChanged(before.id)
      return await shown(store, changed, now())
    },
    async warmSite({ params, body: { reference }, user }) {
      const site = await store.byName(params.name)
      const { image, number } = await releaseFor(catalogue, site, reference)
      const release = `${image}@${number}`
      const order = { reference, release, orderedAt: now(), orderedBy: user }
      const made = await store.orderWarm(site.id, order)
      await onChanged(site.id)
      return shownOrder(made, undefined)
    },
    async cancelWarm({ params }) {
      const { id } = await store.byName(params.name)
      await store.cancelWarm(id, params.id)
      await onChanged(id)
      return undefined
    },
  } satisfies Partial<Handlers>
}

function trusting({ authority, onAuthority }: SiteHandlersOptions) {
  const told = () => {
    const { fingerprint, nextFingerprint: next } = authority
    return { fingerprint, ...(next !== undefined && { next }) }
  }
  const steps = { prepare: () => authority.rotate(), 'switch-over': () => authority.switchOver() }
  return {
    showSiteAuthority: async () => told(),
    async renewSiteAuthority({ body }) {
      await steps[body.step]()
      await onAuthority()
      return told()
    },
  } satisfies Partial<Handlers>
}

const changeOf = ({ images, pin, unpin, ...settings }: AskedChange): SiteChange => ({
  images,
  pin,
  unpin,
  settings,
})

/** @throws {ImageNotFound} of the first that there is not */
async function checkImages(
  catalogue: SiteHandlersOptions['catalogue'],
  images: Site['images'] | undefined = 'all',
): Promise<void> {
  for (const image of images === 'all' ? [] : images) await catalogue.findImage(image)
}

/** @throws {ImageNotFound | ChannelNotFound | ReleaseNotFound | Refused} when there is none that the site may have */
async function releaseFor(
  catalogue: SiteHandlersOptions['catalogue'],
  site: Pick<Site, 'name' | 'images'>,
  reference: string,
): Promise<Release> {
  const release = (await catalogue.releasesFor([reference])).get(reference)
  const { image, channel, number } = parseImageReference(reference) ?? { image: reference }
  if (release === undefined) {
    await catalogue.findImage(image)
    if (channel !== undefined) throw new ChannelNotFound(image, channel)
    if (number !== undefined) throw new ReleaseNotFound(image, number)
    throw new Refused('release_not_found', `The image ${image} has no release.`)
  }
  if (mayHave(site, image)) return release
  throw new Refused(
    'image_not_at_site',
    `The site ${site.name} may not have the image ${image}. "bootcast site change" says which it may`,
  )
}
