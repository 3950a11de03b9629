import { z } from 'zod'
import {
  architectureSchema,
  digestSchema,
  fileNameSchema,
  imageReferenceSchema,
  timeSchema,
} from './common.ts'
import { roleSchema } from './people.ts'

export const signInSchema = z.object({
  user: z.string().min(1).max(256),
  password: z.string().min(1).max(1024),
})

export const tokenSchema = z.object({
  token: z.string().describe('Send as `Authorization: Bearer …`'),
  user: z.string(),
  expiresAt: timeSchema,
})
export type Token = z.infer<typeof tokenSchema>

export const meSchema = z.object({
  user: z.string(),
  role: roleSchema.describe('Of the token, where that may do less than its user'),
})
export type Me = z.infer<typeof meSchema>

export const blobSchema = z.object({ digest: digestSchema, size: z.int() })

export const settingsSchema = z.object({
  defaultImage: imageReferenceSchema
    .nullable()
    .describe('Booted by machines that have no image of their own'),
  menuDefault: z
    .union([z.enum(['code', 'password', 'disk', 'wait']), imageReferenceSchema])
    .describe(
      'Taken in the menu when nobody picks: a way to sign in, the local disk, to ask again, or an open image',
    ),
  menuSeconds: z.int().min(0).max(86_400).describe('After so long. 0: never'),
})
export type Settings = z.infer<typeof settingsSchema>

export const loaderSchema = z.object({
  name: fileNameSchema,
  digest: digestSchema,
  size: z.int(),
  architecture: architectureSchema,
  platform: z.enum(['bios', 'uefi']),
  version: z.string().optional().describe('As the program itself says'),
  proven: z.boolean().describe('This very binary has booted machines in the lab'),
  features: z.array(z.string()),
  firmwares: z.array(z.string()).describe('The kinds of firmware that get it'),
})
export type Loader = z.infer<typeof loaderSchema>

export const statusSchema = z.object({
  version: z.string(),
  startedAt: timeSchema,
  publicUrl: z.string().optional(),
  listening: z.array(z.object({ service: z.string(), address: z.string() })),
  missing: z.array(z.string()).describe('What does not work here, why, and what to do'),
  counters: z.record(z.string(), z.int()).describe('Packets and requests since the start'),
})
export type Status = z.infer<typeof statusSchema>
