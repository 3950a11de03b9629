import { z } from 'zod'
import { digestSchema, fileNameSchema, imageNameSchema, timeSchema } from './common.ts'
import { releaseSchema, targetChannelSchema } from './images.ts'
import { problemSchema } from './problems.ts'

const idSchema = z.string().regex(/^[0-9a-f]{32}$/, 'the id of an upload or a publication')
const pathSchema = z.string().min(1).max(200)
const roleSchema = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, 'a-z 0-9 -, beginning with a letter')

/** An upload that is not finished, or not published: `docs/protocols/uploads.md`. */
export const uploadSchema = z.object({
  id: idSchema,
  name: z.string(),
  size: z.int(),
  offset: z.int().describe('Bytes that are here'),
  key: z.string().describe('What its client knows it by'),
  expiresAt: timeSchema,
})
export type PendingUpload = z.infer<typeof uploadSchema>

const registryAccessSchema = z
  .strictObject({
    plainHttp: z.boolean().optional().describe('HTTP instead of HTTPS'),
    user: z.string().min(1).max(255).optional(),
    password: z.string().min(1).max(8192).optional(),
  })
  .describe('How to talk to the registry of an oci address; used for this publication and not kept')

/** What a release is made of: a finished upload, a file that is here already, or an address. */
export const publishInputSchema = z.object({
  input: z.union([
    z.strictObject({ upload: idSchema, digest: digestSchema.optional() }),
    z.strictObject({ blob: digestSchema, name: fileNameSchema }),
    z.strictObject({
      url: z.url().max(2000).describe('Of a file (http, https, s3) or of a place in a registry (oci)'),
      digest: digestSchema.optional().describe('Of the file; for oci that of its manifest'),
      registry: registryAccessSchema.optional(),
    }),
  ]),
  channel: targetChannelSchema,
  recipe: z.string().max(64).optional().describe('The recipe, when several fit or none is found'),
  cmdline: z.string().max(2000).optional().describe('Further words of the command line, after the recipe’s'),
  byHand: z
    .object({
      kernel: pathSchema,
      initrds: z.array(pathSchema).max(16).default([]),
      files: z.record(roleSchema, pathSchema).default({}).describe('{{role}} of the command line → path'),
      cmdline: z.string().max(4096).default(''),
    })
    .optional()
    .describe('How it boots, when no recipe knows: paths within the input'),
})
export type PublishInput = z.input<typeof publishInputSchema>

export const stages = ['fetch', 'digest', 'read', 'recognise', 'verify', 'publish'] as const

/** A release being made. */
export const publicationSchema = z.object({
  id: idSchema,
  image: imageNameSchema,
  channel: z.string().optional().describe('That will follow the release. Absent: none'),
  input: z.object({
    name: z.string().describe('Of the file, or its address without what stands behind a question mark'),
    upload: idSchema.optional(),
    blob: digestSchema.optional().describe('The input itself, as soon as it is in the store'),
  }),
  startedAt: timeSchema,
  state: z.enum(['waiting', 'running', 'done', 'failed']),
  stage: z.enum(stages).optional(),
  done: z.int().optional().describe('Bytes of the stage'),
  total: z.int().optional(),
  release: releaseSchema.optional(),
  problem: problemSchema.optional(),
})
export type Publication = z.infer<typeof publicationSchema>
export const publicationIdSchema = idSchema
