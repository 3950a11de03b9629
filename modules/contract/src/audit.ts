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
  who: z.string().max(256).optional(),
})
