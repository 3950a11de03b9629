import type { Opening } from '@bootcast/boot'
import { z } from 'zod'
import { architecture, machineKeys } from './boot-words.ts'
import { siteReleaseSchema } from './release.ts'
import type { Same, Sure } from './same.ts'
import {
  authorities,
  bytes,
  digest,
  imageName,
  keyed,
  line,
  mac,
  millis,
  reference,
  release,
  siteId,
  siteName,
  table,
  text,
  user,
} from './words.ts'

const time = z.string().regex(/^([01][0-9]|2[0-3]):[0-5][0-9]$/, 'a time such as 22:00')
const limit = bytes.exactOptional()

/** What the operator set for a site. An absent limit: none. */
export const siteSettingsSchema = z.object({
  /** Of its cache. */
  quotaBytes: limit,
  /** What it may take from the upstream in a second. */
  wanBytesPerSecond: limit,
  /** How many machines may fetch at once; further ones wait. */
  mostBoots: z.int().min(1).exactOptional(),
  clientBytesPerSecond: limit,
  /** To all its machines together. */
  totalBytesPerSecond: limit,
  /** How long after their last sign-in people sign in there while the upstream is away. */
  graceSeconds: z.int().min(0),
  /** What it fetches and never gives up. */
  pins: z.array(reference).max(1000),
  /** When it fetches what nobody waits for, by its own clock; later `from` than `to`: over midnight. */
  schedule: z.object({ from: time, to: time }).exactOptional(),
  /** What it shall fetch before anybody asks. */
  warm: z.array(z.object({ id: line(64), reference, release, orderedAt: millis })).max(1000),
})

/** What is known of a machine. */
const machineSchema = keyed(
  z.object({
    ...machineKeys,
    architecture,
    image: reference.optional(),
    nextImage: reference.optional(),
    labels: z.array(line(128)).max(256),
    installed: release.optional(),
    deployed: release.optional(),
    overwriteDisk: z.boolean(),
    proxyDialect: z.enum(['discovery-control', 'boot-server']).optional(),
    loader: line(256).optional(),
    firstSeenAt: millis.optional(),
    lastSeenAt: millis.optional(),
    lastBootAt: millis.optional(),
  }),
  [
    'image',
    'nextImage',
    'installed',
    'deployed',
    'proxyDialect',
    'loader',
    'firstSeenAt',
    'lastSeenAt',
    'lastBootAt',
  ],
)

const word = line(256).exactOptional()
const openingSchema = keyed(
  z.object({
    id: line(64),
    reference,
    criteria: z.object({
      mac: mac.exactOptional(),
      uuid: word,
      serial: word,
      product: word,
      label: word,
      site: word,
      subnet: word,
    }),
    boots: z.boolean(),
    opensAt: millis,
    closesAt: millis.optional(),
    times: z.int().min(0).optional(),
    used: z.int().min(0),
    closedAt: millis.optional(),
  }),
  ['closesAt', 'times', 'closedAt'],
)

const channel = z.object({ name: line(64), number: z.int().min(1) })

/** All that a site needs to go on while its upstream is away. Times by the clock of the platform. */
export const snapshotSchema = keyed(
  z.object({
    /** Of the platform's software. */
    version: line(64),
    issuedAt: millis,
    /** From then on nothing is decided by it. */
    expiresAt: millis,
    site: z.object({
      id: siteId,
      name: siteName,
      images: z.union([z.literal('all'), z.array(imageName).max(100_000)]),
    }),
    settings: siteSettingsSchema,
    menu: z.object({ menuDefault: line(128), menuSeconds: z.int().min(0) }),
    defaultImage: reference.optional(),
    machines: z.array(machineSchema).max(200_000),
    openings: z.array(openingSchema).max(100_000),
    images: z.array(z.object({ name: imageName, channels: z.array(channel).max(1000) })).max(100_000),
    releases: z.array(siteReleaseSchema).max(10_000),
    /** Every reference that machines, openings and the default name → the release that it means. */
    references: table(reference, release, 100_000),
    /** Who may sign in, and boot what. No passwords. */
    users: z
      .array(z.object({ name: user, images: z.union([z.literal('all'), z.array(imageName).max(100_000)]) }))
      .max(100_000),
    loaders: z.array(z.object({ name: line(256), digest, size: bytes })).max(256),
    /** Who has templates or values of its own, which stay at the platform: images; machines and labels. */
    asking: z.object({
      images: z.array(imageName).max(100_000),
      machines: z.array(line(128)).max(200_000),
    }),
    /** Machines with UEFI get shim and GRUB. */
    secureBoot: z.boolean(),
    /** Where people approve the codes on screens. */
    activateUrl: line(512).exactOptional(),
    /** What the site shall run, one file: software/. Absent: the platform has none, or is older. */
    software: z.object({ version: line(64), digest, size: bytes }).exactOptional(),
    /** Whom to believe from now on. */
    authorities,
  }),
  ['defaultImage'],
)
export type Snapshot = z.output<typeof snapshotSchema>
export type SnapshotMachine = Snapshot['machines'][number]

export type SnapshotsAreBoots = Sure<Same<z.output<typeof openingSchema>, Opening>>

/**
 * What a site tells of itself now and then. It is hearsay: shown to people, and nothing is decided by it. Keys that
 * this version does not know are left out, so that a newer site may tell more.
 */
export const siteReportSchema = z.object({
  version: line(64),
  /** By the clock of the site. */
  startedAt: millis,
  cache: z.object({
    bytes,
    /** What it keeps to: the quota, or less where its disk is smaller. */
    quotaBytes: bytes,
    /** Releases with bytes here, those used last first. */
    releases: z
      .array(z.object({ release, bytes, isPinned: z.boolean(), lastUsedAt: millis.exactOptional() }))
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
        id: line(64),
        state: z.enum(['waiting', 'fetching', 'done', 'failed']),
        doneBytes: bytes,
        totalBytes: bytes,
        error: text(500).exactOptional(),
      }),
    )
    .max(100),
  /** What does not work there, in words for people. */
  problems: z.array(line(500)).max(20),
})
export type SiteReport = z.output<typeof siteReportSchema>
