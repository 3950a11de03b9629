import type { Resource } from './resource.ts'

export type Matched = { readonly resource: Resource; readonly params: Readonly<Record<string, string>> }

/** Longer ones lead nowhere. */
const mostParts = 12

/**
 * The resource at a path, whose parts are decoded one by one after they were told apart. HEAD is GET without its body.
 * @param path raw, without a query, below the root context and without its slash
 */
export function matchResource(
  resources: readonly Resource[],
  method: string,
  path: string,
): Matched | undefined {
  const wanted = method === 'HEAD' ? 'GET' : method
  const parts = path.split('/', mostParts + 1)
  const decoded = parts.map(decodedPart)
  for (const resource of resources) {
    if (resource.method !== wanted) continue
    const params = paramsOf(resource.path.split('/'), decoded)
    if (params !== undefined) return { resource, params }
  }
  return undefined
}

function paramsOf(
  pattern: readonly string[],
  parts: readonly (string | undefined)[],
): Record<string, string> | undefined {
  if (pattern.length !== parts.length) return undefined
  const params: Record<string, string> = {}
  for (const [at, wanted] of pattern.entries()) {
    const part = parts[at]
    if (part === undefined || part === '') return undefined
    if (wanted.startsWith(':')) params[wanted.slice(1)] = part
    else if (wanted !== part) return undefined
  }
  return params
}

function decodedPart(part: string): string | undefined {
  try {
    return decodeURIComponent(part)
  } catch {
    return undefined
  }
}
