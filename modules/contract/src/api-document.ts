import { z } from 'zod'
import { ApiError, jsonOrUndefined, problemOf, request, Unreachable } from './client.ts'

/** A JSON Schema as the platform writes it: a shape that whoever reads it looks at key by key. */
const schemaSchema = z.record(z.string(), z.unknown())
const contentSchema = z.record(z.string(), z.object({ schema: schemaSchema.optional() }))

const operationSchema = z.object({
  operationId: z.string(),
  summary: z.string().default(''),
  tags: z.array(z.string()).default([]),
  security: z.array(z.unknown()).optional(),
  'x-permission': z.string().optional(),
  'x-roles': z.array(z.string()).optional(),
  parameters: z
    .array(
      z.object({
        name: z.string(),
        in: z.enum(['path', 'query']),
        required: z.boolean().default(false),
        schema: schemaSchema.optional(),
      }),
    )
    .default([]),
  requestBody: z.object({ content: contentSchema }).optional(),
  responses: z.record(z.string(), z.object({ content: contentSchema.optional() }).loose()).default({}),
})
export type ApiOperation = z.infer<typeof operationSchema>

const problemListSchema = z.record(z.string(), z.object({ status: z.int(), title: z.string() }))

/** The OpenAPI document of a platform, as far as a reference is made of it. */
const apiDocumentSchema = z.object({
  info: z.object({ version: z.string() }),
  paths: z.record(z.string(), z.record(z.string(), operationSchema)),
  components: z
    .object({
      schemas: z.record(z.string(), schemaSchema).default({}),
      responses: z.record(z.string(), z.object({ 'x-problems': problemListSchema.optional() })).default({}),
    })
    .optional(),
})
export type ApiDocument = z.infer<typeof apiDocumentSchema>

type Asking = { readonly url: string; readonly fetch?: typeof fetch; readonly signal?: AbortSignal }

/** What a platform says of its calls. @throws {ApiError | Unreachable} as calls do */
export async function readApiDocument({ url, signal, ...asking }: Asking): Promise<ApiDocument> {
  const address = new URL('/api/v1/openapi.json', url)
  const response = await request(asking.fetch ?? fetch, address, {
    redirect: 'error',
    ...(signal && { signal }),
  })
  if (!response.ok) throw new ApiError(await problemOf(response))
  const read = apiDocumentSchema.safeParse(jsonOrUndefined(await response.text()))
  if (read.success) return read.data
  throw new Unreachable(`${address} is no description of an API`, { cause: read.error })
}
