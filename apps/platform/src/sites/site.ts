import type { SiteReport } from '@bootcast/uplink'

/** Times of a day by the clock of the site, `22:00`. Where `from` is later than `to` it goes over midnight. */
export type SiteSchedule = { readonly from: string; readonly to: string }

export type SiteSettings = {
  /** Of its cache. Absent: what its disk allows. */
  readonly quotaBytes?: number
  /** What it may take from the upstream in a second. Absent: all there is; so are the others. */
  readonly wanBytesPerSecond?: number
  /** How many machines may fetch at once; further ones wait. */
  readonly mostBoots?: number
  readonly clientBytesPerSecond?: number
  /** To all its machines together. */
  readonly totalBytesPerSecond?: number
  /** How long it goes on by what it knows while the upstream is away. */
  readonly lifeSeconds: number
  /** How long after their last sign-in people sign in there while the upstream is away. */
  readonly graceSeconds: number
  /** Image references whose releases it fetches and never gives up. */
  readonly pins: readonly string[]
  /** When it fetches what is ordered and pinned. Absent: at any time. */
  readonly schedule?: SiteSchedule
}

const day = 24 * 60 * 60
export const usualSettings: SiteSettings = { lifeSeconds: 7 * day, graceSeconds: day, pins: [] }

/** Names of images, or all of them, also those to come. */
export type SiteImages = 'all' | readonly string[]

/** A release that the site shall fetch before anybody asks. */
export type WarmOrder = {
  readonly id: string
  /** As it was asked for: `demo@testing`. */
  readonly reference: string
  /** What that meant then: `demo@3`. */
  readonly release: string
  /** Milliseconds since 1970, as the others. */
  readonly orderedAt: number
  readonly orderedBy: string
  readonly isCancelled: boolean
}

/** The one token that lets a site join; only its digest is kept. */
export type SiteToken = {
  /** SHA-256 of the token, in hexadecimal digits. */
  readonly hash: string
  readonly expiresAt: number
}

/** Boot services on a network of their own that gets from this platform what to boot, and the bytes of it. */
export type Site = {
  readonly id: string
  readonly name: string
  readonly images: SiteImages
  /** The id of the site that it asks instead of this platform. */
  readonly via: string | undefined
  readonly createdAt: number
  readonly createdBy: string
  /** Until it is used. */
  readonly token: SiteToken | undefined
  readonly joinedAt: number | undefined
  readonly certificateSerial: string | undefined
  readonly revokedAt: number | undefined
  readonly settings: SiteSettings
  /** The newest last. */
  readonly warm: readonly WarmOrder[]
  readonly lastContactAt: number | undefined
  /** What it last told of itself. */
  readonly report: SiteReport | undefined
}

/** `null` takes a limit back; an absent key stays. */
export type SiteChange = {
  readonly images?: SiteImages | undefined
  readonly pin?: readonly string[] | undefined
  readonly unpin?: readonly string[] | undefined
  readonly settings?:
    | {
        readonly [K in keyof Omit<SiteSettings, 'pins'>]?: SiteSettings[K] | null | undefined
      }
    | undefined
}

export const mostPins = 100

/** The settings after a change. @throws {PinsFull} */
export function changedSettings(before: SiteSettings, change: SiteChange): SiteSettings {
  const { pin = [], unpin = [], settings = {} } = change
  const pins = [...new Set([...before.pins, ...pin])].filter((reference) => !unpin.includes(reference))
  if (pins.length > mostPins) throw new PinsFull()
  const given = Object.entries(settings).filter(([, value]) => value !== undefined)
  const kept = Object.entries({ ...before, ...Object.fromEntries(given) }).filter(
    ([, value]) => value !== null,
  )
  return { ...usualSettings, ...Object.fromEntries(kept), pins }
}

/** Whether the site may have releases of this image. */
export const mayHave = ({ images }: Pick<Site, 'images'>, image: string): boolean =>
  images === 'all' || images.includes(image)

export class SiteNotFound extends Error {
  override readonly name = 'SiteNotFound'
  readonly code = 'site_not_found'

  constructor(site: string) {
    super(`There is no site ${site}; "bootcast site list" shows them.`)
  }
}

export class SiteExists extends Error {
  override readonly name = 'SiteExists'
  readonly code = 'site_exists'

  constructor(site: string) {
    super(`There is a site ${site} already. Revoke it first, or choose another name.`)
  }
}

export class SiteRevoked extends Error {
  override readonly name = 'SiteRevoked'
  readonly code = 'site_revoked'

  constructor(site: string) {
    super(`The site ${site} was revoked. Add it anew for a new certificate.`)
  }
}

export class SiteInUse extends Error {
  override readonly name = 'SiteInUse'
  readonly code = 'site_in_use'

  constructor(site: string, by: string) {
    super(`The site ${by} asks ${site} instead of this platform. Remove ${by} first.`)
  }
}

export class WarmOrderNotFound extends Error {
  override readonly name = 'WarmOrderNotFound'
  readonly code = 'warm_order_not_found'

  constructor(site: string) {
    super(`The site ${site} has no such order.`)
  }
}

export class PinsFull extends Error {
  override readonly name = 'PinsFull'
  readonly code = 'pins_full'

  constructor() {
    super(`A site has ${mostPins} pins at most. Take some back first.`)
  }
}
