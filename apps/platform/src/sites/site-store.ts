import type { SiteReport } from '@bootcast/uplink'
import type { Site, SiteChange, SiteImages, SiteToken, WarmOrder } from './site.ts'

export type NewSite = {
  readonly name: string
  readonly images: SiteImages
  /** The id of the site that it asks instead of this platform. */
  readonly via: string | undefined
  readonly token: SiteToken
  /** Milliseconds since 1970. */
  readonly createdAt: number
  readonly createdBy: string
}

/** A site was heard, and may have told how it is. */
export type SiteContact = {
  readonly id: string
  readonly at: number
  readonly report: SiteReport | undefined
}

export type SiteSignIn = { readonly user: string; readonly at: number }

/** One suite for all implementations: `testing/site-store-contract.ts`. */
export interface SiteStore {
  /** @throws {SiteExists} when one that is not revoked has the name; {SiteNotFound | SiteRevoked} of `via` */
  add(site: NewSite): Promise<Site>
  /** By its id. @throws {SiteNotFound} */
  find(id: string): Promise<Site>
  /** The one of this name that is not revoked; else by its id; else the last that was revoked. @throws {SiteNotFound} */
  byName(nameOrId: string): Promise<Site>
  /** In the order they were added. */
  list(page: { readonly limit: number; readonly after?: string | undefined }): Promise<{
    readonly items: readonly Site[]
    readonly next: string | undefined
  }>
  /** Whether there is one that is not revoked. */
  hasAny(): Promise<boolean>
  /** Of several changes at once none is lost. @throws {SiteNotFound | SiteRevoked | PinsFull} */
  change(id: string, change: SiteChange): Promise<Site>
  /** In the place of the one before. @throws {SiteNotFound | SiteRevoked} */
  newToken(id: string, token: SiteToken): Promise<Site>
  /**
   * Uses up the token: of all who bring it, one gets the site. Durable when fulfilled. `undefined`: it was used, is
   * too old, was replaced, or never was.
   */
  takeToken(hash: string, now: number): Promise<Site | undefined>
  /** It has this certificate from now on. Durable when fulfilled. @throws {SiteNotFound | SiteRevoked} */
  joined(id: string, join: { readonly at: number; readonly certificateSerial: string }): Promise<Site>
  /** The same for the certificate that follows one before it runs out. @throws {SiteNotFound | SiteRevoked} */
  renewed(id: string, certificateSerial: string): Promise<Site>
  /** It gets nothing any more, and its token is worth nothing; durable when fulfilled. @throws {SiteNotFound} */
  revoke(id: string, at: number): Promise<Site>
  /** @throws {SiteNotFound | SiteInUse} */
  remove(id: string): Promise<void>
  /** A record of what happened: may be lost in a power cut. Sites that are gone are left out. */
  saveContacts(contacts: readonly SiteContact[]): Promise<void>
  /** In the place of an older order of the same release; the oldest goes where there are too many. @throws {SiteNotFound | SiteRevoked} */
  orderWarm(id: string, order: Omit<WarmOrder, 'id' | 'isCancelled'>): Promise<WarmOrder>
  /** @throws {SiteNotFound | WarmOrderNotFound} */
  cancelWarm(id: string, order: string): Promise<WarmOrder>
  /** The user has proven through this site who they are; durable when fulfilled. Unknown users are left out. */
  noteSignIn(id: string, user: string, at: number): Promise<void>
  /** Those who may still sign in, each with the last time, by name. */
  signInsSince(id: string, at: number): Promise<readonly SiteSignIn[]>
}
