import { z } from 'zod'
import { RegistryRefused } from './registry-reference.ts'

/** Tags of a repository that are read, and pages they may come in. */
export const tagLimits = { tags: 10_000, pages: 200, page: 1000 } as const

const listSchema = z.object({ tags: z.array(z.string()).nullish() })

/** Tags in a page of a list (OCI distribution-spec 1.1, "Listing Tags"); what cannot be one is left out. */
export function tagsIn(bytes: Buffer): readonly string[] {
  try {
    const { tags } = listSchema.parse(JSON.parse(bytes.toString('utf8')))
    return (tags ?? []).filter((tag) => /^\w[\w.-]{0,127}$/.test(tag))
  } catch (cause) {
    throw new RegistryRefused('The registry answers with something that is no list of tags.', { cause })
  }
}

/** The path of the next page by the header `Link`; `undefined`: this is the last. Only the same list is followed. */
export function nextPage(link: unknown, path: string): string | undefined {
  const [, target] = /^<([^>]{1,2000})>\s*;\s*rel="?next"?/.exec(String(link ?? '')) ?? []
  const url = URL.parse(target ?? '', `http://registry.invalid${path}`)
  if (target === undefined || url === null || url.pathname !== path.split('?', 1)[0]) return undefined
  return url.pathname + url.search
}
