import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { pipeline, Readable } from 'node:stream'
import { Unreadable } from './tree.ts'

type ProgramCall = {
  readonly program: string
  readonly options: readonly string[]
  /** The package that has it. */
  readonly install: string
  readonly source: AsyncIterable<Uint8Array>
  readonly signal: AbortSignal
}

/** Programs are taken from here only, and get nothing else of our environment (XZ_OPT, BZIP2 would change them). */
const environment = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C' }
const wordsLimit = 1000

/**
 * What a program makes of a stream: no shell, killed when the signal comes or nobody reads on.
 * @throws {Unreadable} when it is not installed or does not like its input
 */
export async function* unpackedByProgram(call: ProgramCall): AsyncGenerator<Uint8Array> {
  const { program, options, source, signal } = call
  signal.throwIfAborted()
  const child = spawn(program, options, { env: environment, stdio: 'pipe' })
  const stop = () => child.kill('SIGKILL')
  signal.addEventListener('abort', stop, { once: true })
  const input = Readable.from(source, { objectMode: false })
  try {
    await started(child, call)
    const words = wordsOf(child)
    let inputError: Error | undefined
    // When it stops reading early, its exit says why (EPIPE, premature close); an error of the source is its own.
    input.once('error', (error) => {
      inputError = error
    })
    const exit = once(child, 'close')
    pipeline(input, child.stdin, (error) => {
      if (error !== undefined && error !== null && inputError !== undefined) stop()
    })
    yield* child.stdout as AsyncIterable<Uint8Array>
    const [code] = await exit
    signal.throwIfAborted()
    if (inputError !== undefined) throw inputError
    if (code !== 0) throw new Unreadable(`The file is damaged or cut: ${words() || `${program} failed`}`)
  } finally {
    signal.removeEventListener('abort', stop)
    stop()
    input.destroy()
  }
}

async function started(child: ChildProcessWithoutNullStreams, { program, install }: ProgramCall) {
  try {
    await once(child, 'spawn')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause
    throw new Unreadable(
      `It is compressed with ${program}, and that program is not installed here: install the package ${install}, or unpack the file before.`,
    )
  }
}

/** What it says on stderr, its beginning. */
function wordsOf(child: ChildProcessWithoutNullStreams): () => string {
  let words = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(0, wordsLimit)
  })
  return () => words.trim()
}
