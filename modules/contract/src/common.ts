import { z } from 'zod'

export const digestSchema = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/, 'sha256: and 64 lower-case hexadecimal digits')

/** Lower-case name of an image: part of paths, URLs and scripts. */
export const imageNameSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, '1 to 63 of a-z 0-9 . _ -, beginning with a letter or digit')

/** The name of an image that a file suggests, `Debian-Live-12.iso` → `debian-live-12`; it may not be one that is taken. */
export const suggestedImageName = (fileName: string): string =>
  fileName
    .toLowerCase()
    .replace(/(\.(iso|img|raw|qcow2|vmdk|vhdx?|tar|tgz|gz|xz|zst|bz2|efi|pxe))+$/, '')
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[^a-z0-9]+/, '')
    .slice(0, 63)

/** Name of a channel: a moving pointer to a release, for instance `stable`. Never a number. */
export const channelNameSchema = z
  .string()
  .regex(/^[a-z][a-z0-9._-]{0,31}$/, '1 to 32 of a-z 0-9 . _ -, beginning with a letter')

/** What a machine follows: `demo` (its channel stable), `demo@testing`, or for ever `demo@3`. */
export const imageReferenceSchema = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9._-]{0,62}(@([1-9][0-9]{0,8}|[a-z][a-z0-9._-]{0,31}))?$/,
    'an image, for instance demo, demo@testing (a channel) or demo@3 (a release)',
  )

/** Name of a site, as openings and machines have it. */
export const siteNameSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, '1 to 63 of a-z 0-9 -, beginning with a letter or digit')

/** A file name without a path: what a machine sees at the end of a URL. */
export const fileNameSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._+~-]{0,127}$/,
    '1 to 128 of A-Z a-z 0-9 . _ + ~ -, beginning with a letter or digit',
  )

/** Any usual spelling (colons, hyphens, dots, none); comes out as lower case with colons. */
export const macSchema = z
  .string()
  .max(32)
  .transform((text) => text.toLowerCase().replace(/[:.-]/g, ''))
  .refine((hex) => /^[0-9a-f]{12}$/.test(hex), 'a hardware address such as 52:54:00:12:34:56')
  .transform((hex) => hex.replace(/(..)(?!$)/g, '$1:'))

export const architectureSchema = z.enum([
  'x86_64',
  'i386',
  'arm64',
  'arm32',
  'riscv64',
  'loong64',
  'unknown',
])

/** ISO 8601 in UTC. */
export const timeSchema = z.iso.datetime()

/** Lists come in pages: `next` is the `after` of the next one, absent on the last. */
export const pageQuerySchema = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  after: z.string().max(128).optional(),
})

export const page = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), next: z.string().optional() })
