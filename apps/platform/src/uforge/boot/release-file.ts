import type { ServedFile } from '@bootcast/boot'
import type { Release, Variant } from '@bootcast/catalogue'

/** Where the bytes of releases are. */
export type FileSource = {
  openFile(digest: string): Promise<ServedFile | undefined>
  openTreeFile?(digest: string, path: string): Promise<ServedFile | undefined>
}

/**
 * The file of a release that a path names: one of its files by its name, else one of its tree by its path. Of several
 * variants with such a file it is that of the first; `arm64/vmlinuz` is that of an architecture. A path is looked up,
 * nothing is put together from it; one with `..` in it names nothing.
 */
export async function fileOfRelease(
  { variants }: Release,
  path: string,
  source: FileSource,
): Promise<ServedFile | undefined> {
  if (!isPlain(path)) return undefined
  const [architecture = '', ...rest] = path.split('/')
  const ofArchitecture = variants.filter(({ config }) => config.architecture === architecture)
  return (
    (await fileIn(variants, path, source)) ??
    (rest.length > 0 ? await fileIn(ofArchitecture, rest.join('/'), source) : undefined)
  )
}

const longestPath = 4096

const isPlain = (path: string): boolean =>
  path.length <= longestPath &&
  !/[\p{Cc}\\]/u.test(path) &&
  path.split('/').every((part) => part !== '' && part !== '.' && part !== '..')

async function fileIn(
  variants: readonly Variant[],
  path: string,
  source: FileSource,
): Promise<ServedFile | undefined> {
  const named = variants.flatMap(({ files }) => files).find(({ name }) => name === path)
  if (named !== undefined) return await source.openFile(named.digest)
  for (const { tree } of variants) {
    const found = tree === undefined ? undefined : await source.openTreeFile?.(tree, path)
    if (found !== undefined) return found
  }
  return undefined
}
