import { z } from 'zod'
import {
  architectureSchema,
  fileNameSchema,
  imageReferenceSchema,
  pageQuerySchema,
  siteNameSchema,
  timeSchema,
} from './common.ts'
import { phoneLineSchema } from './installs.ts'
import { labelSchema, oneLine } from './openings.ts'

export const proxyDialectSchema = z.enum(['discovery-control', 'boot-server'])

/** Recorded by itself when a machine is first heard. What it says of itself is not checked. */
export const machineSchema = z.object({
  mac: z.string(),
  uuid: z.string().optional(),
  serial: z.string().optional(),
  manufacturer: z.string().optional(),
  product: z.string().optional(),
  firmware: z.string().optional(),
  architecture: architectureSchema,
  cpuLevel: z.string().optional().describe('x86-64-v1 to v3, where its loader could tell'),
  address: z.string().optional().describe('Last IPv4 address'),
  image: imageReferenceSchema.optional().describe('Absent: the default image'),
  nextImage: imageReferenceSchema.optional().describe('For its next boot only'),
  labels: z.array(labelSchema),
  installed: z.string().optional().describe('The release whose installation is done'),
  deployed: z.string().optional().describe('The release that was written to its disk'),
  overwriteDisk: z.boolean().describe('The next deployment may overwrite a disk that is not empty'),
  proxyDialect: proxyDialectSchema.optional(),
  loader: fileNameSchema.optional(),
  firstSeenAt: timeSchema.optional().describe('Absent: assigned before it was ever heard'),
  lastSeenAt: timeSchema.optional(),
  lastBootAt: timeSchema.optional().describe('When it last asked what to boot'),
  site: siteNameSchema.optional().describe('Where it last asked. Absent: at this platform itself'),
  boots: z.string().describe('What it would boot now, and why, in a sentence'),
  calls: z
    .array(phoneLineSchema)
    .optional()
    .describe('The last that it said of its installation; in the machine’s own answer only'),
})
export type Machine = z.infer<typeof machineSchema>

/** What was decided about a machine, or is known of it; a machine can be in several of these. */
export const machineStateSchema = z.enum(['assigned', 'once', 'installed', 'undecided', 'unheard'])
export type MachineState = z.infer<typeof machineStateSchema>

export const machineQuerySchema = pageQuerySchema.extend({
  search: oneLine(64)
    .optional()
    .describe('Part of the hardware address, product, maker, serial number, UUID, address or a label'),
  label: labelSchema.optional(),
  site: siteNameSchema.optional(),
  state: machineStateSchema
    .optional()
    .describe(
      'assigned: has an image of its own. once: one for its next boot. installed: something is on its disk. undecided: none of these. unheard: never heard',
    ),
  order: z.enum(['mac', 'seen']).default('mac').describe('seen: who was heard last comes first'),
})

/** What an operator decides about a machine; `null` takes a decision back, an absent key leaves it. */
export const machineChangeSchema = z.object({
  image: imageReferenceSchema
    .nullable()
    .optional()
    .describe('Also the word to install again what has installed itself'),
  nextImage: imageReferenceSchema.nullable().optional().describe('For its next boot only'),
  labels: z.array(labelSchema).max(32).optional(),
  overwriteDisk: z
    .boolean()
    .optional()
    .describe('true: write the disk image (again), also over what is on the disk; once'),
  proxyDialect: proxyDialectSchema.nullable().optional(),
  loader: fileNameSchema.nullable().optional(),
})
export type MachineChange = z.infer<typeof machineChangeSchema>
