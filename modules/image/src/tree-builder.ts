import { type Extent, safePath, type TreeFile, treeLimits, Unreadable } from './tree.ts'

/** Collects the files and links of a container within `treeLimits`. A later one replaces an earlier of its name. */
export class TreeBuilder {
  readonly files = new Map<string, TreeFile>()
  readonly links = new Map<string, string>()
  /** For people: "The tar archive". */
  readonly #what: string

  constructor(what: string) {
    this.#what = what
  }

  /**
   * The path that a name of the container stands for; `undefined`: left out (control characters, a backslash).
   * @throws {Unreadable} when it leaves the tree or is beyond the limits
   */
  path(name: string): string | undefined {
    const path = safePath(name)
    if (path !== undefined) return path
    const names = name.split('/')
    if (names.includes('..')) throw new Unreadable(`${this.#what} has a name that leaves it: ${shown(name)}`)
    if (names.length > treeLimits.depth || Buffer.byteLength(name) > treeLimits.pathBytes)
      throw new Unreadable(`${this.#what} has a name beyond the limits: ${shown(name)}`)
    return undefined
  }

  addFile(path: string, extents: readonly Extent[]): void {
    this.remove(path)
    if (this.files.size === treeLimits.files)
      throw new Unreadable(`${this.#what} has more than ${treeLimits.files} files.`)
    const kept = extents.filter(({ length }) => length > 0)
    const size = kept.reduce((sum, { length }) => sum + length, 0)
    this.files.set(path, { path, size, extents: kept })
  }

  /** A symbolic link; one whose target is outside of the tree is left out. */
  addLink(path: string, target: string): void {
    this.remove(path)
    if (!staysInside(path, target)) return
    if (this.links.size === treeLimits.links)
      throw new Unreadable(`${this.#what} has more than ${treeLimits.links} symbolic links.`)
    this.links.set(path, target)
  }

  remove(path: string): void {
    this.files.delete(path)
    this.links.delete(path)
  }
}

function staysInside(path: string, target: string): boolean {
  if (target === '' || Buffer.byteLength(target) > treeLimits.pathBytes) return false
  let depth = target.startsWith('/') ? 0 : path.split('/').length - 1
  for (const name of target.split('/')) {
    if (name === '..') depth--
    else if (name !== '' && name !== '.') depth++
    if (depth < 0) return false
  }
  return true
}

/** A name of a container, safe for people to read. */
export const shown = (name: string): string => JSON.stringify(name.slice(0, 100))
