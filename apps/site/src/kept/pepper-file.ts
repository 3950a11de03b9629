import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, linkSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'

const length = 32

/**
 * The secret of a site that its verifiers are made with, out of a file of its own: who has a copy of site.db alone can
 * guess no password. Made, for its owner alone to read, when it is not there. @throws when it is there and is none
 */
export function readPepper(path: string): Buffer {
  const known = contentsOf(path)
  if (known === undefined) makePepper(path)
  const pepper = known ?? readFileSync(path)
  if (pepper.length !== length) throw new Error(`${path} is no secret of a site: it has not ${length} bytes`)
  return pepper
}

function contentsOf(path: string): Buffer | undefined {
  try {
    return readFileSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Whole or not at all; of two that make it at once, one does. */
function makePepper(path: string): void {
  const part = `${path}.${process.pid}`
  const file = openSync(part, 'w', 0o600)
  try {
    writeSync(file, randomBytes(length))
    fsyncSync(file)
    linkSync(part, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    closeSync(file)
    rmSync(part, { force: true })
  }
}
