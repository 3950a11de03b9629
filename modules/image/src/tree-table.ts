import { z } from 'zod'
import { findFile, type Tree, treeLimits } from './tree.ts'

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/)
const whole = z.int().min(0)

/**
 * Where the files of a tree lie in stored blobs; `docs/protocols/tree-table.md`. Links are resolved: machines see only
 * files.
 */
export const treeTableSchema = z.strictObject({
  schema: z.literal(1),
  /** Names are compared without case; they are stored in lower case. */
  ignoresCase: z.boolean().optional(),
  blobs: z.array(z.strictObject({ digest, size: whole })).max(10_000),
  /** Path → its pieces: index of the blob, offset, length. */
  files: z.record(z.string(), z.array(z.tuple([whole, whole, whole])).max(treeLimits.extents)),
})
export type TreeTable = z.infer<typeof treeTableSchema>

/** `blobs[n]` holds the bytes of the tree's source n. Growth: files and links of the tree. */
export function treeTableOf(tree: Tree, blobs: TreeTable['blobs']): TreeTable {
  const files: [string, [number, number, number][]][] = []
  for (const path of [...tree.files.keys(), ...tree.links.keys()].sort()) {
    const file = findFile(tree, path)
    if (file === undefined) continue
    files.push([path, file.extents.map(({ source, offset, length }) => [source, offset, length])])
  }
  return {
    schema: 1,
    ...(tree.ignoresCase === true && { ignoresCase: true }),
    blobs: [...blobs],
    files: Object.fromEntries(files),
  }
}
