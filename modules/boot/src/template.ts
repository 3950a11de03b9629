import type { BootFile, Places } from './boot-plan.ts'

const place = /\{\{([a-z][a-z0-9-]{0,31})\}\}/g

/** URL of a file of a release. */
export function fileUrl(baseUrl: string, file: BootFile): string {
  return `${baseUrl}/files/${file.digest.replace(/^sha256:/, '')}/${encodeURIComponent(file.name)}`
}

/** URL of a tree, without a slash at its end. */
export function treeUrl(baseUrl: string, digest: string): string {
  return `${baseUrl}/trees/${digest.replace(/^sha256:/, '')}`
}

/** The names within `{{…}}` of a text, each once. */
export function placesIn(text: string): readonly string[] {
  return [...new Set([...text.matchAll(place)].map(([, name = '']) => name))]
}

/** Puts URLs in the places of a command line, `{{platform}}` is where machines reach us; a name that the plan does not know stays as it is. */
export function filledIn(text: string, { files = {}, tree }: Places, baseUrl: string): string {
  return text.replace(place, (whole, name: string) => {
    if (name === 'tree' && tree !== undefined) return treeUrl(baseUrl, tree)
    if (name === 'platform') return baseUrl
    const file = Object.hasOwn(files, name) ? files[name] : undefined
    return file === undefined ? whole : fileUrl(baseUrl, file)
  })
}

/**
 * Puts values in the places of a text. A word that needs a value nobody gave is left out whole:
 * `inst.ks={{kickstart}}` goes when there is no kickstart.
 */
export function withValues(text: string, values: ReadonlyMap<string, string | undefined>): string {
  return text
    .split(/[ \t]+/)
    .filter((word) => placesIn(word).every((name) => !values.has(name) || values.get(name) !== undefined))
    .map((word) => word.replace(place, (whole, name: string) => values.get(name) ?? whole))
    .join(' ')
}
