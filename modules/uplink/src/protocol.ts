import type { BootCodes } from '@bootcast/boot'
import { z } from 'zod'
import { mostCsrBytes } from './certificates/make-certificate.ts'
import { uplinkRoot } from './names.ts'
import { siteEventSchema } from './schemas/boot-event.ts'
import {
  askingSchema,
  bootDecisionSchema,
  diskReportSchema,
  keyRefusedSchema,
  machineFactsSchema,
  phoneCallSchema,
  startedBootSchema,
} from './schemas/boot-words.ts'
import { placeSchema, siteReleaseSchema } from './schemas/release.ts'
import type { Same, Sure } from './schemas/same.ts'
import { siteReportSchema } from './schemas/snapshot.ts'
import {
  address,
  authorities,
  digest,
  keyed,
  line,
  millis,
  pem,
  reference,
  role,
  siteId,
  siteName,
  table,
  text,
  user,
} from './schemas/words.ts'

export type Call = {
  readonly method: 'GET' | 'POST'
  readonly path: string
  /** `anybody`: no certificate needed. */
  readonly who: 'anybody' | 'site'
  /** The JSON body. What is not known in it is refused. Absent: no body. */
  readonly request?: z.ZodType
  /** What is not known in it is left out: the upstream may be newer than the site. */
  readonly reply: z.ZodType
  /** Answered when there is news, or after `?wait=` seconds. */
  readonly longPoll?: true
  /** Largest body of a request, in bytes. Absent: 1 MiB. */
  readonly mostBytes?: number
}

const nothing = z.object({})
const csr = line(mostCsrBytes)
const largeBytes = 4 * 1024 * 1024
/** The public id of a boot session. */
const session = line(64)

const codeAnswer = z.union([
  keyed(z.object({ state: z.literal('approved'), user, choice: reference.optional() }), ['choice']),
  z.object({ state: z.literal('denied') }),
  z.object({ state: z.literal('waiting') }),
  z.object({ state: z.literal('expired') }),
])

/** Every call that is JSON both ways: server, client, and whoever passes calls on are made from this table. */
export const calls = {
  /** Whom to believe. Said without proof: who asks compares with the fingerprint of its token. */
  authority: {
    method: 'GET',
    path: `${uplinkRoot}/authority`,
    who: 'anybody',
    reply: z.object({ authorities }),
  },
  join: {
    method: 'POST',
    path: `${uplinkRoot}/join`,
    who: 'anybody',
    request: z.strictObject({ token: line(256), csr, version: line(64) }),
    reply: z.object({
      site: z.object({ id: siteId, name: siteName }),
      certificate: pem,
      authorities,
    }),
  },
  renew: {
    method: 'POST',
    path: `${uplinkRoot}/renew`,
    who: 'site',
    request: z.strictObject({ csr }),
    reply: z.object({ certificate: pem, authorities }),
  },
  decide: {
    method: 'POST',
    path: `${uplinkRoot}/decide`,
    who: 'site',
    request: askingSchema,
    reply: z.object({
      decision: bootDecisionSchema,
      /** Digest of each file and tree that the plan names → where its bytes are. */
      places: table(digest, placeSchema, 512),
      release: siteReleaseSchema.exactOptional(),
    }),
  },
  started: {
    method: 'POST',
    path: `${uplinkRoot}/started`,
    who: 'site',
    request: startedBootSchema,
    reply: nothing,
  },
  reported: {
    method: 'POST',
    path: `${uplinkRoot}/reported`,
    who: 'site',
    request: diskReportSchema,
    reply: nothing,
  },
  phonedHome: {
    method: 'POST',
    path: `${uplinkRoot}/phoned-home`,
    who: 'site',
    request: phoneCallSchema,
    reply: nothing,
  },
  refused: {
    method: 'POST',
    path: `${uplinkRoot}/refused`,
    who: 'site',
    request: z.strictObject({ refusals: z.array(keyRefusedSchema).max(1000) }),
    reply: nothing,
  },
  heard: {
    method: 'POST',
    path: `${uplinkRoot}/heard`,
    who: 'site',
    request: z.strictObject({ machines: z.array(machineFactsSchema).max(1000) }),
    reply: nothing,
  },
  document: {
    method: 'POST',
    path: `${uplinkRoot}/document`,
    who: 'site',
    request: z.strictObject({ boot: startedBootSchema, role, file: text(512), bootUrl: line(512) }),
    reply: z.object({ text: text(2 * 1024 * 1024).exactOptional() }),
  },
  signIn: {
    method: 'POST',
    path: `${uplinkRoot}/sign-in`,
    who: 'site',
    request: z.strictObject({ user, password: text(1024), from: address }),
    reply: z.object({ user }),
  },
  code: {
    method: 'POST',
    path: `${uplinkRoot}/code`,
    who: 'site',
    request: z.strictObject({ session, machine: machineFactsSchema, from: address.exactOptional() }),
    reply: z.object({ code: line(32), expiresAt: millis }),
  },
  codeWait: {
    method: 'POST',
    path: `${uplinkRoot}/code-wait`,
    who: 'site',
    request: z.strictObject({ session }),
    reply: codeAnswer,
    longPoll: true,
  },
  /** Numbered by the site from 1 on: `first` is the number of the first one here. `upTo`: all until there are kept. */
  events: {
    method: 'POST',
    path: `${uplinkRoot}/events`,
    who: 'site',
    request: z.strictObject({
      /** Now, by the clock of the site; so are the times. */
      sentAt: millis,
      first: z.int().min(1),
      events: z.array(z.object({ at: millis, event: siteEventSchema })).max(10_000),
    }),
    reply: z.object({ upTo: z.int().min(0) }),
    mostBytes: largeBytes,
  },
  report: {
    method: 'POST',
    path: `${uplinkRoot}/report`,
    who: 'site',
    request: siteReportSchema,
    reply: nothing,
    mostBytes: largeBytes,
  },
} as const satisfies Record<string, Call>

export type Calls = typeof calls
export type CallName = keyof Calls
/** What a call takes; nothing for those without a body. */
export type CallRequest<N extends CallName> = Calls[N] extends { readonly request: infer S extends z.ZodType }
  ? z.output<S>
  : undefined
export type CallReply<N extends CallName> = Calls[N] extends { readonly reply: infer S extends z.ZodType }
  ? z.output<S>
  : never

export const callNames = Object.keys(calls) as readonly CallName[]
export const callOf = (name: CallName): Call => calls[name]

/** `POST /parts/<hex>`: ranges of one blob, ascending, none twice; their bytes come one after another. */
export const partsRequestSchema = z.strictObject({
  ranges: z
    .array(z.tuple([z.int().min(0), z.int().min(0)]))
    .min(1)
    .max(1024),
})
export const mostPartsBytes = 64 * 1024 * 1024
export const mostSnapshotBytes = 64 * 1024 * 1024
/** Largest `?wait=`. */
export const mostWaitSeconds = 30
export const usualMostBytes = 1024 * 1024

type CodeAnswer = Awaited<ReturnType<BootCodes['wait']>>
export type CodeAnswersAreBoots = Sure<Same<CallReply<'codeWait'>, CodeAnswer>>
