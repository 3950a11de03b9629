import { z } from 'zod'
import { architectureSchema, digestSchema, fileNameSchema, imageNameSchema, timeSchema } from './common.ts'

/** A file of a release. */
export const fileSchema = z.object({
  name: fileNameSchema,
  digest: digestSchema,
  size: z.int().min(0).describe('Bytes'),
})
export type ReleaseFile = z.infer<typeof fileSchema>

/** One immutable version of an image. */
export const releaseSchema = z.object({
  image: imageNameSchema,
  number: z.int().min(1).describe('1, 2, 3…: grows with each release of the image'),
  architecture: architectureSchema,
  kernel: fileSchema,
  initrds: z.array(fileSchema).max(16),
  cmdline: z.string(),
  createdAt: timeSchema,
  createdBy: z.string(),
})
export type Release = z.infer<typeof releaseSchema>

export const imageSchema = z.object({
  name: imageNameSchema,
  createdAt: timeSchema,
  isDefault: z.boolean().describe('Booted by machines that have no image of their own'),
  machines: z.int().describe('How many machines are assigned to it'),
  newest: releaseSchema.optional(),
})
export type Image = z.infer<typeof imageSchema>

export const imageDetailSchema = imageSchema.extend({
  releases: z.array(releaseSchema).describe('Newest first'),
})
export type ImageDetail = z.infer<typeof imageDetailSchema>

const publishedFileSchema = z.object({ name: fileNameSchema, digest: digestSchema })

/** The files were uploaded before; Bootcast looks into them and refuses what is no kernel or initrd. */
export const publishSchema = z.object({
  kernel: publishedFileSchema,
  initrds: z.array(publishedFileSchema).max(16).default([]),
  cmdline: z.string().max(4096).default(''),
})
export type Publish = z.input<typeof publishSchema>
