import { inspectKernel, kernelHeadBytes, peArchitecture } from '../inspect/kernel.ts'
import { readStart, type Tree, type TreeFile, Unreadable } from '../tree.ts'
import { type DraftVariant, draftOf } from './draft.ts'
import { chosen, matching, nameFits } from './paths.ts'
import type { Recipe } from './recipe.ts'

export type Recognised = {
  readonly recipe: Recipe
  /** `Debian live 12`. */
  readonly as: string
  /** What it was known by, for people. */
  readonly because: string
  /** The tree whose files the variants name: that of the input, or the one folder within it. */
  readonly tree: Tree
  readonly variants: readonly DraftVariant[]
}

/** No recipe fits, or several: whoever publishes it can say which. */
export class NotRecognised extends Unreadable {}

export type RecogniseOptions = {
  /** A family: only that recipe counts. */
  readonly recipe?: string | undefined
  /** Further words of the command line. */
  readonly words?: string | undefined
}

const textBytes = 64 * 1024

/**
 * How a tree of files boots, by the one recipe that fits it.
 * @throws {Unreadable} when none or several fit, with what was looked for
 */
export async function recognise(
  whole: Tree,
  recipes: readonly Recipe[],
  { recipe: wanted, words = '' }: RecogniseOptions = {},
): Promise<Recognised> {
  const candidates = wanted === undefined ? recipes : recipes.filter(({ family }) => family === wanted)
  if (candidates.length === 0)
    throw new NotRecognised(`There is no recipe ${wanted}. There are: ${familiesOf(recipes)}.`)
  for (const tree of treesOf(whole)) {
    for (const fallback of [false, true]) {
      const found = await fitting(tree, candidates, fallback)
      if (found.length > 1)
        throw new NotRecognised(
          `It may be ${found.map(({ name }) => name).join(' or ')}. Say which: --recipe ${found.map(({ family }) => family).join(' or ')}.`,
        )
      const [recipe] = found
      if (recipe !== undefined) return await recognisedBy(recipe, tree, words)
    }
  }
  throw await notRecognised(whole, candidates)
}

/** An archive often has all in one folder: that one is tried, too. */
function treesOf(tree: Tree): readonly Tree[] {
  const [first] = tree.files.keys()
  const folder = first?.slice(0, first.indexOf('/') + 1) ?? ''
  const paths = [...tree.files.keys(), ...tree.links.keys()]
  if (folder === '' || !paths.every((path) => path.startsWith(folder))) return [tree]
  const inside = <T>(map: ReadonlyMap<string, T>) =>
    new Map([...map].map(([path, value]) => [path.slice(folder.length), value]))
  return [tree, { ...tree, files: inside(tree.files), links: inside(tree.links) }]
}

async function fitting(
  tree: Tree,
  recipes: readonly Recipe[],
  fallback: boolean,
): Promise<readonly Recipe[]> {
  const found: Recipe[] = []
  for (const recipe of recipes)
    if (recipe.fallback === fallback && (await missing(tree, recipe)) === undefined) found.push(recipe)
  return found
}

/** What of a recipe's signs is not there, in words; `undefined`: it fits. */
async function missing(tree: Tree, { recognise: signs }: Recipe): Promise<string | undefined> {
  const { files, without, says, single } = signs
  const outside = wrongOutside(tree, signs)
  if (outside !== undefined) return outside
  const absent = files.find((patterns) => chosen(tree, patterns) === undefined)
  if (absent !== undefined) return `${absent.join(' or ')} is not there`
  const present = without.find((pattern) => matching(tree, pattern).length > 0)
  if (present !== undefined) return `${present} is there`
  if (single !== undefined && !(await isSingle(tree, single))) return `it is no ${single}`
  for (const { file, text } of says)
    if (!(await textOf(tree, file)).includes(text)) return `${file} does not say “${text}”`
  return undefined
}

