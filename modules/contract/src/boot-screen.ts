import { z } from 'zod'
import { imageReferenceSchema, macSchema, timeSchema } from './common.ts'

/** What stands on a machine's screen; any case, with or without the hyphen. */
export const bootCodeSchema = z
  .string()
  .max(32)
  .transform((text) => text.toUpperCase().replace(/[^A-Z]/g, ''))
  .refine((text) => /^[B-DF-HJ-NP-TV-XZ]{8}$/.test(text), 'a code such as KQTF-RXMP')

/** A machine that shows a sign-in code. What it says of itself is hearsay. */
export const shownCodeSchema = z.object({
  code: z.string(),
  mac: z.string(),
  address: z.string().describe('Where it asks from'),
  site: z.string().optional().describe('The site whose network that is. Absent: that of the platform'),
  manufacturer: z.string().optional(),
  product: z.string().optional(),
  serial: z.string().optional(),
  expiresAt: timeSchema,
  images: z
    .array(z.object({ image: z.string(), text: z.string(), unfit: z.string().optional() }))
    .describe('What you may boot there'),
})
export type ShownCode = z.infer<typeof shownCodeSchema>

export const approvalSchema = z.object({
  image: imageReferenceSchema.optional().describe('Boots at once. Absent: the menu is shown'),
})

export const explainQuerySchema = z.object({
  mac: macSchema,
  address: z.ipv4().optional().describe('Absent: the last that is known'),
  user: z.string().max(128).optional().describe('As if this user had signed in at its screen'),
  image: imageReferenceSchema.optional().describe('As if this had been picked there'),
})

/** What a machine would get now, and why: the rules that were asked, in their order; the last one decided. */
export const explanationSchema = z.object({
  mac: z.string(),
  does: z.enum(['boot', 'local-disk', 'menu', 'sign-in', 'wait', 'refuse']),
  release: z.string().optional().describe('demo@3'),
  because: z.string(),
  rules: z.array(z.object({ rule: z.string(), decided: z.boolean(), because: z.string() })),
  openings: z.array(
    z.object({
      id: z.string(),
      image: z.string(),
      boot: z.boolean(),
      counts: z.boolean(),
      because: z.string().optional(),
    }),
  ),
})
export type Explanation = z.infer<typeof explanationSchema>
