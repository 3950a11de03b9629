import { z } from 'zod'

const bytes = z.int().min(0)
const releaseSchema = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}@[1-9][0-9]{0,8}$/, 'a release: demo@3')

/**
 * What a site tells of itself now and then. It is hearsay: shown to people, and nothing is decided by it. Keys that
 * this version does not know are left out, so that a newer site may tell more.
 */
export const siteReportSchema = z.object({
  version: z.string().min(1).max(64),
  /** Milliseconds since 1970, by the clock of the site. */
  startedAt: z.int().min(0),
  cache: z.object({
    bytes,
    /** What it keeps to: the quota, or less where its disk is smaller. */
    quotaBytes: bytes,
    /** Releases with bytes here, those used last first. */
    releases: z
      .array(
        z.object({
          release: releaseSchema,
          bytes,
          isPinned: z.boolean(),
          lastUsedAt: z.int().min(0).optional(),
        }),
      )
      .max(500),
  }),
  /** Since its cache was made, over restarts. */
  served: z.object({
    /** Sent to machines. */
    bytes,
    /** Of these, those that were here before the machine asked. */
    cachedBytes: bytes,
    /** Fetched from the upstream, as they went over the line. */
    wanBytes: bytes,
  }),
  boots: z.object({ running: z.int().min(0), queued: z.int().min(0) }),
  warm: z
    .array(
      z.object({
        id: z.string().min(1).max(64),
        state: z.enum(['waiting', 'fetching', 'done', 'failed']),
        doneBytes: bytes,
        totalBytes: bytes,
        error: z.string().max(500).optional(),
      }),
    )
    .max(100),
  /** What does not work there, in words for people. */
  problems: z.array(z.string().min(1).max(500)).max(20),
})
export type SiteReport = z.infer<typeof siteReportSchema>
