import { z } from 'zod'
import { channelNameSchema, imageNameSchema, timeSchema } from './common.ts'
import { targetChannelSchema } from './images.ts'

export const sourceNameSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,31}$/, '1 to 32 of a-z 0-9 -, beginning with a letter or digit')

export const sourceKinds = ['uforge', 'bootcast', 'oci'] as const

/** Who signs in there is told apart from the address, so that no password is ever part of it. */
const originSchema = z
  .url({ protocol: /^https?$/ })
  .max(500)
  .refine((text) => {
    const url = URL.parse(text)
    return url !== null && url.username + url.password + url.search + url.hash === ''
  }, 'must be http:// or https:// without a user, a question mark or a hash in it')

const registryPlaceSchema = z
  .string()
  .max(500)
  .regex(
    /^oci:\/\/[A-Za-z0-9.:[\]-]+\/[a-z0-9]+([._/-]+[a-z0-9]+)*$/,
    'must be a place in a registry without a tag, such as oci://registry.example/team/demo',
  )

const patternSchema = z
  .string()
  .regex(/^[A-Za-z0-9._ *-]{1,128}$/, '1 to 128 of A-Z a-z 0-9 . _ - space, and * for anything')

const day = 24 * 60 * 60
const secretSchema = z.string().min(1).max(8192)
const personSchema = z.string().min(1).max(255)

const ofEach = {
  name: sourceNameSchema,
  only: z
    .array(patternSchema)
    .max(20)
    .default([])
    .describe('Names of images (of a registry: tags) that are taken, with * for anything. Empty: all'),
  prefix: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]{0,30}$/, '1 to 31 of a-z 0-9 . _ -, beginning with a letter or digit')
    .optional()
    .describe('Before the names that its images have here'),
  channel: targetChannelSchema.describe('Of the images here: it follows what was taken last. null: none'),
  everySeconds: z
    .int()
    .min(60)
    .max(30 * day)
    .default(900)
    .describe('How often it is looked at'),
} as const

/** The secret is kept encrypted, and told to nobody. */
export const newSourceSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('uforge'),
    url: originSchema.describe('Of the forge, with its root context: https://forge.example/api'),
    user: personSchema,
    apiKey: z.string().min(1).max(255).optional().describe('The public key of a pair. Absent: a password'),
    secret: secretSchema.describe('The password, or the secret key of the pair'),
    signIn: z.boolean().default(false).describe('Users sign in here with their account there'),
    ...ofEach,
  }),
  z.strictObject({
    kind: z.literal('bootcast'),
    url: originSchema,
    secret: secretSchema.describe('A token of somebody who sees images there'),
    follow: channelNameSchema.default('stable').describe('The channel there whose releases are taken'),
    ...ofEach,
  }),
  z.strictObject({
    kind: z.literal('oci'),
    url: registryPlaceSchema,
    user: personSchema.optional(),
    secret: secretSchema.optional().describe('The password or token of the user'),
    plainHttp: z.boolean().default(false).describe('HTTP instead of HTTPS'),
    image: imageNameSchema.optional().describe('The image here. Absent: the last part of the place'),
    ...ofEach,
  }),
])
export type NewSource = z.input<typeof newSourceSchema>

/** Something that a source has, or had at its last sync. */
const sourceItemSchema = z.object({
  title: z.string().describe('What it is called there'),
  image: z.string().optional(),
  number: z.int().optional().describe('The release that it is here'),
  problem: z.string().optional().describe('Why it is none'),
  at: timeSchema,
})

const progressSchema = z.object({
  startedAt: timeSchema,
  item: z.string().optional().describe('What is being fetched'),
  stage: z.string().optional(),
  done: z.int().optional().describe('Bytes of the stage'),
  total: z.int().optional(),
  itemsDone: z.int(),
  items: z.int().optional().describe('Absent: it is asked what it has'),
})

export const sourceSchema = z.object({
  name: sourceNameSchema,
  kind: z.enum(sourceKinds),
  url: z.string(),
  user: z.string().optional(),
  apiKey: z.string().optional().describe('The public key of the pair'),
  hasSecret: z.boolean(),
  signIn: z.boolean(),
  only: z.array(z.string()),
  prefix: z.string().optional(),
  channel: z.string().optional(),
  follow: z.string().optional(),
  image: z.string().optional(),
  everySeconds: z.int(),
  createdAt: timeSchema,
  createdBy: z.string(),
  lastSyncAt: timeSchema.optional().describe('When the last sync ended'),
  lastSuccessAt: timeSchema.optional(),
  nextSyncAt: timeSchema.optional().describe('Absent: while one runs'),
  problem: z.string().optional().describe('Why the last sync failed'),
  progress: progressSchema.optional().describe('Of the sync that runs'),
  releases: z.int().describe('Of what it has, so many are releases here'),
  refused: z.int().describe('And so many cannot be'),
})
export type Source = z.infer<typeof sourceSchema>

export const sourceDetailSchema = sourceSchema.extend({ items: z.array(sourceItemSchema) })
export type SourceDetail = z.infer<typeof sourceDetailSchema>
