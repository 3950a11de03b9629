import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'smol-toml'
import { type Recipe, recipeSchema } from './recipe.ts'

/** The recipes that come with Bootcast. */
export const ownRecipes: string = join(import.meta.dirname, '..', '..', 'recipes')

/** The recipes of a folder, by family. @throws {Error} that names the file which is no recipe */
export async function loadRecipes(folder: string): Promise<readonly Recipe[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.toml')).sort()
  return await Promise.all(
    names.map(async (name) => {
      const text = await readFile(join(folder, name), 'utf8')
      try {
        return { ...recipeSchema.parse(parse(text)), text }
      } catch (cause) {
        const why = cause instanceof Error ? cause.message : String(cause)
        throw new Error(`${join(folder, name)} is no recipe: ${why}`, { cause })
      }
    }),
  )
}
