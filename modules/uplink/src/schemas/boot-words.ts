import type {
  Architecture,
  Asking,
  BootDecision,
  BootPlan,
  CpuLevel,
  DiskReport,
  KeyRefused,
  Leave,
  MachineFacts,
  MenuChoice,
  PhoneCall,
  StartedBoot,
} from '@bootcast/boot'
import { z } from 'zod'
import type { Same, Sure } from './same.ts'
import { address, bytes, digest, keyed, line, mac, release, role, table, text, user } from './words.ts'

/** What sites ask and hear about machines: boot's own types as JSON. `Same` below fails when they drift apart. */

const architectures = [
  'x86_64',
  'i386',
  'arm64',
  'arm32',
  'riscv64',
  'loong64',
  'unknown',
] as const satisfies readonly Architecture[]
const levels = ['x86-64-v1', 'x86-64-v2', 'x86-64-v3', 'x86-64-v4'] as const satisfies readonly CpuLevel[]

export const architecture = z.enum(architectures)
export const cpuLevel = z.enum(levels)

const hearsay = text(256).exactOptional()
/** The keys of what a machine says of itself. */
export const machineKeys = {
  mac,
  uuid: hearsay,
  serial: hearsay,
  manufacturer: hearsay,
  product: hearsay,
  firmware: hearsay,
  architecture: architecture.exactOptional(),
  cpuLevel: cpuLevel.exactOptional(),
  address: address.exactOptional(),
}
export const machineFactsSchema = z.strictObject(machineKeys)

/** An image reference, and bounded for whatever else a screen may send. */
const choice = line(128)

export const askingSchema = z.strictObject({
  machine: machineFactsSchema,
  from: address,
  user: user.optional(),
  choice: choice.optional(),
})

export const leaveSchema = z.union([
  z.object({ by: z.enum(['assignment', 'one-shot', 'default']) }),
  z.object({ by: z.literal('opening'), opening: line(64) }),
  z.object({ by: z.literal('user'), user }),
])

const fileKeys = { digest, size: bytes, name: line(256) }
const file = z.object(fileKeys)
const document = z.object({ name: text(256), fetches: z.int().min(0), installs: z.boolean() })
const places = {
  files: table(role, file, 64).exactOptional(),
  tree: digest.exactOptional(),
  documents: table(role, document, 64).exactOptional(),
}
const titled = { title: text(512), release: release.exactOptional() }
const words = text(16_384)
const reason = text(2048)
/** A word of the menu or an image reference. */
const menuChoice = line(128).transform((word): MenuChoice => word)

const menuSchema = keyed(
  z.object({
    method: z.literal('menu'),
    user: user.optional(),
    images: z
      .array(
        z.object({ group: text(512), reference: line(128), text: text(512), unfit: reason.exactOptional() }),
      )
      .max(5000),
    preselected: menuChoice,
    seconds: z.int().min(0),
  }),
  ['user'],
)

export const bootPlanSchema = z.discriminatedUnion('method', [
  z.object({
    method: z.literal('linux'),
    architecture,
    kernel: file,
    initrds: z.array(z.object({ ...fileKeys, path: text(256).exactOptional() })).max(32),
    cmdline: words,
    phonesHome: z.boolean().exactOptional(),
    ...titled,
    ...places,
  }),
  z.object({ method: z.literal('efi'), architecture, program: file, arguments: words, ...titled, ...places }),
  z.object({ method: z.literal('iso'), iso: file, ...titled }),
  z.object({
    method: z.literal('wim'),
    loader: line(256),
    files: z.array(z.object({ ...fileKeys, as: line(256) })).max(64),
    ...titled,
  }),
  z.object({ method: z.literal('local-disk'), reason }),
  z.object({
    method: z.literal('wait'),
    reason,
    seconds: z.int().min(0),
    turnFor: text(512).exactOptional(),
  }),
  menuSchema,
  z.object({ method: z.literal('refuse'), reason }),
])

export const bootDecisionSchema = z.object({
  plan: bootPlanSchema,
  because: reason,
  release: release.exactOptional(),
  leave: leaveSchema.exactOptional(),
})

export const startedBootSchema = keyed(
  z.strictObject({
    machine: machineFactsSchema,
    release: release.optional(),
    leave: leaveSchema.optional(),
    user: user.optional(),
  }),
  ['release', 'leave', 'user'],
)

export const keyRefusedSchema = keyed(
  z.strictObject({ mac: mac.optional(), why: text(256), from: address.exactOptional() }),
  ['mac'],
)

export const phoneCallSchema = z.strictObject({
  mac,
  release,
  state: z.enum(['done', 'failed', 'log']),
  text: text(2048),
  installs: z.boolean(),
})

export const diskReportSchema = z.strictObject({
  mac,
  release,
  state: z.enum(['started', 'write', 'check', 'done', 'failed']),
  done: bytes,
  total: bytes,
})

/** The compiler's word that nothing is lost on the way. */
export type BootWordsAreBoots = [
  Sure<Same<z.output<typeof machineFactsSchema>, MachineFacts>>,
  // At which site it is asked, its certificate says.
  Sure<Same<z.output<typeof askingSchema>, Omit<Asking, 'site'>>>,
  Sure<Same<z.output<typeof leaveSchema>, Leave>>,
  Sure<Same<z.output<typeof bootPlanSchema>, BootPlan>>,
  Sure<Same<z.output<typeof bootDecisionSchema>, BootDecision>>,
  Sure<Same<z.output<typeof startedBootSchema>, StartedBoot>>,
  Sure<Same<z.output<typeof keyRefusedSchema>, KeyRefused>>,
  Sure<Same<z.output<typeof phoneCallSchema>, PhoneCall>>,
  Sure<Same<z.output<typeof diskReportSchema>, DiskReport>>,
]
