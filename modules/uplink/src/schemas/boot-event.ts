import type { BootEvent } from '@bootcast/boot'
import { z } from 'zod'
import { architecture } from './boot-words.ts'
import type { Same, Sure } from './same.ts'
import { mac, told } from './words.ts'

/**
 * What happened to a machine at a site. Every kind and every key is checked; texts, which come from machines, are cut
 * to 512 characters rather than refused, and keys that are not known are left out.
 */

const words = told(512)
const some = words.exactOptional()
/** Sums of such numbers are exact. */
const count = z
  .number()
  .min(0)
  .max(2 ** 44)
const who = { mac: mac.exactOptional(), address: some, boot: some }
const ofMac = { mac, boot: some }
const kind = <K extends BootEvent['kind']>(name: K) => ({ kind: z.literal(name) })
const via = z.enum(['dhcp', 'proxy-dhcp', 'pxe'])
const what = z.enum(['loader', 'file', 'tree'])
const tftpPath = { path: words, route: some, digest: some }
const fileOfPlan = z.object({
  name: words,
  digest: words,
  size: count,
  isReadInParts: z.boolean().exactOptional(),
})

export const bootEventSchema = z.discriminatedUnion('kind', [
  z.object({
    ...kind('discover'),
    ...ofMac,
    via,
    vendorClass: z.enum(['PXEClient', 'HTTPClient']),
    isIpxe: z.boolean(),
    firmware: some,
    architecture: architecture.exactOptional(),
    uuid: some,
    address: some,
  }),
  z.object({
    ...kind('offer'),
    ...ofMac,
    via,
    server: words,
    file: words,
    offered: some,
    asksPort4011: z.boolean(),
  }),
  z.object({ ...kind('ignored'), ...ofMac, via, reason: words, detail: some }),
  z.object({ ...kind('request'), ...ofMac, via, server: some, wanted: some, isIpxe: z.boolean() }),
  z.object({
    ...kind('other-offer'),
    ...ofMac,
    server: words,
    offered: some,
    file: some,
    fileServer: some,
    isBootServer: z.boolean().exactOptional(),
  }),
  z.object({ ...kind('lease'), ...ofMac, leased: words }),
  z.object({ ...kind('address-refused'), ...ofMac, why: words }),
  z.object({ ...kind('system'), ...ofMac, vendorClass: some }),
  z.object({ ...kind('tftp-begins'), ...who, ...tftpPath, transfer: words }),
  z.object({
    ...kind('tftp'),
    ...who,
    ...tftpPath,
    transfer: words,
    outcome: z.enum(['done', 'measured', 'broken-off', 'given-up', 'refused']),
    reason: some,
    bytes: count,
    size: count,
    ms: count,
    blockSize: count,
    windowSize: count,
    resent: count,
  }),
  z.object({ ...kind('first-script'), ...who, by: z.literal('grub').exactOptional() }),
  z.object({
    ...kind('asked'),
    ...ofMac,
    address: some,
    from: some,
    uuid: some,
    firmware: some,
    architecture: architecture.exactOptional(),
    product: some,
    loader: some,
  }),
  z.object({
    ...kind('decided'),
    ...ofMac,
    decision: z.enum(['boot', 'menu', 'sign-in', 'wait', 'refuse', 'local-disk']),
    because: words,
    release: some,
    user: some,
    files: z.array(fileOfPlan).max(256).exactOptional(),
    phonesHome: z.boolean().exactOptional(),
  }),
  z.object({ ...kind('code-shown'), ...ofMac }),
  z.object({ ...kind('approved'), ...ofMac, user: words, by: words }),
  z.object({ ...kind('signed-in'), ...ofMac, user: words, how: words }),
  z.object({ ...kind('sign-in-failed'), ...ofMac, user: some, how: words, why: words }),
  z.object({
    ...kind('file-begins'),
    ...who,
    transfer: words,
    what,
    name: words,
    digest: some,
    size: count.exactOptional(),
  }),
  z.object({
    ...kind('file'),
    ...who,
    transfer: some,
    what,
    name: words,
    digest: some,
    size: count.exactOptional(),
    status: z.int().min(100).max(599),
    bytes: count,
    ms: count,
    isMeasured: z.boolean().exactOptional(),
    completed: z.boolean(),
    end: some,
  }),
  z.object({ ...kind('refused-file'), ...who, name: words, why: words }),
  z.object({ ...kind('trouble'), ...who, where: z.enum(['dhcp', 'script', 'file']), reason: words }),
  z.object({
    ...kind('disk-report'),
    ...ofMac,
    release: words,
    state: z.enum(['started', 'write', 'check', 'done', 'failed']),
    done: count,
    total: count,
  }),
  z.object({
    ...kind('phone-home'),
    ...ofMac,
    state: z.enum(['done', 'failed', 'line']),
    text: some,
  }),
])

/**
 * An event that this platform does not know, for instance of a site that is newer, comes out as `undefined`: it takes
 * its number, so that those behind it are not held up for ever.
 */
export const siteEventSchema = keepsItsNumber(bootEventSchema)

function keepsItsNumber(schema: typeof bootEventSchema) {
  return z.unknown().transform((value): BootEvent | undefined => schema.safeParse(value).data)
}

export type BootEventsAreBoots = Sure<Same<z.output<typeof bootEventSchema>, BootEvent>>
