import { ApiError, type Client } from '@bootcast/contract'
import { failureOf } from './failure.ts'
import { changed, type LocalFile } from './local-file.ts'
import type { Progress } from './progress.ts'
import { isThere, mayRecover, pauseAfter, sendable, sendOnce, uploadUnlessThere } from './sending.ts'
import type { World } from './world.ts'

const recoverable: readonly string[] = ['upload_incomplete', 'stopping', 'unreachable']

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
  const upload = { world, client, file, digest }
  await uploadUnlessThere(upload, (progress) => sendUntilThere({ ...upload, progress }))
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
      await sendWhole(sending, (bytes) => {
        reached = bytes
        progress.at(bytes)
      })
      return
    } catch (error) {
      if (!mayRecover(world, error, recoverable)) throw translated(error, file)
      failed = reached > furthest ? 1 : failed + 1
      furthest = Math.max(furthest, reached)
      await pauseAfter(failed, {
        world,
        name: file.name,
        progress,
        error,
        again: 'files that are up are not sent twice.',
      })
    }
  }
}

async function sendWhole(sending: Sending, onBytes: (bytes: number) => void): Promise<void> {
  const { client, file, digest } = sending
  await sendOnce(sendable(file), 0, onBytes, (body, signal) =>
    client.call('putBlob', { params: { digest }, body, length: file.size, signal }),
  )
}

function translated(error: unknown, file: LocalFile): unknown {
  if (!(error instanceof ApiError)) return error
  if (error.code === 'blob_corrupt') return changed(file)
  const refusal = failureOf(error)
  return refusal.about(`${file.name} was not taken. ${refusal.message}`)
}
