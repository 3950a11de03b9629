import type { Page } from 'playwright-core'
import type { Scene, Thing } from './scene.ts'

/** Something to look at in the place of a parameter: by the name of the parameter, or what stands before it. */
const things: Readonly<Record<string, Thing>> = {
  image: 'image',
  images: 'image',
  machine: 'machine',
  machines: 'machine',
  mac: 'machine',
  boot: 'boot',
  boots: 'boot',
  site: 'site',
  sites: 'site',
  user: 'user',
  users: 'user',
  people: 'user',
  group: 'group',
  groups: 'group',
  opening: 'opening',
  openings: 'opening',
}

/** Pages that no route has, but the console is full of links to. */
const besides = ['/no-such-page']

/**
 * The addresses of all pages that the console's own router has, with things of the scene in them: a page that is new is
 * among them by itself. `page` is one of the console.
 * @throws {Error} when the scene has nothing for a parameter
 */
export async function placesOf(page: Page, { there }: Scene): Promise<readonly string[]> {
  const patterns = await page.evaluate(() => {
    // The router leaves itself here for tools of developers (TanStack Router).
    const { __TSR_ROUTER__: router } = globalThis as unknown as Looked
    return Object.keys(router.routesByPath)
  })
  if (patterns.length === 0) throw new Error('the router of the console has no pages')
  return [...patterns.flatMap((pattern) => filled(pattern, there)), ...besides]
}

type Looked = { readonly __TSR_ROUTER__: { readonly routesByPath: Readonly<Record<string, unknown>> } }

/** A template is there in its own image only. */
const ofTemplates = '$image/$template'

function filled(pattern: string, there: Scene['there']): readonly string[] {
  if (pattern.includes(ofTemplates))
    return there.template.flatMap((place) => filled(pattern.replace(ofTemplates, place), there))
  const parts = pattern.split('/')
  const at = parts.findIndex((part) => part.startsWith('$'))
  if (at === -1) return [pattern === '' ? '/' : pattern]
  const name = parts[at]?.slice(1) ?? ''
  return examples(name, parts[at - 1] ?? '', pattern, there).flatMap((example) =>
    filled([...parts.slice(0, at), encodeURIComponent(example), ...parts.slice(at + 1)].join('/'), there),
  )
}

function examples(name: string, before: string, pattern: string, there: Scene['there']): readonly string[] {
  if (name === 'number' || name === 'release') return ['1']
  const thing = things[name] ?? things[before]
  if (thing === undefined)
    throw new Error(`${pattern}: the scene has nothing for $${name}; console-places.ts says what it is`)
  return there[thing]
}
