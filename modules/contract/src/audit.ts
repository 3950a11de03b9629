import { z } from 'zod'
import { timeSchema } from './common.ts'

/** One thing that was let happen, or that was not. */
export const auditEntrySchema = z.object({
  id: z.string(),
  at: timeSchema,
  who: z.string().describe('A user; empty: nobody that is known'),
  action: z.string().describe('A call of the API, or what a machine wanted'),
  about: z.string().describe('What it was done to'),
  from: z.string().optional().describe('The address of the other end'),
  because: z.string().optional(),
  refused: z.boolean().describe('It was not let happen'),
})
export type AuditEntry = z.infer<typeof auditEntrySchema>

export const auditQuerySchema = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  after: z.string().max(64).optional(),
  since: timeSchema.optional(),
  until: timeSchema.optional().describe('Before this time'),
  who: z.string().max(256).optional().describe('This user; empty: nobody that is known'),
  action: z.string().max(64).optional().describe('This action, to the letter'),
  about: z.string().max(256).optional().describe('A part of what it was done to, in any case of its letters'),
  refused: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .optional()
    .describe('Only what was refused, or only what was not'),
})
