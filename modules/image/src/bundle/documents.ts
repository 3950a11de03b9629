import { z } from 'zod'

/** Media types of `docs/protocols/bundle.md`. */
export const mediaTypes = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  release: 'application/vnd.bootcast.release.v1+json',
  netboot: 'application/vnd.bootcast.netboot.v1+json',
  file: 'application/vnd.bootcast.file.v1',
  treeTable: 'application/vnd.bootcast.tree.v1+json',
  treeBlob: 'application/vnd.bootcast.tree.blob.v1',
  signature: 'application/vnd.bootcast.signature.v1+json',
  envelope: 'application/vnd.dsse.envelope.v1+json',
  empty: 'application/vnd.oci.empty.v1+json',
} as const

export const annotations = {
  image: 'com.bootcast.image',
  number: 'com.bootcast.release',
  role: 'com.bootcast.role',
  title: 'org.opencontainers.image.title',
  created: 'org.opencontainers.image.created',
  refName: 'org.opencontainers.image.ref.name',
} as const

const digestSchema = z.string().regex(/^sha256:[0-9a-f]{64}$/)
const notesSchema = z.record(z.string(), z.string()).default({})

export const descriptorSchema = z.object({
  mediaType: z.string(),
  digest: digestSchema,
  size: z.int().min(0),
  artifactType: z.string().optional(),
  annotations: notesSchema.optional(),
})
export type Descriptor = z.infer<typeof descriptorSchema>

/** index.json of an OCI image layout, and the index of a release. */
export const indexSchema = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.literal(mediaTypes.index).optional(),
  artifactType: z.string().optional(),
  manifests: z.array(descriptorSchema).max(64),
  annotations: notesSchema,
})

export const manifestSchema = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.literal(mediaTypes.manifest),
  artifactType: z.string(),
  config: descriptorSchema,
  layers: z.array(descriptorSchema).max(10_000),
  subject: descriptorSchema.optional(),
  annotations: notesSchema,
})
export type Manifest = z.infer<typeof manifestSchema>

/** Where a blob lies in an OCI image layout. */
export const blobPath = (digest: string): string => `blobs/${digest.replace(':', '/')}`
