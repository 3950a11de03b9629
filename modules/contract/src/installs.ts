import { z } from 'zod'
import { fileNameSchema, imageNameSchema, macSchema, timeSchema } from './common.ts'
import { labelSchema } from './openings.ts'

export const templateFormatSchema = z.enum([
  'preseed',
  'kickstart',
  'cloud-init',
  'ignition',
  'autoyast',
  'agama',
  'talos',
  'unattend',
  'text',
])

export const variableKindSchema = z.enum([
  'line',
  'text',
  'word',
  'user',
  'hostname',
  'number',
  'address',
  'url',
  'path',
  'hash',
])

/** Name of a template, of a variable, and of a parameter of a recipe. */
export const variableNameSchema = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,31}$/, '1 to 32 of a-z 0-9 -, beginning with a letter')

/** What templates know of every boot. None of it is declared; only `hostname` can be given a value. */
export const builtInVariables = {
  mac: 'hardware address: 52:54:00:12:34:56',
  'mac-hyphens': 'the same as 52-54-00-12-34-56',
  uuid: 'UUID of its firmware',
  serial: 'its serial number',
  address: 'its last IPv4 address',
  hostname: 'its host name: the value hostname, else host- and the hardware address',
  image: 'the image: demo',
  release: 'the release: demo@3',
  platform: 'URL of this platform',
  boot: 'URL of this one boot',
  'phone-home': 'URL that is told how the installation goes',
  tree: 'URL of the files of the image, where it has a tree',
} as const satisfies Record<string, string>

/** What somebody gives a value for. */
export const templateVariableSchema = z.strictObject({
  name: variableNameSchema,
  description: z.string().max(500).default(''),
  kind: variableKindSchema.default('line'),
  choices: z.array(z.string().min(1).max(200)).max(64).default([]).describe('Only these. Empty: any'),
  default: z.string().max(16_384).optional(),
  required: z.boolean().default(false).describe('Without a value nothing boots'),
  secret: z.boolean().default(false).describe('Shown to nobody'),
})
export type TemplateVariable = z.infer<typeof templateVariableSchema>

/** The answers of an installer, or a configuration, with `{{variable}}` where machines differ. */
export const newTemplateSchema = z.strictObject({
  format: templateFormatSchema,
  fetches: z.int().min(1).max(100).default(1).describe('How often a machine may fetch each file in one boot'),
  installs: z
    .boolean()
    .optional()
    .describe('What reads it installs a system on the disk. Absent: what is usual for the format'),
  variables: z.array(templateVariableSchema).max(64).default([]),
  files: z
    .array(z.strictObject({ name: fileNameSchema, text: z.string().max(131_072) }))
    .min(1)
    .max(16)
    .describe('One: the URL is that of the file. Several: that of a folder'),
})
export type NewTemplate = z.input<typeof newTemplateSchema>

export const templateSchema = newTemplateSchema.extend({
  image: imageNameSchema,
  name: variableNameSchema.describe('What {{…}} in a command line stands for it'),
  installs: z.boolean(),
  isNamed: z.boolean().describe('A command line of the release that machines boot now has its name'),
  changedAt: timeSchema,
  changedBy: z.string(),
})
export type Template = z.infer<typeof templateSchema>

/** One of many, without its texts. */
export const templateSummarySchema = templateSchema
  .omit({ files: true, variables: true, fetches: true })
  .extend({ files: z.array(z.string()).describe('Their names') })
export type TemplateSummary = z.infer<typeof templateSummarySchema>

const problemSchema = z.object({
  where: z.string().describe('Template, or template and file'),
  line: z.int().optional().describe('Of the text of the template, from 1'),
  column: z.int().optional().describe('From 1, in UTF-16 units'),
  variable: z.string().optional(),
  message: z.string(),
})

/** What a machine would get; secrets are shown as dots unless they are revealed. */
export const templatePreviewSchema = z.object({
  files: z.array(z.object({ name: z.string(), text: z.string() })),
  problems: z.array(problemSchema).describe('Not empty: the machine waits, and says why'),
  values: z.array(
    z.object({
      name: z.string(),
      secret: z.boolean(),
      value: z.string().optional(),
      from: z.string().describe('machine, label …, image …, default, nowhere'),
    }),
  ),
})
export type TemplatePreview = z.infer<typeof templatePreviewSchema>

/** What is thought of before it is kept. */
export const templateTrialSchema = z.strictObject({
  template: newTemplateSchema,
  mac: macSchema.optional().describe('Also what this machine would get'),
})
export const templateCheckSchema = z.object({
  problems: z.array(problemSchema).describe('Whatever the values are; empty: it can be kept'),
  preview: templatePreviewSchema
    .optional()
    .describe('With `mac`, when it can be kept. Of a secret value it tells only that there is one'),
})
export type TemplateProblem = z.infer<typeof problemSchema>
export type TemplateCheck = z.infer<typeof templateCheckSchema>

export const valueScopeSchema = z.enum(['machine', 'label', 'image'])
export type ValueScope = z.infer<typeof valueScopeSchema>

/** Whose value it is: a hardware address, a label, the name of an image. */
export const valueOwnerSchema = z.object({
  scope: valueScopeSchema,
  of: z.string().max(128),
})
/** How `of` must be written for each scope. */
export const valueOwnerOf = { machine: macSchema, label: labelSchema, image: imageNameSchema } as const

export const valueSchema = z.object({
  scope: valueScopeSchema,
  of: z.string(),
  name: variableNameSchema,
  secret: z.boolean(),
  value: z.string().optional().describe('Absent: secret'),
  setAt: timeSchema,
  setBy: z.string(),
})
export type Value = z.infer<typeof valueSchema>

/** One thing that a machine said of its installation. */
export const phoneLineSchema = z.object({
  at: timeSchema,
  release: z.string(),
  state: z.enum(['done', 'failed', 'log']),
  text: z.string(),
})
