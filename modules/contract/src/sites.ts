import { z } from 'zod'
import { imageNameSchema, imageReferenceSchema, siteNameSchema, timeSchema } from './common.ts'

/** By its name; a site that was revoked also by its id. */
export const siteParamsSchema = z.object({ name: siteNameSchema })

const seconds = (least: number, most: number) => z.int().min(least).max(most)
const perSecond = z.int().min(1_000).max(1_000_000_000_000)
const day = 24 * 60 * 60

const clockSchema = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day such as 22:00')
const scheduleSchema = z
  .object({ from: clockSchema, to: clockSchema })
  .refine(({ from, to }) => from !== to, 'from and to are the same')
  .describe('By the clock of the site; over midnight where from is later than to')

const imagesSchema = z.union([z.literal('all'), z.array(imageNameSchema).min(1).max(500)])

/** What is decided about a site here. What is absent has no limit. */
const limitsShape = {
  quotaBytes: z.int().min(1_000_000).max(Number.MAX_SAFE_INTEGER).describe('Of its cache'),
  wanBytesPerSecond: perSecond.describe('What it takes from this platform, or the site before it'),
  mostBoots: z.int().min(1).max(1_000_000).describe('Machines that fetch at once; further ones wait'),
  clientBytesPerSecond: perSecond.describe('To one machine'),
  totalBytesPerSecond: perSecond.describe('To all machines together'),
  schedule: scheduleSchema.describe('When it fetches what is ordered and pinned. Absent: at any time'),
} as const
const timesShape = {
  lifeSeconds: seconds(600, 366 * day).describe('How long it goes on by itself while the platform is away'),
  graceSeconds: seconds(0, 366 * day).describe(
    'How long after their last sign-in at the site people sign in there while the platform is away. 0: not at all',
  ),
} as const

export const siteSettingsSchema = z.object({
  ...z.object(limitsShape).partial().shape,
  ...timesShape,
  pins: z
    .array(imageReferenceSchema)
    .describe('It fetches where these point and keeps that, whatever the quota says'),
})
export type SiteSettings = z.infer<typeof siteSettingsSchema>

/** `null` takes a setting back, an absent key leaves it. */
export const siteChangeSchema = z.object({
  images: imagesSchema.optional().describe('Which it may have and offer'),
  pin: z.array(imageReferenceSchema).max(100).optional(),
  unpin: z.array(imageReferenceSchema).max(100).optional(),
  quotaBytes: limitsShape.quotaBytes.nullable().optional(),
  wanBytesPerSecond: limitsShape.wanBytesPerSecond.nullable().optional(),
  mostBoots: limitsShape.mostBoots.nullable().optional(),
  clientBytesPerSecond: limitsShape.clientBytesPerSecond.nullable().optional(),
  totalBytesPerSecond: limitsShape.totalBytesPerSecond.nullable().optional(),
  schedule: limitsShape.schedule.nullable().optional(),
  lifeSeconds: timesShape.lifeSeconds.nullable().optional(),
  graceSeconds: timesShape.graceSeconds.nullable().optional(),
})
export type SiteChange = z.infer<typeof siteChangeSchema>

/** Something that a site shall fetch before anybody asks. */
export const warmOrderSchema = z.object({
  id: z.string(),
  reference: imageReferenceSchema,
  release: z.string().describe('What the reference meant when it was ordered: `demo@3`'),
  state: z
    .enum(['ordered', 'waiting', 'fetching', 'done', 'failed', 'cancelled'])
    .describe('ordered: the site has not said anything of it. waiting: for its hours, or its turn'),
  doneBytes: z.int(),
  totalBytes: z.int().describe('0: not known yet'),
  error: z.string().optional().describe('Why it failed'),
  orderedAt: timeSchema,
  orderedBy: z.string(),
})
export type WarmOrder = z.infer<typeof warmOrderSchema>

export const siteStateSchema = z.enum(['waiting to join', 'connected', 'away', 'revoked'])

/** What it tells of itself is shown as told, and of its last contact. */
export const siteSchema = z.object({
  id: z.string(),
  name: siteNameSchema,
  images: imagesSchema.describe('Which it may have and offer'),
  via: siteNameSchema.optional().describe('The site that it asks instead of this platform'),
  state: siteStateSchema.describe('away: since `lastContactAt`'),
  createdAt: timeSchema,
  createdBy: z.string(),
  tokenExpiresAt: timeSchema.optional().describe('Until then it may join by the token that was not used yet'),
  joinedAt: timeSchema.optional(),
  revokedAt: timeSchema.optional(),
  lastContactAt: timeSchema.optional(),
  version: z.string().optional(),
  settings: siteSettingsSchema,
  cache: z
    .object({
      bytes: z.int(),
      quotaBytes: z.int().describe('What it keeps to: less than what is set where its disk is smaller'),
      releases: z.array(
        z.object({
          release: z.string(),
          bytes: z.int(),
          isPinned: z.boolean(),
          lastUsedAt: timeSchema.optional(),
        }),
      ),
    })
    .optional(),
  served: z
    .object({
      bytes: z.int().describe('Sent to machines since its cache was made'),
      hitRate: z
        .number()
        .min(0)
        .max(1)
        .describe('The share of these that were there before they were asked for'),
      wanBytes: z.int().describe('Fetched for that, as they went over the line'),
      savedBytes: z.int().describe('What did not go over the line'),
    })
    .optional(),
  boots: z.object({ running: z.int(), queued: z.int() }).optional(),
  warm: z.array(warmOrderSchema).describe('The newest last'),
  health: z.object({ problems: z.array(z.string()).describe('In words for people; none: it is well') }),
})
export type Site = z.infer<typeof siteSchema>

export const newSiteSchema = z.object({
  name: siteNameSchema,
  images: imagesSchema.default('all').describe('Which it may have and offer'),
  via: siteNameSchema.optional().describe('The site that it asks instead of this platform'),
})
export type NewSite = z.input<typeof newSiteSchema>

/** Who signs certificates and policies of sites. */
export const siteAuthoritySchema = z.object({
  fingerprint: z.string().describe('Of the one that signs: it stands in join tokens'),
  next: z.string().optional().describe('Of the one that signs after the switch-over; sites trust it already'),
})
export type SiteAuthority = z.infer<typeof siteAuthoritySchema>

export const authorityStepSchema = z.enum(['prepare', 'switch-over'])

/** A site and what lets it join, once. */
export const siteJoinSchema = z.object({
  site: siteSchema,
  join: z.object({
    command: z.string().describe('To be run at the site'),
    token: z.string().describe('Shown only this once; good for one site, once'),
    expiresAt: timeSchema,
  }),
})
export type SiteJoin = z.infer<typeof siteJoinSchema>
