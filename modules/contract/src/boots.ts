import { z } from 'zod'
import { architectureSchema, imageNameSchema, macSchema, pageQuerySchema, timeSchema } from './common.ts'

/**
 * `booting`; `waiting`: at a menu, a sign-in, or for an image; `started`: the system has all that the loader fetches;
 * `done`: it says that it runs, or the machine was sent to its disk; `failed`; `abandoned`: nobody knows how it went on.
 */
export const bootStateSchema = z.enum(['booting', 'waiting', 'started', 'done', 'failed', 'abandoned'])
export type BootState = z.infer<typeof bootStateSchema>

export const bootCauseSchema = z.object({
  code: z.string().describe('Stable; docs/operate/troubleshooting.md has each'),
  text: z.string().describe('What happened, in plain words'),
  todo: z.string().describe('What to do about it'),
})
export type BootCause = z.infer<typeof bootCauseSchema>

export const bootIdSchema = z.uuid()

/** One boot of one machine. What the machine says of itself is not checked. */
export const bootSchema = z.object({
  id: bootIdSchema,
  mac: z.string(),
  site: z.string().optional().describe('The site that answers the machine; absent: the platform itself'),
  state: bootStateSchema,
  cause: bootCauseSchema.optional().describe('Why it failed or was given up'),
  beganAt: timeSchema,
  lastAt: timeSchema.describe('When something last happened'),
  startedAt: timeSchema.optional().describe('When the system had all that the loader fetches'),
  closedAt: timeSchema.optional().describe('Nothing is added any more'),
  firmware: z.string().optional(),
  architecture: architectureSchema.optional(),
  product: z.string().optional(),
  address: z.string().optional(),
  loader: z.string().optional().describe('Version of the loader, as it says'),
  release: z.string().optional().describe('`demo@3`'),
  user: z.string().optional(),
  bytes: z.int().describe('Sent to it, of all files'),
  events: z.int().describe('How many events its timeline has'),
  dropped: z.int().optional().describe('Events that found no room in its timeline'),
})
export type Boot = z.infer<typeof bootSchema>

const via = z.enum(['dhcp', 'proxy-dhcp', 'pxe'])
const bytes = z.int()
const ms = z.int()

/** What every event has. */
const always = {
  n: z.int().describe('Its place in the timeline; an event that goes on keeps it'),
  at: timeSchema,
  until: timeSchema.optional().describe('When it happened last, or ended'),
  times: z.int().optional().describe('How often; absent: once'),
}

const event = <Kind extends string, Fields extends z.ZodRawShape>(kind: Kind, fields: Fields) =>
  z.object({ kind: z.literal(kind), ...always, ...fields })

/** One line of a timeline. Addresses are dotted, sizes in bytes, `ms` milliseconds. */
export const timelineEventSchema = z.discriminatedUnion('kind', [
  event('discover', {
    via,
    vendorClass: z.enum(['PXEClient', 'HTTPClient']),
    isIpxe: z.boolean(),
    firmware: z.string().optional(),
    architecture: architectureSchema.optional(),
    uuid: z.string().optional(),
    address: z.string().optional(),
  }),
  event('offer', {
    via,
    server: z.string(),
    file: z.string().describe('Empty: an address only'),
    offered: z.string().optional(),
    asksPort4011: z.boolean(),
  }),
  event('ignored', { via, reason: z.string(), detail: z.string().optional() }),
  event('request', {
    via,
    server: z.string().optional(),
    wanted: z.string().optional(),
    isIpxe: z.boolean(),
  }),
  event('other-offer', {
    server: z.string(),
    offered: z.string().optional(),
    file: z.string().optional(),
    fileServer: z.string().optional(),
    isBootServer: z.boolean().optional().describe('It answers as a server for PXE or HTTP Boot'),
  }),
  event('lease', { leased: z.string() }),
  event('address-refused', { why: z.string() }),
  event('system', { vendorClass: z.string().optional() }),
  event('tftp', {
    address: z.string().optional(),
    path: z.string().describe('Of a file of a release: its name'),
    route: z.string().optional().describe('`loader`, `file`…; absent: nobody claims the path'),
    digest: z.string().optional(),
    outcome: z.enum(['running', 'done', 'measured', 'broken-off', 'given-up', 'refused']),
    reason: z.string().optional(),
    bytes,
    size: bytes,
    ms,
    blockSize: z.int(),
    windowSize: z.int(),
    resent: z.int().describe('Packets that were sent once more'),
  }),
  event('first-script', { address: z.string().optional() }),
  event('asked', {
    address: z.string().optional(),
    from: z.string().optional(),
    uuid: z.string().optional(),
    firmware: z.string().optional(),
    architecture: architectureSchema.optional(),
    product: z.string().optional(),
    loader: z.string().optional(),
  }),
  event('decided', {
    decision: z.enum(['boot', 'menu', 'sign-in', 'wait', 'refuse', 'local-disk']),
    because: z.string(),
    release: z.string().optional(),
    user: z.string().optional(),
    files: z.int().optional().describe('How many files the loader fetches'),
    phonesHome: z.boolean().optional(),
  }),
  event('code-shown', {}),
  event('approved', { user: z.string(), by: z.string() }),
  event('signed-in', { user: z.string(), how: z.string() }),
  event('sign-in-failed', { user: z.string().optional(), how: z.string(), why: z.string() }),
  event('file', {
    address: z.string().optional(),
    what: z.enum(['loader', 'file', 'tree']),
    name: z.string().describe('Of a tree: the last of its files'),
    digest: z.string().optional(),
    size: bytes.optional(),
    status: z.int(),
    bytes: bytes.describe('Sent, by all requests together'),
    ms,
    completed: z.boolean(),
    isRunning: z.boolean().optional(),
    isMeasured: z.boolean().optional().describe('Only its size was asked for'),
    end: z.string().optional().describe('Why it was not completed'),
  }),
  event('refused-file', { address: z.string().optional(), name: z.string(), why: z.string() }),
  event('trouble', {
    address: z.string().optional(),
    where: z.enum(['dhcp', 'script', 'file']),
    reason: z.string(),
  }),
  event('started', {}),
  event('came-back', { seconds: z.int().describe('After the system was started') }),
  event('disk-report', {
    release: z.string(),
    state: z.enum(['started', 'write', 'check', 'done', 'failed']),
    done: bytes,
    total: bytes,
  }),
  event('phone-home', { state: z.enum(['done', 'failed', 'line']), text: z.string().optional() }),
  event('restarted', {}),
])
export type TimelineEvent = z.infer<typeof timelineEventSchema>

export const bootDetailSchema = bootSchema.extend({ timeline: z.array(timelineEventSchema) })
export type BootDetail = z.infer<typeof bootDetailSchema>

export const bootQuerySchema = pageQuerySchema.extend({
  machine: macSchema.optional().describe('Boots of this machine'),
  image: imageNameSchema.optional().describe('Boots of releases of this image'),
  state: bootStateSchema.optional(),
  site: z.string().min(1).max(63).optional().describe('Boots of machines at this site'),
  since: timeSchema.optional().describe('Begun then or later'),
})

/** One message of `GET /api/v1/boots/events`: docs/protocols/boot-events.md. */
export const bootNewsSchema = z.object({ boot: bootSchema, event: timelineEventSchema.optional() })
export type BootNews = z.infer<typeof bootNewsSchema>
