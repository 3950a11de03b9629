import { z } from 'zod'
import { bytes, digest, imageName, keyed, line, millis, opaque, role } from './words.ts'

const file = z.object({
  role,
  name: line(256),
  digest,
  size: bytes,
  blob: digest,
  offset: bytes,
})

/** How a variant boots, as image's `netboot.json` says; it goes through as it is. */
const config = opaque(128 * 1024)

const variant = keyed(z.object({ config, files: z.array(file).max(64), tree: digest.optional() }), ['tree'])

/** A blob that a release needs. `chunkMap`: the digest of its chunk map, a blob as well. */
export const releaseBlobSchema = z.object({ digest, size: bytes, chunkMap: digest.exactOptional() })

/** A release with all its blobs: what a site needs to boot it, and to fetch it before anybody asks. */
export const siteReleaseSchema = z.object({
  image: imageName,
  number: z.int().min(1),
  variants: z.array(variant).max(64),
  createdAt: millis,
  createdBy: line(256),
  blobs: z.array(releaseBlobSchema).max(256),
})
export type SiteRelease = z.output<typeof siteReleaseSchema>

/** Where the bytes of a file are. */
export const placeSchema = z.object({
  blob: digest,
  offset: bytes,
  size: bytes,
  /** Of the blob. */
  blobSize: bytes,
  chunkMap: digest.exactOptional(),
})
export type Place = z.output<typeof placeSchema>
