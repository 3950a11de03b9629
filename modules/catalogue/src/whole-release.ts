import { netbootConfigSchema } from '@bootcast/image'
import { z } from 'zod'
import type { WholeRelease } from './release.ts'

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/)
const bytes = z.int().min(0)

/** A release as it is told to others. */
export const wholeReleaseSchema: z.ZodType<WholeRelease> = z.strictObject({
  image: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}$/),
  number: z.int().min(1).max(999_999_999),
  createdAt: z.number(),
  createdBy: z.string().max(256),
  variants: z
    .array(
      z.strictObject({
        config: netbootConfigSchema,
        files: z
          .array(
            z.strictObject({
              role: z.string().max(64),
              name: z.string().max(255),
              digest,
              size: bytes,
              blob: digest,
              offset: bytes,
            }),
          )
          .max(64),
        tree: digest.optional(),
      }),
    )
    .min(1)
    .max(64)
    .transform((variants) => variants.map((variant) => ({ ...variant, tree: variant.tree }))),
  blobs: z.array(z.strictObject({ digest, size: bytes, chunkMap: digest.exactOptional() })).max(4096),
})
