import type { ApiDocument, ApiOperation } from '@bootcast/contract'
import { exampleOf, type JsonSchema } from './schema-rows.ts'

export type Call = {
  readonly id: string
  readonly method: string
  readonly path: string
  readonly tag: string
  readonly operation: ApiOperation
}
export type CallGroup = { readonly tag: string; readonly calls: readonly Call[] }

export function callsOf({ paths }: ApiDocument): readonly Call[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      ...{ id: operation.operationId, method: method.toUpperCase(), path, operation },
      tag: operation.tags[0] ?? '',
    })),
  )
}

/** Calls that have every word that is looked for, in their name, path, summary or tag; together by tag. */
export function groupsOf(calls: readonly Call[], find: string): readonly CallGroup[] {
  const words = find.toLowerCase().split(/\s+/).filter(Boolean)
  const fits = ({ id, method, path, tag, operation }: Call) => {
    const text = `${id} ${method} ${path} ${tag} ${operation.summary}`.toLowerCase()
    return words.every((word) => text.includes(word))
  }
  const grouped = Map.groupBy(calls.filter(fits), ({ tag }) => tag)
  return [...grouped].map(([tag, found]) => ({ tag, calls: found }))
}

export const bodyOf = ({ requestBody }: ApiOperation): JsonSchema | 'bytes' | undefined => {
  if (requestBody === undefined) return undefined
  return requestBody.content['application/json']?.schema ?? 'bytes'
}

export const answerOf = ({ responses }: ApiOperation): JsonSchema | undefined =>
  responses['200']?.content?.['application/json']?.schema

/** Codes that follow from what a call is, whatever was asked. */
export function problemsOf(operation: ApiOperation): readonly string[] {
  const isOpen = operation.security?.length === 0
  const takes = operation.parameters.length > 0 || operation.requestBody !== undefined
  return [
    ...(takes ? ['invalid_request'] : []),
    ...(isOpen ? [] : ['not_signed_in']),
    ...(operation['x-permission'] === undefined ? [] : ['forbidden']),
    'too_many_requests',
    'stopping',
    'internal',
  ]
}

/** A line for a POSIX shell that asks this call of a platform. */
export function curlOf(
  { method, path, operation }: Call,
  origin: string,
  schemas: Record<string, JsonSchema>,
): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => name.toUpperCase())
  const query = operation.parameters
    .filter((one) => one.in === 'query' && one.required)
    .map(({ name }) => `${name}=${name.toUpperCase()}`)
    .join('&')
  const url = `${origin}${filled}${query === '' ? '' : `?${query}`}`
  const how = method === 'HEAD' ? '--head' : method === 'GET' ? '' : `-X ${method}`
  const isOpen = operation.security?.length === 0
  const parts = [
    ['curl', how, quoted(url)].filter(Boolean).join(' '),
    ...(isOpen ? [] : ['-H "Authorization: Bearer $BOOTCAST_TOKEN"']),
    ...bodyParts(bodyOf(operation), schemas),
  ]
  return parts.join(' \\\n  ')
}

function bodyParts(body: JsonSchema | 'bytes' | undefined, schemas: Record<string, JsonSchema>): string[] {
  if (body === undefined) return []
  if (body === 'bytes') return ["-H 'Content-Type: application/octet-stream'", '--data-binary @FILE']
  const example = JSON.stringify(exampleOf(body, schemas))
  return ["-H 'Content-Type: application/json'", `-d ${quoted(example)}`]
}

/** One word for a shell, whatever stands in it. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`
