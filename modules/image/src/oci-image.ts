import { z } from 'zod'

/** A container image has at most so many layers; runtimes take 127. */
const layerLimit = 256

const descriptorSchema = z.object({
  mediaType: z.string().optional(),
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  size: z.int().min(0).optional(),
  platform: z.object({ architecture: z.string(), os: z.string() }).partial().optional(),
})
export type ImageDescriptor = z.infer<typeof descriptorSchema>

/** OCI image-spec 1.1 and Docker's manifest list: images of several platforms. */
export const imageIndexSchema = z.object({ manifests: z.array(descriptorSchema).min(1).max(1000) })
/** OCI image-spec 1.1 and Docker's schema 2: what one image is made of. */
export const imageManifestSchema = z.object({
  mediaType: z.string().optional(),
  artifactType: z.string().optional(),
  config: descriptorSchema.optional(),
  layers: z.array(descriptorSchema).max(layerLimit),
})
export type ImageManifest = z.infer<typeof imageManifestSchema>

/** Of several platforms the first; attestations that BuildKit puts beside them have the platform `unknown`. */
export function chosenImage(manifests: readonly ImageDescriptor[]): ImageDescriptor | undefined {
  return manifests.find(({ platform }) => platform?.os !== 'unknown') ?? manifests[0]
}

/** An index may hold an index; nobody nests deeper. */
export const indexDepthLimit = 4
