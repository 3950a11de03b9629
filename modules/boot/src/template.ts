import type { BootDocument, BootFile, Places } from './boot-plan.ts'

const place = /\{\{([a-z][a-z0-9-]{0,31})\}\}/g

/** Where the scripts of a machine lead to. */
export type ScriptUrls = {
  /** Where it reaches us; no slash at the end. */
  readonly base: string
  /** The same for this one boot: `base`, `/b/` and its key. A script that leads nowhere of it has `base` here. */
  readonly boot: string
}

/** The place of everything that belongs to one boot. */
export const bootUrl = (base: string, key: string): string => `${base}/b/${key}`

/** URL of a file of a release. */
export function fileUrl({ boot }: ScriptUrls, file: BootFile): string {
  return `${boot}/files/${file.digest.replace(/^sha256:/, '')}/${encodeURIComponent(file.name)}`
}

/** URL of a tree, without a slash at its end. */
export function treeUrl({ boot }: ScriptUrls, digest: string): string {
  return `${boot}/trees/${digest.replace(/^sha256:/, '')}`
}

/** URL of a document made for this boot. */
export function documentUrl({ boot }: ScriptUrls, role: string, { name }: BootDocument): string {
  return `${boot}/documents/${role}/${name}`
}

/** The names within `{{…}}` of a text, each once. */
export function placesIn(text: string): readonly string[] {
  return [...new Set([...text.matchAll(place)].map(([, name = '']) => name))]
}

/** Puts URLs in the places of a command line, `{{boot}}` is where this boot reaches us; a name that the plan does not know stays as it is. */
export function filledIn(
  text: string,
  { files = {}, documents = {}, tree }: Places,
  urls: ScriptUrls,
): string {
  return text.replace(place, (whole, name: string) => {
    if (name === 'tree' && tree !== undefined) return treeUrl(urls, tree)
    if (name === 'boot') return urls.boot
    const document = Object.hasOwn(documents, name) ? documents[name] : undefined
    if (document !== undefined) return documentUrl(urls, name, document)
    const file = Object.hasOwn(files, name) ? files[name] : undefined
    return file === undefined ? whole : fileUrl(urls, file)
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
