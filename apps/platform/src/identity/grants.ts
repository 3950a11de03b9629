import type { NamePage } from './identity-store.ts'

/** Who may boot an image, besides those whose role boots every image. */
export type Grants = {
  /** Everybody who signs in. */
  readonly everyone: boolean
  readonly users: readonly string[]
  readonly groups: readonly string[]
}

export type GrantsOfImage = Grants & { readonly image: string }

/** What is not named stays as it is. */
export type GrantsChange = {
  readonly everyone?: boolean | undefined
  readonly allow?: Omit<Grants, 'everyone'> | undefined
  readonly disallow?: Omit<Grants, 'everyone'> | undefined
}

/** One suite for all implementations: `testing/grant-store-contract.ts`. */
export interface GrantStore {
  /** By name. @throws {ImageNotFound} */
  grantsOf(image: string): Promise<Grants>
  /** Of the images after the name `after`, `limit` at most, by name. */
  listGrants(
    page: NamePage,
  ): Promise<{ readonly items: readonly GrantsOfImage[]; readonly next: string | undefined }>
  /** In one transaction. A group need not have anybody in it. @throws {ImageNotFound | UserNotFound} */
  change(image: string, change: GrantsChange): Promise<Grants>
}

/** Who boots what: asked at each sign-in at a boot screen, so it costs two look-ups on indexes. */
export interface BootRights {
  /** Names of the images that a user may boot; none for who is not known or disabled. */
  allowedImages(user: string): Promise<'all' | ReadonlySet<string>>
}
