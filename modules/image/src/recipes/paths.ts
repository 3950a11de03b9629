import { findFile, type Tree, type TreeFile } from '../tree.ts'

/** Paths of the tree that fit a pattern with `*`, in the order of people: numbers by value. Growth: all files. */
export function matching(tree: Tree, pattern: string): readonly TreeFile[] {
  if (!pattern.includes('*')) {
    const file = findFile(tree, pattern)
    return file === undefined ? [] : [file]
  }
  const wanted = pattern.split('/')
  const known = [...tree.files.keys(), ...tree.links.keys()].filter((path) => fits(path.split('/'), wanted))
  return known
    .sort(byNumberAndName)
    .map((path) => findFile(tree, path))
    .filter((file) => file !== undefined)
}

/** The best file of the first pattern that something fits. */
export function chosen(tree: Tree, patterns: readonly string[]): TreeFile | undefined {
  for (const pattern of patterns) {
    const file = matching(tree, pattern).at(-1)
    if (file !== undefined) return file
  }
  return undefined
}

function fits(names: readonly string[], wanted: readonly string[]): boolean {
  return names.length === wanted.length && names.every((name, index) => nameFits(name, wanted[index] ?? ''))
}

/** Without a regular expression: patterns with many stars take linear time, too. */
export function nameFits(name: string, pattern: string): boolean {
  const [first = '', ...rest] = pattern.split('*')
  const last = rest.pop()
  if (last === undefined) return name === first
  if (!name.startsWith(first) || !name.endsWith(last) || name.length < first.length + last.length)
    return false
  let at = first.length
  for (const part of rest) {
    const found = name.indexOf(part, at)
    if (found < 0 || found + part.length > name.length - last.length) return false
    at = found + part.length
  }
  return at <= name.length - last.length
}

const collator = new Intl.Collator('en', { numeric: true })
const byNumberAndName = (a: string, b: string) => collator.compare(a, b)
