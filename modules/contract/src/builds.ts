import { z } from 'zod'
import { digestSchema, imageNameSchema, timeSchema } from './common.ts'
import { targetChannelSchema } from './images.ts'
import { problemSchema } from './problems.ts'

/** Name of a builder, as the operator of the platform's host wrote it. */
export const builderNameSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, '1 to 63 of a-z 0-9 -, beginning with a letter or digit')

/** A builder sees `SUITE` as `BUILD_SUITE`: no parameter can be a variable that a program gives a meaning to. */
export const buildParameterNameSchema = z
  .string()
  .regex(/^[A-Z][A-Z0-9_]{0,31}$/, '1 to 32 of A-Z 0-9 _, beginning with a letter')

/** What one parameter may be at all; each says itself what it takes. */
export const buildParameterValueSchema = z
  .string()
  .regex(/^[^\p{Cc}\p{Cs}]{1,200}$/u, '1 to 200 characters, none of them a control character')

const mostParameters = 32
export const buildParametersSchema = z
  .record(buildParameterNameSchema, buildParameterValueSchema)
  .refine((given) => Object.keys(given).length <= mostParameters, `at most ${mostParameters} parameters`)

export const buildIdSchema = z.string().regex(/^[0-9a-z]{12}$/, 'the id of a build')

/** What the operator of the host allows to be run. */
export const builderSchema = z.object({
  name: builderNameSchema,
  kind: z.enum(['command', 'webhook']),
  about: z.string().optional(),
  timeoutSeconds: z.int().describe('It is ended when it takes longer'),
  parameters: z.array(
    z.object({
      name: buildParameterNameSchema,
      about: z.string().optional(),
      choices: z.array(z.string()).optional().describe('Absent: a word of A-Z a-z 0-9 . _ : @ + , = ~ -'),
      default: z.string().optional().describe('Absent: somebody has to give it'),
    }),
  ),
})
export type Builder = z.infer<typeof builderSchema>

export const newBuildPlanSchema = z.strictObject({
  builder: builderNameSchema,
  parameters: buildParametersSchema.default({}),
  channel: targetChannelSchema.describe('That follows what was built; null: none'),
})

/** Which builder makes an image. */
export const buildPlanSchema = z.object({
  image: imageNameSchema,
  builder: builderNameSchema,
  isThere: z.boolean().describe('The platform was started with a builder of that name'),
  parameters: buildParametersSchema,
  channel: z.string().optional(),
  changedAt: timeSchema,
  changedBy: z.string(),
})
export type BuildPlan = z.infer<typeof buildPlanSchema>

export const buildStates = [
  'waiting',
  'running',
  'publishing',
  'done',
  'failed',
  'cancelled',
  'lost',
] as const

/** One run of a builder. */
export const buildSchema = z.object({
  id: buildIdSchema,
  image: imageNameSchema,
  builder: builderNameSchema,
  parameters: buildParametersSchema,
  channel: z.string().optional(),
  state: z
    .enum(buildStates)
    .describe('`waiting` for its turn; `lost`: the platform ended while it ran, and ended it'),
  percent: z.int().min(0).max(100).optional().describe('How far the builder says that it is'),
  note: z.string().optional().describe('What it says that it does'),
  job: z.string().optional().describe('What a webhook calls it'),
  logLength: z.int().describe('Characters that it has written; the last of them are kept'),
  askedAt: timeSchema,
  askedBy: z.string(),
  beganAt: timeSchema.optional(),
  endedAt: timeSchema.optional(),
  release: z.int().optional().describe('The number of the release that was made'),
  problem: problemSchema.optional(),
})
export type Build = z.infer<typeof buildSchema>

export const buildLogSchema = z.object({
  from: z.int().describe('Characters that came before `text`; more than was asked for: they were dropped'),
  text: z.string(),
  next: z.int().describe('What to ask `from` next'),
  isOver: z.boolean().describe('The build has ended: nothing follows'),
})
export type BuildLog = z.infer<typeof buildLogSchema>

/** What the other end of a webhook tells of its job: docs/operate/builds.md. */
export const buildReportSchema = z.strictObject({
  token: z.string().max(128).describe('That the webhook was given'),
  percent: z.number().min(0).max(100).optional(),
  note: z.string().max(1000).optional(),
  log: z.string().max(65_536).optional().describe('Appended to the log'),
  failed: z.string().min(1).max(1000).optional().describe('It failed: why'),
  output: z
    .strictObject({ url: z.url().max(2000), digest: digestSchema })
    .optional()
    .describe('It is done: the file, fetched from the web server of the webhook'),
})
export type BuildReport = z.infer<typeof buildReportSchema>
