import type { Image, NewRelease, Release } from './release.ts'

export type Page<T> = { readonly items: readonly T[]; readonly next: string | undefined }

/** Images and their releases. One suite for all implementations: `testing/catalogue-store-contract.ts`. */
export interface CatalogueStore {
  /** The release with its number: the next of its image, which is made when it is new. All or nothing, durable. */
  addRelease(release: NewRelease): Promise<Release>
  /** Images by name, `limit` at most, those after the name `after`. */
  listImages(page: { readonly limit: number; readonly after?: string | undefined }): Promise<Page<Image>>
  /** @throws {ImageNotFound} */
  findImage(name: string): Promise<Image>
  /** All releases of an image, newest first. @throws {ImageNotFound} */
  releasesOf(name: string): Promise<readonly Release[]>
  /** @throws {ImageNotFound | ReleaseNotFound} */
  findRelease(name: string, number: number): Promise<Release>
  /** The newest release of each of these images that exists. */
  newestReleases(names: readonly string[]): Promise<ReadonlyMap<string, Release>>
  /** Its releases go with it; its numbers are never used again. @throws {ImageNotFound | ImageInUse} */
  removeImage(name: string): Promise<void>
  /** The size of the file when a published release has it. */
  findFile(digest: string): Promise<{ readonly size: number } | undefined>
  defaultImage(): Promise<string | undefined>
  /** @throws {ImageNotFound} */
  setDefaultImage(name: string | undefined): Promise<void>
}
