import type { NetbootConfig } from '@bootcast/image'

/** A file of a release: the name under which machines see it, and where its bytes lie. */
export type ReleaseFile = {
  /** What the configuration calls it: `kernel`, `initrd1`, `rootfs`. */
  readonly role: string
  readonly name: string
  /** Of these bytes alone. */
  readonly digest: string
  readonly size: number
  /** The blob with the bytes, and where in it they begin; a file of its own is the whole of its blob. */
  readonly blob: string
  readonly offset: number
}

/** Where the bytes of a file lie: in a blob, from a byte on. */
export type FileLocation = { readonly size: number; readonly blob: string; readonly offset: number }

export type ReleaseName = { readonly image: string; readonly number: number }

/** One way to boot a release, for one architecture. */
export type Variant = {
  readonly config: NetbootConfig
  readonly files: readonly ReleaseFile[]
  /** Digest of the tree's table, where machines read more than the files above; see `tree-table.ts`. */
  readonly tree: string | undefined
}

/** A key that signs bundles. */
export type Signer = {
  /** sha256 of the public key, in hexadecimal. */
  readonly key: string
  /** What the platform calls it. */
  readonly name: string
}

/** One immutable version of an image. */
export type Release = {
  readonly image: string
  readonly number: number
  readonly variants: readonly Variant[]
  /** Milliseconds since 1970. */
  readonly createdAt: number
  readonly createdBy: string
  /** Whose signature was verified when it was imported as a bundle; absent: nobody's was. */
  readonly signedBy?: Signer
}

/** A blob that a release needs; `chunkMap`: the digest of its chunk map, a blob as well. */
export type ReleaseBlob = { readonly digest: string; readonly size: number; readonly chunkMap?: string }

/** A release with all that must be fetched for it. */
export type WholeRelease = Omit<Release, 'signedBy'> & { readonly blobs: readonly ReleaseBlob[] }

export type NewRelease = Omit<Release, 'number'> & {
  /** All blobs that the release needs, each once. */
  readonly blobs: readonly ReleaseBlob[]
  /** The channel that follows it; `undefined`: none. */
  readonly channel: string | undefined
}

export type Image = {
  readonly name: string
  readonly createdAt: number
  readonly isDefault: boolean
  /** How many machines are assigned to it. */
  readonly machines: number
  /** How many releases are kept by `garbage.ts` beside those in use; `undefined`: all. */
  readonly keep: number | undefined
  readonly channels: readonly Channel[]
  readonly newest: Release | undefined
}

/** How a release booted when somebody tried it. */
export type BootTest = {
  readonly firmware: string
  readonly passed: boolean
  readonly seconds: number
  /** Milliseconds since 1970. */
  readonly testedAt: number
  readonly testedBy: string
  /** What stood on the serial line. */
  readonly log: string
  /** The screen at the end, a PNG that was checked. */
  readonly screen: Uint8Array | undefined
}

/** A test without what is long of it. */
export type BootTestSummary = Omit<BootTest, 'log' | 'screen'> & { readonly hasScreen: boolean }

/** Who boots what of an image. */
export type Followers = {
  /** A channel or a number, as in a reference; `undefined`: the image as such. */
  readonly follows: string | undefined
  readonly machines: number
  /** Machines that boot it once. */
  readonly nextBoots: number
  readonly openings: number
  /** Machines without an image of their own boot it. */
  readonly isDefault: boolean
}

/** A moving pointer to a release. */
export type Channel = {
  readonly name: string
  readonly number: number
  /** Milliseconds since 1970. */
  readonly movedAt: number
  readonly movedBy: string
  /** What it pointed to before; what a roll-back goes to. */
  readonly previous: number | undefined
}

/** Where machines go that follow an image and name no channel. */
export const usualChannel = 'stable'

export class ImageNotFound extends Error {
  override readonly name = 'ImageNotFound'
  readonly code = 'image_not_found'

  constructor(image: string) {
    super(`There is no image ${image}.`)
  }
}

export class ReleaseNotFound extends Error {
  override readonly name = 'ReleaseNotFound'
  readonly code = 'release_not_found'

  constructor(image: string, number: number) {
    super(`There is no release ${number} of the image ${image}.`)
  }
}

export class ChannelNotFound extends Error {
  override readonly name = 'ChannelNotFound'
  readonly code = 'channel_not_found'

  constructor(image: string, channel: string) {
    super(`The image ${image} has no channel ${channel}.`)
  }
}

export class NothingBefore extends Error {
  override readonly name = 'NothingBefore'
  readonly code = 'nothing_before'

  constructor(image: string, channel: string) {
    super(`The channel ${image}@${channel} has pointed to no other release that is still there.`)
  }
}

export class ImageInUse extends Error {
  override readonly name = 'ImageInUse'
  readonly code = 'image_in_use'

  constructor(image: string, by: string) {
    super(`The image ${image} is used by ${by}. Give them another image first.`)
  }
}

export class ReleaseInUse extends Error {
  override readonly name = 'ReleaseInUse'
  readonly code = 'release_in_use'

  constructor(image: string, number: number, by: string) {
    super(`The release ${number} of ${image} is used by ${by}.`)
  }
}
