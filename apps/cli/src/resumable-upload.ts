import { ApiError, Unreachable } from '@bootcast/contract'
import type { Connection } from './connection.ts'
import { exitCodes, Failure } from './failure.ts'
import type { Progress } from './progress.ts'
import type { Sendable } from './publish-input.ts'
import type { World } from './world.ts'

/** Waits before the second, third… try. They begin anew when a try gets on. */
const retryMilliseconds = [1_000, 2_000, 4_000, 8_000, 16_000] as const
/** An upload that moves no byte for so long is taken for dead. */
const stallMilliseconds = 60_000

export type Sending = {
  readonly world: World
  readonly connection: Connection
  readonly file: Sendable
  /** Of the whole file. The platform knows a broken upload of another day by it. */
  readonly digest: string
  readonly progress: Progress
}

/**
 * Sends all bytes, from where an earlier upload of the same file broke off; a broken connection is taken up again with
 * growing waits. @returns the id of the upload
 */
export async function sendAll(sending: Sending): Promise<string> {
  const { file, progress } = sending
  const { id, offset } = await begun(sending)
  if (offset > 0) progress.end(`${file.name}  goes on at ${Math.floor((offset / file.size) * 100)}%`)
  let from = offset
  for (let failed = 0; from < file.size; ) {
    const { at, error } = await oneTry(sending, id, from)
    failed = at > from ? 1 : failed + 1
    from = at
    if (error !== undefined) await pause(sending, failed, error)
  }
  return id
}

/** How far it came, and why no further. @throws what cannot be mended by waiting */
async function oneTry(sending: Sending, id: string, from: number): Promise<{ at: number; error?: unknown }> {
  try {
    return { at: await sendFrom(sending, id, from) }
  } catch (error) {
    if (!mayRecover(sending.world, error)) throw error
    const signal = AbortSignal.any([sending.world.signal, AbortSignal.timeout(stallMilliseconds)])
    return { at: await sending.connection.uploads.offset(id, signal).catch(() => from), error }
  }
}

async function pause({ world, file, progress }: Sending, failed: number, error: unknown): Promise<void> {
  const milliseconds = retryMilliseconds[failed - 1]
  if (milliseconds === undefined) throw gaveUp(error, file)
  progress.clear()
  world.stderr.write(`The connection broke; trying again in ${milliseconds / 1000} s …\n`)
  await world.wait(milliseconds)
}

async function begun({ connection, file, digest }: Sending): Promise<{ id: string; offset: number }> {
  const { items } = await connection.client.call('listUploads', {})
  const known = items.find(({ key, size }) => key === digest && size === file.size)
  if (known !== undefined) return { id: known.id, offset: known.offset }
  return { id: await connection.uploads.create({ name: file.name, size: file.size, key: digest }), offset: 0 }
}

/** One try. The bytes go out as fast as the platform takes them; memory: a few chunks. */
async function sendFrom(
  { world, connection, file, progress }: Sending,
  id: string,
  from: number,
): Promise<number> {
  const stall = new AbortController()
  const timer = setTimeout(() => stall.abort(new DOMException('stalled', 'TimeoutError')), stallMilliseconds)
  let broken: unknown
  const chunks = file.read(from, (end) => {
    if (end < file.size) timer.refresh()
    else clearTimeout(timer)
    progress.at(end)
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
      await chunks.return(undefined)
    },
  })
  try {
    const signal = AbortSignal.any([world.signal, stall.signal])
    return await connection.uploads.append(id, { from, body, length: file.size - from }, signal)
  } catch (error) {
    throw broken ?? error
  } finally {
    clearTimeout(timer)
    await chunks.return(undefined)
  }
}

const recoverable: readonly string[] = [
  'upload_incomplete',
  'upload_offset_mismatch',
  'upload_taken_over',
  'stopping',
  'unreachable',
]

function mayRecover(world: World, error: unknown): boolean {
  if (world.signal.aborted) return false
  if (error instanceof Unreachable || error instanceof ApiError) return recoverable.includes(error.code)
  return error instanceof Error && error.name === 'TimeoutError'
}

function gaveUp(error: unknown, file: Sendable): Failure {
  return new Failure(
    `The upload of ${file.name} broke ${retryMilliseconds.length + 1} times in a row.`,
    {
      code: 'unreachable',
      why: error instanceof Error ? error.message : String(error),
      todo: 'Nothing was published. When the network is back, run the same command again: it goes on where it broke.',
    },
    exitCodes.unreachable,
  )
}
