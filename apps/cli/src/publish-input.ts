import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import {
  ApiError,
  createClient,
  imageNameSchema,
  type Publication,
  type PublishInput,
  type Release,
  suggestedImageName,
} from '@bootcast/contract'
import { bringInput } from './bring-input.ts'
import type { Connection } from './connection.ts'
import { Failure, failureOf, usageFailure } from './failure.ts'
import { changed, localFile } from './local-file.ts'
import { packFolder } from './pack-folder.ts'
import { Progress } from './progress.ts'
import type { RegistryAccess } from './registry-access.ts'
import { type Sendable, sendable } from './sending.ts'
import type { World } from './world.ts'

export type InputWish = {
  /** A path, `oci:PATH` or an address. */
  readonly what: string
  /** For `oci://…`: how the platform talks to the registry. */
  readonly registry?: RegistryAccess | undefined
  /** Absent: made of the name of the input. */
  readonly image: string | undefined
  readonly request: Omit<PublishInput, 'input'>
}

/** Often at first: small inputs are done by then. */
const pollMilliseconds = (asked: number) => Math.min(300, 20 * 2 ** asked)

/** An address, or something that is there on this computer. */
export async function isInput(what: string): Promise<boolean> {
  if (isAddress(what)) return true
  return (await stat(pathIn(what)).catch(() => undefined)) !== undefined
}

/** `oci:///folder` is a path: a registry has a name. */
const isAddress = (what: string) => /^(https?:\/\/|s3:\/\/|oci:\/\/[^/])/.test(what)
export const isInRegistry = (what: string): boolean => isAddress(what) && what.startsWith('oci:')
const pathIn = (what: string) => what.replace(/^oci:/, '')

/** The last part of a path or address, without what is no name: query of a web address, tag of a registry. */
function lastPartOf(what: string): string {
  if (isInRegistry(what)) return basename(what).replace(/[:@].*$/, '')
  return basename(/^https?:/.test(what) ? (what.split(/[?#]/)[0] ?? '') : pathIn(what))
}

/** The name of the image, when none is said: `debian-live-12.iso` → `debian-live-12`. @throws {Failure} */
export function imageNameFor({ what, image }: Pick<InputWish, 'what' | 'image'>): string {
  const own = suggestedImageName(lastPartOf(what))
  const found = imageNameSchema.safeParse(image ?? own)
  if (found.success) return found.data
  throw usageFailure(
    `“${(image ?? own).slice(0, 80)}” cannot be the name of an image.`,
    `Give one with --name: ${found.error.issues[0]?.message}.`,
  )
}

/** Uploads what the platform does not have, and waits until it made a release of it. @throws {Failure} */
export async function publishInput(world: World, connection: Connection, wish: InputWish): Promise<Release> {
  const { client } = connection
  const name = imageNameFor(wish)
  await client.call('me', {})
  const input = isAddress(wish.what)
    ? { url: wish.what, ...(wish.registry !== undefined && { registry: wish.registry }) }
    : await bringInput({ world, connection, file: await sendableAt(wish.what) })
  const started = await client.call('publishInput', { params: { name }, body: { ...wish.request, input } })
  try {
    return await followed(world, connection, wish.what, started)
  } catch (error) {
    if (world.signal.aborted) await cancelQuietly(connection, started.id)
    throw error
  }
}

async function sendableAt(what: string): Promise<Sendable> {
  const path = pathIn(what)
  if ((await stat(path).catch(() => undefined))?.isDirectory() === true) return await packFolder(path)
  return sendable(await localFile(path))
}

/** Shows each stage until the release is made. */
async function followed(
  world: World,
  { client }: Connection,
  what: string,
  started: Publication,
): Promise<Release> {
  let progress: Progress | undefined
  let shown = ''
  let now = started
  for (let asked = 0; ; asked++) {
    const stage = now.stage ?? 'publish'
    if (progress === undefined || shown !== `${stage} ${now.total}`) {
      progress?.clear()
      progress = new Progress(world, stage, now.image, now.total ?? 0)
      shown = `${stage} ${now.total}`
    }
    progress.at(now.done ?? 0)
    if (now.state === 'done' && now.release !== undefined) {
      progress.clear()
      return now.release
    }
    if (now.state === 'failed') {
      progress.clear()
      throw refusal(now, what)
    }
    await world.wait(pollMilliseconds(asked))
    world.signal.throwIfAborted()
    now = await client.call('showPublication', { params: { id: started.id } })
  }
}

const byHand =
  'Say the recipe (--recipe NAME), or by hand what is in it: --kernel PATH --initrd PATH --cmdline "…" (paths within the input).'

function refusal({ problem }: Publication, what: string): Failure {
  if (problem === undefined) return new Failure('Nothing was published.', { code: 'internal' })
  if (problem.code === 'blob_corrupt' && !isAddress(what)) return changed({ path: pathIn(what) })
  const failure = failureOf(new ApiError(problem))
  if (problem.code !== 'unreadable_input' || !/^(Nothing recognises|It may be)/.test(problem.detail))
    return failure
  return new Failure(failure.message, { code: problem.code, why: problem.detail, todo: byHand })
}

/** Interrupted: the client's own calls are ended by then. */
async function cancelQuietly({ url, token }: Connection, id: string): Promise<void> {
  const client = createClient({ url, token })
  await client.call('cancelPublication', { params: { id } }).catch(() => undefined)
}
