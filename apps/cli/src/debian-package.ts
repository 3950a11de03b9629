import { type ChildProcess, spawn } from 'node:child_process'
import { resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { Failure } from './failure.ts'
import { type TarEntry, tarEntries } from './tar-reader.ts'

type Tool = {
  readonly name: string
  /** One after the other, output into input; the last gives a tar archive, not compressed. */
  readonly pipeline: (file: string) => readonly (readonly string[])[]
}

/** The first that is installed is used. No shell, and nothing is written: the archive is read from the pipe. */
const tools: readonly Tool[] = [
  { name: 'dpkg-deb', pipeline: (file) => [['dpkg-deb', '--fsys-tarfile', file]] },
  {
    name: 'bsdtar',
    pipeline: (file) => [
      ['bsdtar', '-x', '-O', '-f', file, 'data.tar*'],
      ['bsdtar', '-c', '-f', '-', '--format', 'pax', '@-'],
    ],
  },
]

const mostMilliseconds = 120_000
const mostArchiveBytes = 2 ** 30

/** The regular files in a Debian package. @throws {Failure} when it is none or no tool can open it */
export async function* debianPackageFiles(
  path: string,
  chosenTools: readonly string[] = tools.map(({ name }) => name),
): AsyncGenerator<TarEntry, void, undefined> {
  const missing: string[] = []
  for (const { name, pipeline } of tools.filter((tool) => chosenTools.includes(tool.name))) {
    const opening = await started(pipeline(resolve(path)))
    if (opening === undefined) {
      missing.push(name)
      continue
    }
    try {
      yield* tarEntries(bounded(opening.output))
    } catch (error) {
      throw notReadable(path, name, await opening.complaint(), error)
    } finally {
      opening.end()
    }
    return
  }
  throw new Failure(`${path} cannot be unpacked here.`, {
    code: 'no_unpacker',
    why: `Neither of these is installed: ${missing.join(', ')}.`,
    todo: 'Install one (apt install dpkg, or libarchive-tools), or unpack the package and import the directory.',
  })
}

type Opening = { readonly output: Readable; complaint(): Promise<string>; end(): void }

/** Undefined when the program is not installed. */
async function started(pipeline: readonly (readonly string[])[]): Promise<Opening | undefined> {
  const children = pipeline.map(([program = '', ...args], at) =>
    spawn(program, args, {
      stdio: [at === 0 ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      timeout: mostMilliseconds,
    }),
  )
  const runs = await Promise.all(children.map(hasStarted))
  if (runs.includes(false)) return undefined
  for (const [at, child] of children.entries()) {
    const next = children[at + 1]
    if (next?.stdin == null || child.stdout === null) continue
    next.stdin.on('error', () => undefined) // the next one ended first and says why itself
    child.stdout.pipe(next.stdin)
  }
  const complaints = children.map(complaintOf)
  const output = children.at(-1)?.stdout
  if (output == null) return undefined
  return {
    output,
    complaint: async () => (await Promise.all(complaints)).join('').trim(),
    end: () => {
      for (const child of children) child.kill('SIGKILL')
    },
  }
}

function hasStarted(child: ChildProcess): Promise<boolean> {
  return new Promise((resolve) => {
    child.once('spawn', () => resolve(true))
    child.once('error', () => resolve(false))
  })
}

const mostComplaintBytes = 2000

async function complaintOf({ stderr }: ChildProcess): Promise<string> {
  let text = ''
  for await (const chunk of stderr ?? []) text = (text + chunk).slice(0, mostComplaintBytes)
  return text
}

async function* bounded(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  let size = 0
  for await (const chunk of chunks) {
    size += chunk.length
    if (size > mostArchiveBytes)
      throw new Error('It unpacks to more than 1 GiB; packages of loaders have a few MiB.')
    yield chunk
  }
}

function notReadable(path: string, tool: string, complaint: string, error: unknown): Failure {
  if (error instanceof Failure) return error
  const reason = error instanceof Error ? error.message : String(error)
  return new Failure(`${path} is not a Debian package that can be read.`, {
    code: 'not_a_package',
    why: complaint === '' ? reason : complaint,
    todo: `Is it a whole .deb? (${tool} was asked.)`,
  })
}
