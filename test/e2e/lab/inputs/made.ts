import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../processes.ts'

export type Recipe = {
  /** Names the folder, beside the digest of the recipe. */
  readonly name: string
  /** Run by `sh -eu` in the folder to fill; its first arguments are the inputs, `$1` and on. */
  readonly script: string
  /** Files that the script reads. */
  readonly inputs?: readonly string[]
  /** Further arguments of the script, which follow the inputs. */
  readonly words?: readonly string[]
}

const making = new Map<string, Promise<string>>()

/**
 * The folder that a recipe fills: made once, then found, until its script, a word or the content of an input changes.
 * Two processes may make it at once; the first to end wins.
 */
export async function made(cacheFolder: string, recipe: Recipe): Promise<string> {
  const place = join(cacheFolder, `${recipe.name}-${await digest(recipe)}`)
  const known = making.get(place) ?? (existsSync(place) ? Promise.resolve(place) : make(place, recipe))
  making.set(place, known)
  return known
}

async function make(place: string, { name, script, inputs = [], words = [] }: Recipe): Promise<string> {
  process.stderr.write(`Boot lab: building ${name} (once) …\n`)
  await mkdir(join(place, '..'), { recursive: true })
  const scratch = await mkdtemp(`${place}.`)
  try {
    await run('sh', ['-euc', script, 'sh', ...inputs, ...words], { cwd: scratch })
    await rename(scratch, place).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
    })
    return place
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

async function digest({ script, inputs = [], words = [] }: Recipe): Promise<string> {
  const contents = await Promise.all(inputs.map((input) => readFile(input)))
  const parts = [...contents, ...words, script].map((part) => createHash('sha256').update(part).digest())
  return createHash('sha256').update(Buffer.concat(parts)).digest('hex').slice(0, 16)
}
