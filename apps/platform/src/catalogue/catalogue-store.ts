import type {
  BootTest,
  BootTestSummary,
  Channel,
  FileLocation,
  Followers,
  Image,
  NewRelease,
  Release,
  ReleaseBlob,
  ReleaseName,
} from '@bootcast/catalogue'

export type Page<T> = { readonly items: readonly T[]; readonly next: string | undefined }

/** Images, their releases and channels. One suite for all implementations: `testing/catalogue-store-contract.ts`. */
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
  /** The newest release of the same image with a lower number; `undefined`: there is none. */
  numberBefore(release: ReleaseName): Promise<number | undefined>
  /** The release that each of these follows now: `demo`, `demo@testing`, `demo@3`. Those without one are left out. */
  releasesFor(references: readonly string[]): Promise<ReadonlyMap<string, Release>>
  /** Who boots what of an image. @throws {ImageNotFound} */
  followersOf(image: string): Promise<readonly Followers[]>
  /** Points a channel to a release; it is made when it is new. @throws {ImageNotFound | ReleaseNotFound} */
  moveChannel(move: ChannelMove): Promise<Channel>
  /** Back to what it pointed to before, as often as asked. @throws {ImageNotFound | ChannelNotFound | NothingBefore} */
  rollBack(move: Omit<ChannelMove, 'number'>): Promise<Channel>
  /** @throws {ImageNotFound | ChannelNotFound | ImageInUse} */
  removeChannel(image: string, channel: string): Promise<void>
  /** How many releases stay beside those in use; `undefined`: all. @throws {ImageNotFound} */
  keep(image: string, releases: number | undefined): Promise<void>
  /**
   * Releases that are beyond what their image keeps and that nothing follows, oldest first. Of each channel, the one it
   * pointed to before stays, too, for a roll-back.
   */
  superfluous(): Promise<readonly ReleaseName[]>
  /** @throws {ImageNotFound | ReleaseNotFound | ReleaseInUse} */
  removeRelease(image: string, number: number): Promise<void>
  /** Its releases go with it; its numbers are never used again. @throws {ImageNotFound | ImageInUse} */
  removeImage(name: string): Promise<void>
  /** Where the bytes of a file lie when a published release has it. */
  findFile(digest: string): Promise<FileLocation | undefined>
  /** True when a published release has the tree. */
  hasTree(digest: string): Promise<boolean>
  /** True when a published release needs the blob, other than `but`. */
  needsBlob(digest: string, but?: readonly ReleaseName[]): Promise<boolean>
  /** Names of the images with a release that needs the blob, also as a chunk map. */
  imagesWithBlob(digest: string): Promise<readonly string[]>
  /** All blobs of each of these by its name, `demo@3`. Those that are not there are left out. */
  blobsOf(releases: readonly ReleaseName[]): Promise<ReadonlyMap<string, readonly ReleaseBlob[]>>
  /** Keeps how a release booted in a test; the last one for each firmware. @throws {ImageNotFound | ReleaseNotFound} */
  recordTest(release: ReleaseName, test: BootTest): Promise<void>
  /** The tests of an image's releases by number. */
  testsOf(image: string): Promise<ReadonlyMap<number, readonly BootTestSummary[]>>
  /** The tests of each of these releases by its name, `demo@3`. */
  testsFor(releases: readonly ReleaseName[]): Promise<ReadonlyMap<string, readonly BootTestSummary[]>>
  /** `undefined`: it was not tested on that firmware. */
  findTest(release: ReleaseName, firmware: string): Promise<BootTest | undefined>
  /** An image reference. */
  defaultImage(): Promise<string | undefined>
  /** @throws {ImageNotFound | ChannelNotFound | ReleaseNotFound} */
  setDefaultImage(reference: string | undefined): Promise<void>
}

export type ChannelMove = {
  readonly image: string
  readonly channel: string
  readonly number: number
  /** Milliseconds since 1970. */
  readonly at: number
  readonly by: string
}
