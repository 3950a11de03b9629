import { type BootEvent, tame } from '@bootcast/boot'
import { architectureSchema } from '@bootcast/contract'
import { z } from 'zod'

const longestText = 300
const mostFiles = 64
/** Sums of such numbers are exact. */
const largest = 2 ** 44

const text = z.string().transform((whole) => whole.slice(0, longestText))
const count = z.number().min(0).max(largest).transform(Math.round)
const flag = z.boolean()
const mac = z.string().regex(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/)
const via = z.enum(['dhcp', 'proxy-dhcp', 'pxe'])
const what = z.enum(['loader', 'file', 'tree'])

const said = text.optional()
const counted = count.optional()
const flagged = flag.optional()
const architecture = architectureSchema.optional()

/** Whose event it is: the machine has said so, or its address and boot session do. */
const known = { mac, boot: said }
const who = { mac: mac.optional(), address: said, boot: said }
const tftpPath = { path: text, route: said, digest: said }
const file = z.object({ name: text, digest: text, size: count, isReadInParts: flagged })

const fields: { readonly [Kind in BootEvent['kind']]: z.ZodRawShape } = {
  discover: {
    ...known,
    via,
    vendorClass: z.enum(['PXEClient', 'HTTPClient']),
    isIpxe: flag,
    firmware: said,
    architecture,
    uuid: said,
    address: said,
  },
  offer: { ...known, via, server: text, file: text, offered: said, asksPort4011: flag },
  ignored: { ...known, via, reason: text, detail: said },
  request: { ...known, via, server: said, wanted: said, isIpxe: flag },
  'other-offer': {
    ...known,
    server: text,
    offered: said,
    file: said,
    fileServer: said,
    isBootServer: flagged,
  },
  lease: { ...known, leased: text },
  'address-refused': { ...known, why: text },
  system: { ...known, vendorClass: said },
  'tftp-begins': { ...who, ...tftpPath, transfer: text },
  tftp: {
    ...who,
    ...tftpPath,
    transfer: text,
    outcome: z.enum(['done', 'measured', 'broken-off', 'given-up', 'refused']),
    reason: said,
    ...{ bytes: count, size: count, ms: count, blockSize: count, windowSize: count, resent: count },
  },
  'first-script': { ...who, by: z.literal('grub').optional() },
  asked: {
    ...{ ...known, address: said, from: said, uuid: said, firmware: said },
    ...{ architecture, product: said, loader: said },
  },
  decided: {
    ...known,
    decision: z.enum(['boot', 'menu', 'sign-in', 'wait', 'refuse', 'local-disk']),
    because: text,
    release: said,
    user: said,
    files: z
      .array(file)
      .transform((all) => all.slice(0, mostFiles))
      .optional(),
    phonesHome: flagged,
  },
  'code-shown': known,
  approved: { ...known, user: text, by: text },
  'signed-in': { ...known, user: text, how: text },
  'sign-in-failed': { ...known, user: said, how: text, why: text },
  'file-begins': { ...who, transfer: text, what, name: text, digest: said, size: counted },
  file: {
    ...{ ...who, transfer: said, what, name: text, digest: said, size: counted },
    ...{ status: count, bytes: count, ms: count, isMeasured: flagged, completed: flag, end: said },
  },
  'refused-file': { ...who, name: text, why: text },
  trouble: { ...who, where: z.enum(['dhcp', 'script', 'file']), reason: text },
  'disk-report': {
    ...known,
    release: text,
    state: z.enum(['started', 'write', 'check', 'done', 'failed']),
    done: count,
    total: count,
  },
  'phone-home': { ...known, state: z.enum(['done', 'failed', 'line']), text: said },
}

const schemas = new Map(
  Object.entries(fields).map(([kind, shape]) => [kind, z.object({ kind: text, ...shape })]),
)

/**
 * An event as the journal of this process would be told it: what a site sends was bounded by nobody, and may be of a
 * version that knows more. @throws it is none
 */
export function eventFromSite(event: unknown): BootEvent {
  const { kind } = z.object({ kind: text }).parse(event)
  const schema = schemas.get(kind)
  if (schema === undefined) throw new Error(`a site told an event that is not known here: ${tame(kind, 40)}`)
  return schema.parse(event) as BootEvent
}