function wrongOutside(tree: Tree, signs: Recipe['recognise']): string | undefined {
  const { format, startsAsCd, labels, notLabels } = signs
  const label = tree.label ?? ''
  if (format !== undefined && tree.format !== format) return `it is no ${format}`
  if (startsAsCd && (tree.startsAsCd ?? []).length === 0) return 'it does not start as a CD'
  if (labels !== undefined && !labels.some((pattern) => nameFits(label, pattern)))
    return `its name is not ${labels.join(' or ')}`
  const wrong = notLabels.find((pattern) => nameFits(label, pattern))
  return wrong === undefined ? undefined : `its name is ${wrong}`
}

async function isSingle(tree: Tree, kind: 'efi-program' | 'kernel'): Promise<boolean> {
  const [file] = tree.files.values()
  if (file === undefined || tree.format !== 'file') return false
  const head = await readStart(tree, file, kernelHeadBytes)
  const isKernel = 'architecture' in inspectKernel(head)
  return kind === 'kernel' ? isKernel : !isKernel && peArchitecture(head) !== undefined
}

async function recognisedBy(recipe: Recipe, tree: Tree, words: string): Promise<Recognised> {
  if (recipe.refuse !== undefined) throw new Unreadable(`It is ${recipe.name}. ${recipe.refuse}`)
  const version = await versionOf(tree, recipe)
  const as = (version === '' ? recipe.name : (recipe.as ?? `${recipe.name} {version}`))
    .replace('{version}', () => version)
    .slice(0, 200)
  const because = evidenceOf(tree, recipe)
  const variants: DraftVariant[] = []
  for (const variant of recipe.variants)
    variants.push(await draftOf({ tree, recipe, variant, words, recognised: { as, because } }))
  return { recipe, as, because, tree, variants }
}

function evidenceOf(tree: Tree, { recognise: { files, says, format } }: Recipe): string {
  const paths = files.map((patterns) => chosen(tree, patterns)?.path).filter((path) => path !== undefined)
  const words = says.map(({ file, text }) => `${file} says “${text}”`)
  return [
    ...paths.map((path) => `/${path}`),
    ...words,
    ...(paths.length === 0 && format ? [`it is of the kind ${format}`] : []),
  ]
    .join(', ')
    .slice(0, 500)
}

async function versionOf(tree: Tree, { version }: Recipe): Promise<string> {
  if (version === undefined) return ''
  const lines = (await textOf(tree, version.file)).split(/\r?\n/)
  const { after, before } = version
  const line =
    after === undefined ? lines[0] : lines.find((one) => one.startsWith(after))?.slice(after.length)
  const end = before === undefined ? -1 : (line ?? '').indexOf(before)
  const text = end < 0 ? (line ?? '') : (line ?? '').slice(0, end)
  return printable(text)
    .trim()
    .replace(/^["'](.*)["']$/, '$1')
}

const printable = (text: string) => text.replace(/[^\x20-\x7e]/g, '').slice(0, 100)

async function textOf(tree: Tree, pattern: string): Promise<string> {
  const file: TreeFile | undefined = chosen(tree, [pattern])
  return file === undefined ? '' : (await readStart(tree, file, textBytes)).toString('utf8')
}

const namesShown = 12

async function notRecognised(tree: Tree, recipes: readonly Recipe[]): Promise<NotRecognised> {
  const looked: string[] = []
  for (const recipe of recipes) looked.push(`${recipe.name}: ${await missing(tree, recipe)}`)
  const top = [...new Set([...tree.files.keys()].map((path) => path.split('/')[0] ?? ''))]
  const more = top.length > namesShown ? `, and ${top.length - namesShown} more` : ''
  return new NotRecognised(
    `Nothing recognises it. In it: ${top.slice(0, namesShown).map(printable).join(', ') || 'nothing'}${more}. ` +
      `Looked for: ${looked.join('; ')}.`,
  )
}

const familiesOf = (recipes: readonly Recipe[]) => recipes.map(({ family }) => family).join(', ')
