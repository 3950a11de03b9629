import { open } from 'node:fs/promises'
import type { Fingerprinter, Follower, Part } from '@bootcast/content'
import { fileSource, foreseenFiles, type Recipe, readIso } from '@bootcast/image'

/** When so much of a CD image is here its list of files nearly always is. */
const headBytes = 16 * 1024 * 1024
/** Smaller files are hashed in no time when they are asked for. */
const leastBytes = 32 * 1024 * 1024
const mostParts = 4

/**
 * Follows files on their way. While a CD image arrives the large files that machines will get of it (mostly a root
 * file system, which is most of the image) are hashed, too: else that would be most of the wait behind a fast upload.
 */
export function foreseeing(fingerprinter: Pick<Fingerprinter, 'follow'>, recipes: readonly Recipe[]) {
  return {
    follow(path: string, size: number): Follower {
      const follower = fingerprinter.follow(path)
      let isAsked = false
      return {
        grown(to) {
          follower.grown(to)
          if (isAsked || to < headBytes) return
          isAsked = true
          void foreseenParts({ path, size, recipes }).then((parts) => {
            for (const part of parts) follower.also(part)
          })
        },
        also: (part) => follower.also(part),
        finish: (bytes) => follower.finish(bytes),
        drop: () => follower.drop(),
      }
    },
  }
}

type Arriving = {
  readonly path: string
  /** Of the whole, of which only the start is here. */
  readonly size: number
  readonly recipes: readonly Recipe[]
}

/** Where the large files lie that machines will get. Never rejects: a guess that fails costs only time. */
export async function foreseenParts({ path, size, recipes }: Arriving): Promise<readonly Part[]> {
  try {
    await using file = await open(path, 'r')
    const tree = await readIso(fileSource(file, size))
    if (tree === undefined) return []
    return foreseenFiles(tree, recipes)
      .filter((one) => one.size >= leastBytes && one.extents.length === 1)
      .flatMap(({ extents }) => extents.map(({ offset, length }) => ({ offset, length })))
      .slice(0, mostParts)
  } catch {
    // Broken, or its list lies further on: who reads it when it is complete says which.
    return []
  }
}
