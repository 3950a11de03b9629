import type { Tree, TreeFile } from '../tree.ts'
import { chosen } from './paths.ts'
import type { Recipe } from './recipe.ts'

/**
 * The large files that machines will probably get by themselves, told by names alone: those that the variants of a
 * recipe name whose own files are all there. Nothing is read of the tree's files; kernels, which are small, are not
 * looked for.
 */
export function foreseenFiles(tree: Tree, recipes: readonly Recipe[]): readonly TreeFile[] {
  const fitting = recipes.filter(({ recognise, refuse }) => {
    const isThere = (patterns: readonly string[]) => chosen(tree, patterns) !== undefined
    return refuse === undefined && recognise.files.length > 0 && recognise.files.every(isThere)
  })
  const named = fitting.flatMap(({ variants }) =>
    variants.flatMap(({ files, initrds, wim = {} }) => [
      ...Object.values(files),
      ...initrds.map(({ file }) => file),
      ...Object.values(wim),
    ]),
  )
  const found = named.map((patterns) => chosen(tree, patterns)).filter((file) => file !== undefined)
  return [...new Set(found)]
}
