import { chmod, lstat, mkdir, readdir, readFile, rm, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Build } from './build.ts'
import type { CommandBuilder } from './builder.ts'
import { endProcesses, markName } from './processes.ts'

/** What programs are found by, whatever the platform's own is. */
const usualPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
/** Left free on the disk for everything else. */
const reserveBytes = 256 * 1024 * 1024
const idPattern = /^[0-9a-z]{12}$/

/**
 * The folder of builds under way: `<id>/output`, `home` and `tmp` of each, and `owner`, by which this platform knows
 * the builds that are its own. Only its user may look into it; nothing but `owner` outlives the process.
 */
export class Workplace {
  readonly #folder: string
  /** Of this platform, among those that share a database. */
  readonly owner: string

  private constructor(folder: string, owner: string) {
    this.#folder = folder
    this.owner = owner
  }

  /**
   * Ends and removes what builds of before have left; what belongs to another user stays, `onError` is told, and the
   * next start tries again. `newOwner`: a random word, for the first start.
   */
  static async open(
    folder: string,
    newOwner: () => string,
    onError: (error: unknown) => void,
  ): Promise<Workplace> {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await chmod(folder, 0o700)
    const file = join(folder, 'owner')
    const known = await readFile(file, 'utf8').catch(() => '')
    const owner = known === '' ? newOwner() : known
    if (known === '') await writeFile(file, owner, { mode: 0o600, flush: true })
    const left = (await readdir(folder)).filter((name) => idPattern.test(name))
    if (left.length > 0) await endProcesses(left, { graceMs: 0 })
    for (const name of left) await removeTree(join(folder, name)).catch(onError)
    return new Workplace(folder, owner)
  }

  /** Makes the folders of a build. */
  async prepare(id: string): Promise<void> {
    for (const name of ['output', 'home', 'tmp'])
      await mkdir(join(this.#folder, id, name), { recursive: true, mode: 0o700 })
  }

  output(id: string): string {
    return join(this.#folder, id, 'output')
  }

  /** All that the program of a build finds in its environment. */
  environmentFor(
    { id, image, parameters }: Build,
    builder: CommandBuilder,
  ): Readonly<Record<string, string>> {
    const own = Object.entries(parameters).map(([name, value]) => [`BUILD_${name}`, value] as const)
    return {
      PATH: usualPath,
      LANG: 'C.UTF-8',
      HOME: join(this.#folder, id, 'home'),
      TMPDIR: join(this.#folder, id, 'tmp'),
      ...builder.environment,
      ...Object.fromEntries(own),
      BOOTCAST_IMAGE: image,
      BOOTCAST_OUTPUT: this.output(id),
      [markName]: id,
    }
  }

  /** What builds write could fill the disk that everything else needs, too. */
  async isNearlyFull(): Promise<boolean> {
    const { bavail, bsize } = await statfs(this.#folder)
    return bavail * bsize < reserveBytes
  }

  /** Removes what there is of a build. @throws what belongs to another user */
  async remove(id: string): Promise<void> {
    await removeTree(join(this.#folder, id))
  }
}

/** Also where something made folders that it may not write itself, as roots of systems have. */
async function removeTree(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true })
  } catch {
    await openUp(path)
    await rm(path, { recursive: true, force: true })
  }
}

async function openUp(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined)
  if (found?.isDirectory() !== true) return
  await chmod(path, 0o700)
  for (const name of await readdir(path)) await openUp(join(path, name))
}
