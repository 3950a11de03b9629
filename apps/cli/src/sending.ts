import { createHash } from 'node:crypto'
import { ApiError, type Client, Unreachable } from '@bootcast/contract'
import { exitCodes, Failure } from './failure.ts'
import { type LocalFile, piecesOf } from './local-file.ts'
import { Progress } from './progress.ts'
import { sizeText } from './quantities.ts'
import type { World } from './world.ts'

/** Bytes that are sent: a file, or a folder as a tar. */
export type Sendable = {
  readonly name: string
  readonly size: number
  /** Another one when anything of it has changed. Known without reading it. */
  readonly key: string
  /** The bytes from `from` on; `onBytes` hears where each piece ends. A piece is there until the next is asked for. */
  read(from: number, onBytes: (end: number) => void): AsyncGenerator<Uint8Array<ArrayBuffer>>
}

export const sendable = (file: LocalFile): Sendable => ({
  name: file.name,
  size: file.size,
  key: createHash('sha256').update(file.identity).digest('hex'),
  read: (from, onBytes) => piecesOf(file, onBytes, from),
})

/** Waits before the second, third… try; when all are used up the upload fails. They begin anew when a try gets on. */
const retryMilliseconds = [1_000, 2_000, 4_000, 8_000, 16_000] as const
/** An upload that moves no byte for so long is taken for dead. The answer after the last byte may take longer. */
export const stallMilliseconds = 60_000

/** Reads it to its end. Memory: one piece of 1 MiB. */
export async function readDigest(world: World, file: Sendable): Promise<string> {
  const progress = new Progress(world, 'read', file.name, file.size)
  const hash = createHash('sha256')
  try {
    for await (const piece of file.read(0, (end) => progress.at(end))) {
      world.signal.throwIfAborted()
      hash.update(piece)
    }
    return `sha256:${hash.digest('hex')}`
  } finally {
    progress.clear()
  }
}

type Upload = {
  readonly world: World
  readonly client: Client
  readonly file: Named
  readonly digest: string
}

/** Sends what the platform has not. */
export async function uploadUnlessThere(
  { world, client, file, digest }: Upload,
  send: (progress: Progress) => Promise<void>,
): Promise<void> {
  if (await isThere(client, digest)) sayThere(world, file)
  else await showingUpload(world, file, send)
}

type Named = Pick<Sendable, 'name' | 'size'>

export function sayThere(world: World, { name, size }: Named): void {
  new Progress(world, 'upload', name, size).end(`${name}  ${sizeText(size)}  already there`)
}

/** Shows how far it is, and says how it went in one lasting line. */
export async function showingUpload<T>(
  world: World,
  { name, size }: Named,
  send: (progress: Progress) => Promise<T>,
): Promise<T> {
  const progress = new Progress(world, 'upload', name, size)
  try {
    const sent = await send(progress)
    const seconds = progress.seconds()
    const how = seconds < 1 ? 'uploaded' : `uploaded, ${sizeText(size / seconds)}/s`
    progress.end(`${name}  ${sizeText(size)}  ${how}`)
    return sent
  } catch (error) {
    progress.clear()
    throw error
  }
}

/** Whether the platform has a file. */
export async function isThere(client: Client, digest: string): Promise<boolean> {
  try {
    await client.call('findBlob', { params: { digest } })
    return true
  } catch (error) {
    if (error instanceof ApiError && error.problem.status === 404) return false
    throw error
  }
}

/**
 * One try. The bytes from `from` on go out as fast as the platform takes them; memory: one piece. An error of the file
 * goes before that of the request which it broke.
 */
export async function sendOnce<T>(
  file: Sendable,
  from: number,
  onBytes: (end: number) => void,
  send: (body: ReadableStream<Uint8Array>, stalled: AbortSignal) => Promise<T>,
): Promise<T> {
  const stall = new AbortController()
  const timer = setTimeout(() => stall.abort(new DOMException('stalled', 'TimeoutError')), stallMilliseconds)
  const pieces = file.read(from, (end) => {
    if (end < file.size) timer.refresh()
    else clearTimeout(timer)
    onBytes(end)
  })
  const stream = new PieceStream(pieces)
  try {
    return await send(stream.body, stall.signal)
  } catch (error) {
    throw stream.error ?? error
  } finally {
    clearTimeout(timer)
    await pieces.return(undefined)
  }
}

/** Pieces as a stream. Nothing is read ahead: a piece is gone when the next is asked for. */
class PieceStream {
  readonly #pieces: AsyncGenerator<Uint8Array<ArrayBuffer>>
  #isCancelled = false
  /** Why no more could be read. */
  error: unknown
  readonly body = new ReadableStream<Uint8Array>(
    { pull: (controller) => this.#pull(controller), cancel: () => this.#cancel() },
    { highWaterMark: 0 },
  )

  constructor(pieces: AsyncGenerator<Uint8Array<ArrayBuffer>>) {
    this.#pieces = pieces
  }

  async #pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    try {
      const { done, value } = await this.#pieces.next()
      if (this.#isCancelled) return
      if (done === true) controller.close()
      else controller.enqueue(value)
    } catch (error) {
      this.error = error
      controller.error(error)
    }
  }

  async #cancel(): Promise<void> {
    this.#isCancelled = true
    await this.#pieces.return(undefined)
  }
}

/** Whether waiting may help. `codes`: refusals of the platform after which it may. */
export function mayRecover(world: World, error: unknown, codes: readonly string[]): boolean {
  if (world.signal.aborted) return false
  if (error instanceof Unreachable || error instanceof ApiError) return codes.includes(error.code)
  return error instanceof Error && error.name === 'TimeoutError'
}

type Break = {
  readonly world: World
  readonly name: string
  readonly progress: Progress
  readonly error: unknown
  /** How running the command again goes on. */
  readonly again: string
}

/** Waits after the `failed`th break in a row that brought nothing. @throws {Failure} when it was the last */
export async function pauseAfter(
  failed: number,
  { world, name, progress, error, again }: Break,
): Promise<void> {
  const pause = retryMilliseconds[failed - 1]
  if (pause === undefined) {
    throw new Failure(
      `The upload of ${name} broke ${retryMilliseconds.length + 1} times in a row.`,
      {
        code: 'unreachable',
        why: error instanceof Error ? error.message : String(error),
        todo: `Nothing was published. When the network is back, run the same command again: ${again}`,
      },
      exitCodes.unreachable,
    )
  }
  progress.clear()
  world.stderr.write(`The connection broke; trying again in ${pause / 1000} s …\n`)
  await world.wait(pause)
}
