import { ApiError, type PublishInput } from '@bootcast/contract'
import type { Connection } from './connection.ts'
import { Progress } from './progress.ts'
import { beginUpload, sendRest } from './resumable-upload.ts'
import { RunningDigest } from './running-digest.ts'
import { isThere, readDigest, type Sendable, sayThere, showingUpload } from './sending.ts'
import type { World } from './world.ts'

/** So much is read before anything is sent: it takes less time than a call takes on most networks. */
const smallBytes = 32 * 1024 * 1024

type Input = PublishInput['input']
type Bringing = { readonly world: World; readonly connection: Connection; readonly file: Sendable }

/**
 * Brings a file to the platform, and gives what a publication names it by. What is there already is not sent; of a
 * large file a part, since its digest, by which the platform knows it, is made while it is sent.
 * @throws {Failure} when the file changes or all tries break; {ApiError} when the platform refuses
 */
export async function bringInput(bringing: Bringing): Promise<Input> {
  const { world, connection, file } = bringing
  if (file.size > smallBytes) return await sentWhileHashed(bringing)
  const digest = await readDigest(world, file)
  if (await isThere(connection.client, digest)) return there(bringing, digest)
  return { upload: await sent(bringing, world.signal), digest }
}

async function sentWhileHashed(bringing: Bringing): Promise<Input> {
  const { world, connection, file } = bringing
  const stopping = new AbortController()
  const signal = AbortSignal.any([world.signal, stopping.signal])
  let progress: Progress | undefined
  const running = new RunningDigest(file, signal, (hashed) => progress?.at(hashed))
  const known = running.digest.then(async (digest) => {
    const isHere = await isThere(connection.client, digest).catch(() => false)
    if (isHere) stopping.abort(new DOMException('the platform has it', 'AbortError'))
    return { digest, isHere }
  })
  known.catch((error: unknown) => stopping.abort(error))
  const wait = () => {
    progress = new Progress(world, 'read', file.name, file.size)
    running.readAhead()
  }
  try {
    const upload = await sent({ ...bringing, file: running.heard }, signal)
    wait()
    return { upload, digest: (await known).digest }
  } catch (error) {
    // A full disk refuses also what is on it.
    if (error instanceof ApiError) wait()
    const mayBeHere = stopping.signal.aborted || error instanceof ApiError
    const found = mayBeHere ? await known.catch(() => undefined) : undefined
    if (found?.isHere !== true) throw error
    return there(bringing, found.digest)
  } finally {
    stopping.abort()
    progress?.clear()
  }
}

/** @returns the id of the upload */
async function sent({ world, connection, file }: Bringing, signal: AbortSignal): Promise<string> {
  return await showingUpload(world, file, async (progress) => {
    const sending = { world, connection, file, progress, signal }
    const upload = await beginUpload(sending)
    try {
      await sendRest(sending, upload)
    } catch (error) {
      // One that the user interrupts stays: the same command goes on with it.
      if (signal.aborted && !world.signal.aborted)
        await connection.uploads.remove(upload.id).catch(() => undefined)
      throw error
    }
    return upload.id
  })
}

function there({ world, file }: Bringing, digest: string): Input {
  sayThere(world, file)
  return { blob: digest, name: harmless(file.name) }
}

const harmless = (name: string) =>
  name.replace(/[^A-Za-z0-9._+~-]/g, '_').replace(/^[^A-Za-z0-9]+/, '') || 'image'
