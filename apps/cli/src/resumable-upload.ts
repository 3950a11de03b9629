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
  readonly progress: Progress
  /** Ends it. */
  readonly signal: AbortSignal
}

type Begun = { readonly id: string; readonly offset: number }

/** A new upload, or that of the same file which broke off earlier. */
export async function beginUpload({ connection, file, progress }: Sending): Promise<Begun> {
  const { items } = await connection.client.call('listUploads', {})
  const known = items.find(({ key, size }) => key === file.key && size === file.size)
  if (known === undefined)
    return {
      id: await connection.uploads.create({ name: file.name, size: file.size, key: file.key }),
      offset: 0,
    }
  const { id, offset } = known
  if (offset > 0) progress.end(`${file.name}  goes on at ${Math.floor((offset / file.size) * 100)}%`)
  return { id, offset }
}

/** Sends the bytes that are missing; a broken connection is taken up again with growing waits. */
export async function sendRest(sending: Sending, { id, offset }: Begun): Promise<void> {
  const { world, file, progress, signal } = sending
  let from = offset
  for (let failed = 0; from < file.size; ) {
    signal.throwIfAborted()
    const { at, error } = await oneTry(sending, id, from)
    failed = at > from ? 1 : failed + 1
    from = at
    if (error === undefined) continue
    await pauseAfter(failed, { world, name: file.name, progress, error, again: 'it goes on where it broke.' })
  }
}

/** How far it came, and why no further. @throws what cannot be mended by waiting */
async function oneTry(sending: Sending, id: string, from: number): Promise<{ at: number; error?: unknown }> {
  try {
    return { at: await sendFrom(sending, id, from) }
  } catch (error) {
    if (sending.signal.aborted || !mayRecover(sending.world, error, recoverable)) throw error
    const signal = AbortSignal.any([sending.signal, AbortSignal.timeout(stallMilliseconds)])
    return { at: await sending.connection.uploads.offset(id, signal).catch(() => from), error }
  }
}

async function sendFrom(
  { connection, file, progress, signal }: Sending,
  id: string,
  from: number,
): Promise<number> {
  const onBytes = (end: number) => progress.at(end)
  return await sendOnce(file, from, onBytes, (body, stalled) => {
    const length = file.size - from
    return connection.uploads.append(id, { from, body, length }, AbortSignal.any([signal, stalled]))
  })
}
