import { readdir, readFile, realpath, stat } from 'node:fs/promises'
import { dirname, extname, join } from 'node:path'

/** A file of the software: where it lies in it, and on this computer. */
export type SoftwareFile = { readonly path: string; readonly from: string }

const start = 'apps/site'
const ours = '@bootcast/'
/** Of our own packages, beside package.json. */
const ownFolders = ['src', 'bin']
/** What Node loads of a package. It strips no types below node_modules, so TypeScript there is for editors. */
const loaded: ReadonlySet<string> = new Set(['.js', '.cjs', '.mjs', '.json', '.node', '.wasm'])
const licence = /^(licen[cs]e|copying|notice)/i
const unneeded: ReadonlySet<string> = new Set(['node_modules', 'test', 'tests', 'testing', 'benchmark'])
/** Optional, and of something that no site does: content keeps blobs in S3 with it, at platforms. */
const ofPlatforms = '@aws-sdk/'
/** Far above what is there: below the limits that `unpackSoftware` has. */
const mostFiles = 20_000

/**
 * All that a site needs to run, out of an installation of the whole project: our packages that apps/site depends on and
 * the npm packages that these do, without tests. Sorted by path. Optional packages are there when they are installed.
 * @throws {SoftwareIncomplete}
 */
export async function softwareFiles(root: string): Promise<readonly SoftwareFile[]> {
  const found = new Map<string, string>()
  for (const path of await packagesOf(root)) {
    const isOurs = !path.includes('node_modules/')
    const folders = isOurs ? ownFolders : ['']
    const isWanted = isOurs ? isNoTest : isLoaded
    add(found, { path: `${path}/package.json`, from: join(root, path, 'package.json') })
    for (const folder of folders)
      for (const file of await filesIn(join(root, path, folder), join(path, folder), isWanted))
        add(found, file)
  }
  return [...found]
    .map(([path, from]) => ({ path, from }))
    .sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
}

function add(found: Map<string, string>, { path, from }: SoftwareFile): void {
  if (found.size >= mostFiles) throw new SoftwareIncomplete(`more than ${mostFiles} files`)
  found.set(path, from)
}

const isNoTest = (name: string): boolean => !name.endsWith('.test.ts')
const isLoaded = (name: string): boolean => loaded.has(extname(name)) || licence.test(name)

/** Folders of all packages, relative to the root, `apps/site` first. */
async function packagesOf(root: string): Promise<readonly string[]> {
  const packages = new Set([start])
  for (const home of packages) {
    const { dependencies = {}, optionalDependencies = {} } = await manifestOf(join(root, home))
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      if (name.startsWith(ofPlatforms)) continue
      const place = await placeOf(root, home, name)
      if (place !== undefined) packages.add(place)
      else if (!Object.hasOwn(optionalDependencies, name))
        throw new SoftwareIncomplete(`the package ${name} of ${home} is not installed`)
    }
  }
  return [...packages]
}

type Manifest = {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

async function manifestOf(folder: string): Promise<Manifest> {
  try {
    return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
  } catch (cause) {
    throw new SoftwareIncomplete(`${folder} is no package here`, { cause })
  }
}

/** As Node looks for it: in the node_modules of the folders above, the nearest first, but not above the root. */
async function placeOf(root: string, home: string, name: string): Promise<string | undefined> {
  if (name.startsWith(ours)) return `modules/${name.slice(ours.length)}`
  for (let at = home; ; at = dirname(at)) {
    const place = join(at, 'node_modules', name)
    if (await isFolder(join(root, place))) return place
    if (at === '.') return undefined
  }
}

const isFolder = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined))?.isDirectory() === true

async function filesIn(
  folder: string,
  path: string,
  isWanted: (name: string) => boolean,
): Promise<readonly SoftwareFile[]> {
  // A package may be a link to where its files are; what is a link inside of it is left out.
  const real = await realpath(folder).catch(() => undefined)
  if (real === undefined) return []
  const found: SoftwareFile[] = []
  for (const entry of await readdir(real, { withFileTypes: true })) {
    const inside = { path: join(path, entry.name), from: join(real, entry.name) }
    if (entry.isDirectory() && !unneeded.has(entry.name))
      found.push(...(await filesIn(inside.from, inside.path, isWanted)))
    else if (entry.isFile() && isWanted(entry.name)) found.push(inside)
  }
  return found
}

/** Not all that a site needs is installed here. */
export class SoftwareIncomplete extends Error {
  override readonly name = 'SoftwareIncomplete'
  readonly code = 'software_incomplete'

  constructor(why: string, options?: ErrorOptions) {
    super(`The software of sites cannot be made here: ${why}`, options)
  }
}
