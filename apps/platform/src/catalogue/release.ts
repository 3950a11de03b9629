import type { Architecture } from '@bootcast/boot'

/** A file of a release: bytes by digest, and the name under which machines see them. */
export type ReleaseFile = { readonly name: string; readonly digest: string; readonly size: number }

/** One immutable version of an image. */
export type Release = {
  readonly image: string
  readonly number: number
  readonly architecture: Architecture
  readonly kernel: ReleaseFile
  readonly initrds: readonly ReleaseFile[]
  readonly cmdline: string
  /** Milliseconds since 1970. */
  readonly createdAt: number
  readonly createdBy: string
}

export type NewRelease = Omit<Release, 'number'>

export type Image = {
  readonly name: string
  readonly createdAt: number
  readonly isDefault: boolean
  /** How many machines are assigned to it. */
  readonly machines: number
  readonly newest: Release | undefined
}

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

export class ImageInUse extends Error {
  override readonly name = 'ImageInUse'
  readonly code = 'image_in_use'

  constructor(image: string, by: string) {
    super(`The image ${image} is used by ${by}. Give them another image first.`)
  }
}
