import { ApiError, type Client, Unreachable } from '@bootcast/contract'
import { exitCodes, Failure, failureOf } from './failure.ts'
import { changed, chunksOf, digestOf, type LocalFile } from './local-file.ts'
import { Progress } from './progress.ts'
import { sizeText } from './quantities.ts'
import type { World } from './world.ts'

/** Waits before the second, third… try; when all are used up the upload fails. They begin anew when a try gets on. */
const retryMilliseconds = [1_000, 2_000, 4_000, 8_000, 16_000] as const
/** An upload that moves no byte for so long is taken for dead. The answer after the last byte may take longer. */
const stallMilliseconds = 60_000

/** Reads the file to its end. Memory: one chunk of 1 MiB. */
export async function readDigest(world: World, file: LocalFile): Promise<string> {
  const progress = new Progress(world, 'read', file.name, file.size)
  try {
    return await digestOf(file, (bytes) => {
      world.signal.throwIfAborted()
      progress.at(bytes)
    })
  } finally {
    progress.clear()
  }
}

/**
 * Brings a file to the platform unless it is there. A broken connection is taken up again with growing waits; each
 * try sends the whole file, since the platform keeps nothing of a half one.
 * @throws {Failure} when the file changes; {Unreachable} when all tries break; {ApiError} when the platform refuses
 */
export async function uploadFile(
  world: World,
  client: Client,
  file: LocalFile,
  digest: string,
): Promise<void> {
  const progress = new Progress(world, 'upload', file.name, file.size)
  try {
    if (await isThere(client, digest)) {
      progress.end(`${file.name}  ${sizeText(file.size)}  already there`)
      return
    }
    await sendUntilThere({ world, client, file, digest, progress })
    const seconds = progress.seconds()
    const rate = seconds < 1 ? '' : `, ${sizeText(file.size / seconds)}/s`
    progress.end(`${file.name}  ${sizeText(file.size)}  uploaded${rate}`)
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

type Sending = {
  readonly world: World
  readonly client: Client
  readonly file: LocalFile
  readonly digest: string
  readonly progress: Progress
}

async function sendUntilThere(sending: Sending): Promise<void> {
  const { world, client, digest, progress, file } = sending
  let furthest = 0
  for (let failed = 0; ; ) {
    let reached = 0
    try {
      if (failed > 0 && (await isThere(client, digest))) return
      await sendOnce(sending, (bytes) => {
        reached = bytes
        progress.at(bytes)
      })
      return
    } catch (error) {
      if (!mayRecover(world, error)) throw translated(error, file)
      failed = reached > furthest ? 1 : failed + 1
      furthest = Math.max(furthest, reached)
      const pause = retryMilliseconds[failed - 1]
      if (pause === undefined) throw gaveUp(error, file)
      progress.clear()
      world.stderr.write(`The connection broke; trying again in ${pause / 1000} s …\n`)
      await world.wait(pause)
    }
  }
}

/** One try. The bytes go out as fast as the platform takes them; memory: a few chunks. */
async function sendOnce(sending: Sending, onBytes: (bytes: number) => void): Promise<void> {
  const { client, file, digest } = sending
  const stall = new AbortController()
  const timer = setTimeout(() => stall.abort(new DOMException('stalled', 'TimeoutError')), stallMilliseconds)
  let broken: unknown
  const chunks = chunksOf(file, (bytes) => {
    if (bytes < file.size) timer.refresh()
    else clearTimeout(timer)
    onBytes(bytes)
  })
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await chunks.next()
        if (done === true) controller.close()
        else controller.enqueue(value)
      } catch (error) {
        broken = error
        controller.error(error)
      }
    },
    async cancel() {
      await chunks.return()
    },
  })
  try {
    await client.call('putBlob', { params: { digest }, body, length: file.size, signal: stall.signal })
  } catch (error) {
    throw broken ?? error
  } finally {
    clearTimeout(timer)
    await chunks.return()
  }
}

const recoverable: readonly string[] = ['upload_incomplete', 'stopping', 'unreachable']

function mayRecover(world: World, error: unknown): boolean {
  if (world.signal.aborted) return false
  if (error instanceof Unreachable || error instanceof ApiError) return recoverable.includes(error.code)
  return error instanceof Error && error.name === 'TimeoutError'
}

function translated(error: unknown, file: LocalFile): unknown {
  if (!(error instanceof ApiError)) return error
  if (error.code === 'blob_corrupt') return changed(file)
  const refusal = failureOf(error)
  return refusal.about(`${file.name} was not taken. ${refusal.message}`)
}

function gaveUp(error: unknown, file: LocalFile): Failure {
  return new Failure(
    `The upload of ${file.name} broke ${retryMilliseconds.length + 1} times in a row.`,
    {
      code: 'unreachable',
      why: error instanceof Error ? error.message : String(error),
      todo: 'Nothing was published. When the network is back, run the same command again: files that are up are not sent twice.',
    },
    exitCodes.unreachable,
  )
}
