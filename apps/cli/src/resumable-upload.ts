import type { Connection } from './connection.ts'
import type { Progress } from './progress.ts'
import { mayRecover, pauseAfter, type Sendable, sendOnce, stallMilliseconds } from './sending.ts'
import type { World } from './world.ts'

const recoverable: readonly string[] = [
  'upload_incomplete',
  'upload_offset_mismatch',
  'upload_taken_over',
  'stopping',
  'unreachable',
]

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
  const { world, file, progress } = sending
  const { id, offset } = await begun(sending)
  if (offset > 0) progress.end(`${file.name}  goes on at ${Math.floor((offset / file.size) * 100)}%`)
  let from = offset
  for (let failed = 0; from < file.size; ) {
    const { at, error } = await oneTry(sending, id, from)
    failed = at > from ? 1 : failed + 1
    from = at
    if (error === undefined) continue
    await pauseAfter(failed, { world, name: file.name, progress, error, again: 'it goes on where it broke.' })
  }
  return id
}

/** How far it came, and why no further. @throws what cannot be mended by waiting */
async function oneTry(sending: Sending, id: string, from: number): Promise<{ at: number; error?: unknown }> {
  try {
    return { at: await sendFrom(sending, id, from) }
  } catch (error) {
    if (!mayRecover(sending.world, error, recoverable)) throw error
    const signal = AbortSignal.any([sending.world.signal, AbortSignal.timeout(stallMilliseconds)])
    return { at: await sending.connection.uploads.offset(id, signal).catch(() => from), error }
  }
}

async function begun({ connection, file, digest }: Sending): Promise<{ id: string; offset: number }> {
  const { items } = await connection.client.call('listUploads', {})
  const known = items.find(({ key, size }) => key === digest && size === file.size)
  if (known !== undefined) return { id: known.id, offset: known.offset }
  return { id: await connection.uploads.create({ name: file.name, size: file.size, key: digest }), offset: 0 }
}

async function sendFrom(
  { world, connection, file, progress }: Sending,
  id: string,
  from: number,
): Promise<number> {
  const onBytes = (end: number) => progress.at(end)
  return await sendOnce(file, from, onBytes, (body, stalled) => {
    const signal = AbortSignal.any([world.signal, stalled])
    return connection.uploads.append(id, { from, body, length: file.size - from }, signal)
  })
}
