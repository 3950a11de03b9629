import { z } from 'zod'
import {
  architectureSchema,
  channelNameSchema,
  digestSchema,
  fileNameSchema,
  imageNameSchema,
  timeSchema,
} from './common.ts'
import { grantsSchema } from './people.ts'

/** A file of a release. */
export const fileSchema = z.object({
  role: z.string().describe('What the way to boot calls it: kernel, initrd1, rootfs'),
  name: fileNameSchema,
  digest: digestSchema,
  size: z.int().min(0).describe('Bytes'),
})
export type ReleaseFile = z.infer<typeof fileSchema>

/** One way to boot a release. */
export const variantSchema = z.object({
  architecture: architectureSchema,
  cpuLevel: z.string().optional().describe('x86-64-v1 to x86-64-v4. Absent: any processor'),
  firmware: z.enum(['bios', 'uefi']).optional().describe('Absent: both'),
  method: z.enum(['linux', 'efi', 'iso', 'wim', 'disk']),
  cmdline: z.string().describe('May hold {{role}}, {{tree}} and {{parameter}}'),
  memory: z.int().optional().describe('Bytes a machine needs. Absent: not known'),
  recognised: z.object({ as: z.string(), because: z.string() }).optional(),
  recipe: z.string().optional().describe('The recipe it was made with'),
  files: z.array(fileSchema),
})
export type Variant = z.infer<typeof variantSchema>

export const testFirmwareSchema = z.enum(['bios', 'uefi'])

/** How a release booted when somebody tried it. */
export const bootTestSchema = z.object({
  firmware: testFirmwareSchema,
  passed: z.boolean(),
  seconds: z.int().min(0),
  testedAt: timeSchema,
  testedBy: z.string(),
  hasScreen: z.boolean().describe('A picture of the screen was taken'),
})
export type BootTest = z.infer<typeof bootTestSchema>

/** A key that signed the bundle a release came as. */
export const signerSchema = z.object({
  key: z.string().describe('sha256 of the public key, as the command lists keys'),
  name: z.string().describe('What the platform calls the key: its file among the trusted keys'),
})

/** The most that a picture of a screen may have, bytes. */
export const mostScreenBytes = 1024 * 1024

/** What somebody who booted a release tells of it. */
export const newBootTestSchema = z.object({
  passed: z.boolean(),
  seconds: z.int().min(0).max(86_400),
  log: z.string().max(60_000).describe('The end of what stood on the serial line'),
  screen: z
    .base64()
    .max(Math.ceil(mostScreenBytes / 3) * 4)
    .optional()
    .describe('The screen at the end: a PNG of at most 1 MiB and 4096 × 4096 points, in base64'),
})

export const bootTestRecordSchema = bootTestSchema.extend({
  log: z.string(),
  screen: z
    .object({ width: z.int(), height: z.int() })
    .optional()
    .describe('The size of the picture of the screen. Absent: none was taken'),
})
export type BootTestRecord = z.infer<typeof bootTestRecordSchema>

/** One immutable version of an image. */
export const releaseSchema = z.object({
  image: imageNameSchema,
  number: z.int().min(1).describe('1, 2, 3…: grows with each release of the image'),
  size: z.int().min(0).describe('Bytes of all its files'),
  variants: z.array(variantSchema).min(1),
  createdAt: timeSchema,
  createdBy: z.string(),
  signedBy: signerSchema
    .optional()
    .describe(
      'The trusted key whose signature was verified when the release was imported as a bundle. Absent: none was',
    ),
  tests: z
    .array(bootTestSchema)
    .optional()
    .describe('The last on each firmware; not where a release stands alone'),
})
export type Release = z.infer<typeof releaseSchema>

const costSchema = z.object({
  size: z.int().min(0).describe('Bytes'),
  fetched: z
    .int()
    .min(0)
    .describe('Bytes of it that the site fetches, before they are compressed on the way'),
})

/** What a release costs a site that has another one of the image, whole. */
export const releaseDifferenceSchema = costSchema.extend({
  image: imageNameSchema,
  number: z.int().min(1),
  from: z.int().optional().describe('The release that the site has. Absent: none, so all is fetched'),
  files: z
    .array(fileSchema.extend({ fetched: costSchema.shape.fetched }))
    .describe('Files of the release, the dearest first, 100 at most; several may lie in the same bytes'),
  rest: costSchema.describe('What is in no file: the rest of the archives they lie in, tables, chunk maps'),
})
export type ReleaseDifference = z.infer<typeof releaseDifferenceSchema>

/** A moving pointer to a release. */
export const channelSchema = z.object({
  name: channelNameSchema,
  number: z.int().min(1),
  movedAt: timeSchema,
  movedBy: z.string(),
  previous: z.int().optional().describe('What a roll-back goes to'),
})
export type Channel = z.infer<typeof channelSchema>

export const imageSchema = z.object({
  name: imageNameSchema,
  createdAt: timeSchema,
  isDefault: z.boolean().describe('Booted by machines that have no image of their own'),
  machines: z.int().describe('How many machines are assigned to it'),
  keep: z.int().optional().describe('Releases kept beside those in use. Absent: all'),
  channels: z.array(channelSchema),
  newest: releaseSchema.optional(),
})
export type Image = z.infer<typeof imageSchema>

/** Who boots what of an image: its usual channel (absent), another channel, or one release for ever. */
export const followersSchema = z.object({
  follows: z.string().optional().describe('A channel or a number. Absent: stable, else the newest release'),
  machines: z.int().describe('Machines assigned to it'),
  nextBoots: z.int().describe('Machines that boot it once, at their next boot'),
  openings: z.int().describe('Openings that are not closed'),
  isDefault: z.boolean().describe('Machines without an image of their own boot it'),
})
export type Followers = z.infer<typeof followersSchema>

export const imageDetailSchema = imageSchema.extend({
  releases: z.array(releaseSchema).describe('Newest first'),
  followers: z.array(followersSchema).describe('Who boots what of it; nothing that nobody follows'),
  grants: grantsSchema.optional().describe('Who may boot it besides publishers and operators'),
})
export type ImageDetail = z.infer<typeof imageDetailSchema>

/** `null`: all releases are kept. */
export const imageChangeSchema = z.object({ keep: z.int().min(1).max(1_000_000).nullable().optional() })

const publishedFileSchema = z.object({ name: fileNameSchema, digest: digestSchema })

/** Where a new release goes: the channel that follows it; `null`: none. */
export const targetChannelSchema = channelNameSchema.nullable().default('stable')

/** The files were uploaded before; Bootcast looks into them and refuses what is no kernel or initrd. */
export const publishSchema = z.object({
  kernel: publishedFileSchema,
  initrds: z.array(publishedFileSchema).max(16).default([]),
  cmdline: z.string().max(4096).default(''),
  channel: targetChannelSchema,
})
export type Publish = z.input<typeof publishSchema>

/** What the garbage collection took, or would take. */
export const garbageSchema = z.object({
  releases: z.array(z.object({ image: imageNameSchema, number: z.int() })),
  blobs: z.int().describe('Files that no release has'),
  bytes: z.int().describe('What they take'),
})
export type Garbage = z.infer<typeof garbageSchema>
