import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

export type DebianArchitecture = 'amd64' | 'arm64'

/** What a command printed. @throws with its arguments and what it wrote to standard error */
async function run(
  command: string,
  args: readonly string[],
  { cwd }: { readonly cwd: string },
): Promise<string> {
  try {
    const env = { ...process.env, LC_ALL: 'C' }
    return (await promisify(execFile)(command, [...args], { maxBuffer: 64 * 2 ** 20, cwd, env })).stdout
  } catch (error) {
    const { stderr, message } = error as Error & { readonly stderr?: string }
    throw new Error(`${command} ${args.join(' ')}: ${(stderr || message).trim()}`, { cause: error })
  }
}

/** Everything that the lab downloads or builds once; not in the repository. */
export const labCache = join(import.meta.dirname, '../../.cache/lab')

const updates = new Map<string, Promise<void>>()
const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg'

/** The Debian archive that this machine's apt uses, with a slash at its end. */
export async function debianArchive(): Promise<string> {
  const wanted = ['Created-By: Packages', 'Origin: Debian', 'Component: main']
  const listed = await run('apt-get', ['indextargets', '--format', '$(REPO_URI)', ...wanted], { cwd: '/' })
  const [first] = listed.split('\n').filter((uri) => /^https?:/.test(uri))
  if (first === undefined) throw new Error('apt of this machine has no source of Debian')
  return first
}

/**
 * Fetches files of Debian packages without installing anything: an apt state of its own for each architecture,
 * with the machine's sources. What is unpacked once stays in the cache.
 */
export class DebianFiles {
  readonly #architecture: DebianArchitecture
  readonly #suite: string | undefined
  readonly #home: string

  /** `suite`: another one than those of this machine, from the same archive. */
  constructor(architecture: DebianArchitecture, suite?: string) {
    this.#architecture = architecture
    this.#suite = suite
    this.#home = join(labCache, suite === undefined ? architecture : `${architecture}-${suite}`)
  }

  /**
   * The unpacked package whose name matches; the directory holds only what `keep` (shell patterns) matches.
   * @param name answers the package's name; asked only when the cache has no `label`
   */
  async unpacked(label: string, name: () => Promise<string>, keep: readonly string[]): Promise<string> {
    const place = join(this.#home, label)
    if (existsSync(place)) return place
    await this.#update()
    const wanted = await name()
    process.stderr.write(`Fetching ${wanted} (${this.#architecture}, once) …\n`)
    const scratch = await mkdtemp(join(this.#home, 'fetch-'))
    try {
      await this.#apt('apt-get', ['download', wanted], scratch)
      const deb = (await readdir(scratch)).find((file) => file.endsWith('.deb')) ?? ''
      await run(
        'sh',
        ['-c', 'mkdir tree && dpkg-deb --fsys-tarfile "$0" | tar -x -C tree --wildcards "$@"', deb, ...keep],
        {
          cwd: scratch,
        },
      )
      await rename(join(scratch, 'tree'), place).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
      })
    } finally {
      await rm(scratch, { recursive: true, force: true })
    }
    return place
  }

  /** The first package that `package` depends on whose name matches. */
  async dependency(name: string, pattern: RegExp): Promise<string> {
    const shown = await this.#apt('apt-cache', ['depends', name], this.#home)
    const found = [...shown.matchAll(/Depends: (\S+)/g)].map((match) => match[1] ?? '')
    return one(found, pattern, `a dependency of ${name}`)
  }

  /** The last package name that matches. */
  async named(pattern: RegExp): Promise<string> {
    const names = (await this.#apt('apt-cache', ['pkgnames'], this.#home)).split('\n').sort()
    return one(names.reverse(), pattern, 'a package')
  }

  /** Once for each architecture: apt locks its lists while it fetches them. */
  #update(): Promise<void> {
    const update = updates.get(this.#home) ?? this.#fetchLists()
    updates.set(this.#home, update)
    return update
  }

  async #fetchLists(): Promise<void> {
    await mkdir(join(this.#home, 'lists/partial'), { recursive: true })
    if (this.#suite !== undefined)
      await writeFile(
        join(this.#home, 'sources.list'),
        `deb [signed-by=${keyring}] ${await debianArchive()} ${this.#suite} main\n`,
      )
    await this.#apt('apt-get', ['update'], this.#home)
  }

  #apt(tool: string, args: readonly string[], cwd: string): Promise<string> {
    const settings = [
      `APT::Architecture=${this.#architecture}`,
      `APT::Architectures=${this.#architecture}`,
      'APT::Sandbox::User=root',
      `Dir::State::Lists=${this.#home}/lists`,
      'Dir::State::status=/dev/null',
      'Dir::Cache::pkgcache=',
      'Dir::Cache::srcpkgcache=',
      'Acquire::Languages=none',
      'quiet=2',
      ...(this.#suite === undefined
        ? []
        : [`Dir::Etc::sourcelist=${this.#home}/sources.list`, 'Dir::Etc::sourceparts=-']),
    ]
    return run(tool, [...settings.flatMap((setting) => ['-o', setting]), ...args], { cwd })
  }
}

function one(names: readonly string[], pattern: RegExp, what: string): string {
  const found = names.find((name) => pattern.test(name))
  if (found === undefined) throw new Error(`apt knows no ${what} like ${pattern}`)
  return found
}
