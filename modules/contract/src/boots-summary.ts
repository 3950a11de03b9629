import { z } from 'zod'
import { imageNameSchema, macSchema, timeSchema } from './common.ts'

const boots = z.int()
const bytes = z.int()

/** Of boots that began in a time. A boot that ended well has started its system, or says that it is done. */
const sums = {
  boots: boots.describe('How many began'),
  succeeded: boots.describe('`started` or `done`'),
  failed: boots,
  bytes: bytes.describe('Sent to the machines'),
}

export const bootsSummarySchema = z.object({
  since: timeSchema.describe('What is counted began then or later: as asked for, or 31 days ago'),
  until: timeSchema,
  knownSince: timeSchema
    .optional()
    .describe('When the oldest boot that is known at all began; earlier ones are forgotten. Absent: none is'),
  ...sums,
  states: z.object({
    booting: boots,
    waiting: boots,
    started: boots,
    done: boots,
    failed: boots,
    abandoned: boots,
  }),
  successRate: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe('The share that succeeded of those that succeeded or failed; absent: of none is it known'),
  hours: z
    .array(z.object({ at: timeSchema, ...sums, siteBytes: bytes.describe('Of `bytes`, sent by sites') }))
    .describe('Each hour from `since` on, also those in which nothing began'),
  sites: z
    .array(
      z.object({
        site: z.string().optional().describe('Absent: the platform itself'),
        ...sums,
        saved: z
          .object({
            servedBytes: bytes.describe('Sent to machines since its cache was made'),
            savedBytes: bytes.describe('Of these, what did not go over the line to the site'),
          })
          .optional()
          .describe('As the site told last, of all time; absent: it has told nothing'),
      }),
    )
    .describe('The platform first, then sites by name: those with boots, and those that saved something'),
})
export type BootsSummary = z.infer<typeof bootsSummarySchema>

export const bootsSummaryQuerySchema = z.object({
  since: timeSchema.optional().describe('At most 31 days ago; absent: 24 hours ago'),
  machine: macSchema.optional().describe('Boots of this machine'),
  image: imageNameSchema.optional().describe('Boots of releases of this image'),
  site: z.string().min(1).max(63).optional().describe('Boots of machines at this site'),
})
