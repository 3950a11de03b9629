import { z } from 'zod'
import { imageNameSchema, imageReferenceSchema, macSchema, siteNameSchema, timeSchema } from './common.ts'

export const oneLine = (length: number) =>
  z
    .string()
    .min(1)
    .max(length)
    .regex(/^[^\p{C}\p{Zl}\p{Zp}]+$/u, 'one line without control characters')

/** A word that operators put on machines. */
export const labelSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._=/-]{0,62}$/,
    '1 to 63 of A-Z a-z 0-9 . _ = / -, beginning with a letter or digit',
  )

/** IPv4 only; comes out with its first address. */
export const subnetSchema = z
  .string()
  .regex(/^(\d{1,3}\.){3}\d{1,3}\/([12]?\d|3[0-2])$/, 'a subnet such as 10.1.2.0/24')
  .refine((text) => text.split(/[./]/, 4).every((part) => Number(part) < 256), 'a subnet such as 10.1.2.0/24')
  .transform((text) => {
    const [address = '', bits = '32'] = text.split('/')
    const number = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
    const first = number - (number % 2 ** (32 - Number(bits)))
    return `${[24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join('.')}/${bits}`
  })

/** Which machines: all that is named must fit. Nothing named: every machine. */
export const openingCriteriaSchema = z.object({
  mac: macSchema.optional(),
  uuid: z
    .uuid()
    .transform((text) => text.toLowerCase())
    .optional(),
  serial: oneLine(128).optional(),
  product: oneLine(128).optional().describe('A * at the end stands for anything'),
  label: labelSchema.optional(),
  site: siteNameSchema.optional().describe('Machines that ask at this site'),
  subnet: subnetSchema.optional().describe('By the address that a machine asks from'),
})
export type OpeningCriteria = z.infer<typeof openingCriteriaSchema>

export const newOpeningSchema = z.object({
  image: imageReferenceSchema,
  machines: openingCriteriaSchema,
  boot: z.boolean().default(false).describe('true: boots at once. false: stands in the menu'),
  from: timeSchema.optional().describe('Absent: now'),
  until: timeSchema.optional().describe('Absent: until it is closed'),
  times: z.int().min(1).max(1_000_000).optional().describe('How many boots. Absent: any number'),
})
export type NewOpening = z.input<typeof newOpeningSchema>

/** An image that some machines boot without a sign-in. */
export const openingSchema = z.object({
  id: z.string(),
  image: imageReferenceSchema,
  machines: z.partialRecord(openingCriteriaSchema.keyof(), z.string()),
  boot: z.boolean(),
  from: timeSchema,
  until: timeSchema.optional(),
  times: z.int().optional(),
  used: z.int().describe('Boots that were begun; counted only where `times` is given'),
  state: z.enum(['open', 'planned', 'over', 'used up', 'closed']),
  createdAt: timeSchema,
  createdBy: z.string(),
  closedAt: timeSchema.optional(),
  closedBy: z.string().optional(),
})
export type Opening = z.infer<typeof openingSchema>

export const openingQuerySchema = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  before: z.string().max(64).optional(),
  image: imageNameSchema.optional(),
  state: z
    .enum(['current', 'ended'])
    .optional()
    .describe('current: open or planned. ended: over, used up or closed. Absent: all'),
})

/** Which of the machines that are known an opening would mean. One that was never heard may be meant as well. */
export const openingPreviewSchema = z.object({
  compared: z.int().describe('How many machines were looked at'),
  isWhole: z.boolean().describe('false: there are more machines than are looked at'),
  matches: z.int().describe('How many of them it means'),
  machines: z
    .array(
      z.object({
        mac: z.string(),
        manufacturer: z.string().optional(),
        product: z.string().optional(),
        serial: z.string().optional(),
        address: z.string().optional(),
        site: z.string().optional(),
        lastSeenAt: timeSchema.optional(),
      }),
    )
    .describe('The first of those, by hardware address'),
})
export type OpeningPreview = z.infer<typeof openingPreviewSchema>
