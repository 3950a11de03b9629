import { imageNameSchema, type Publish, publishSchema, type Release } from '@bootcast/contract'
import type { Connection } from './connection.ts'
import { exitCodes, Failure, usageFailure } from './failure.ts'
import { type LocalFile, localFile } from './local-file.ts'
import { Progress } from './progress.ts'
import { readDigest, sendable } from './sending.ts'
import { uploadFile } from './upload.ts'
import type { World } from './world.ts'

export type Wish = {
  readonly image: string
  readonly kernel: string
  readonly initrds: readonly string[]
  readonly cmdline: string
  /** `null`: none. */
  readonly channel: string | null
}

type CheckedWish = {
  readonly image: string
  readonly kernel: LocalFile
  readonly initrds: readonly LocalFile[]
  readonly cmdline: string
  readonly channel: string | null
}

/** All that can be known without the platform and without reading the files. @throws {Failure} */
export async function checkedWish(wish: Wish): Promise<CheckedWish> {
  const name = imageNameSchema.safeParse(wish.image)
  if (!name.success)
    throw usageFailure(
      `“${shortened(wish.image)}” cannot be the name of an image.`,
      `Choose ${name.error.issues[0]?.message}.`,
    )
  const [kernel, ...initrds] = await Promise.all([wish.kernel, ...wish.initrds].map(localFile))
  if (kernel === undefined) throw usageFailure('A kernel is needed.', 'Name it with --kernel FILE.')
  const checked = { image: name.data, kernel, initrds, cmdline: wish.cmdline, channel: wish.channel }
  const unknown = `sha256:${'0'.repeat(64)}`
  const form = publishSchema.safeParse(releaseOf(checked, () => unknown))
  if (!form.success) throw badForm(checked, form.error.issues)
  return checked
}

/**
 * Uploads what the platform does not have, then makes the release in one step: until that there is nothing of it.
 * @throws {Failure} and what the client throws
 */
export async function publish(world: World, { client }: Connection, wish: CheckedWish): Promise<Release> {
  await client.call('me', {})
  const files = [wish.kernel, ...wish.initrds]
  const digests = new Map<LocalFile, string>()
  for (const file of files) digests.set(file, await readDigest(world, sendable(file)))
  for (const file of files) await uploadFile(world, client, file, digests.get(file) ?? '')
  const progress = new Progress(world, 'publish', wish.image, 0)
  try {
    return await client.call('publishRelease', {
      params: { name: wish.image },
      body: releaseOf(wish, (file) => digests.get(file) ?? ''),
    })
  } finally {
    progress.clear()
  }
}

/** What an interrupted or failed publish leaves: said beside the error. */
export function withWayOn(error: unknown, world: World): unknown {
  if (!world.signal.aborted) return error
  return new Failure(
    'Interrupted. Nothing was published.',
    {
      code: 'interrupted',
      todo: 'Run the same command again to go on: files that are up are not sent twice.',
    },
    exitCodes.interrupted,
  )
}

function releaseOf(wish: CheckedWish, digestOf: (file: LocalFile) => string): Publish {
  const named = (file: LocalFile) => ({ name: file.name, digest: digestOf(file) })
  const { cmdline, channel } = wish
  return { kernel: named(wish.kernel), initrds: wish.initrds.map(named), cmdline, channel }
}

type Issue = { readonly path: readonly PropertyKey[]; readonly message: string }

function badForm(wish: CheckedWish, issues: readonly Issue[]): Failure {
  const [issue] = issues
  const [part, index] = issue?.path ?? []
  if (part === 'cmdline')
    return usageFailure(`The command line has ${wish.cmdline.length} characters; 4096 are the most.`)
  if (part === 'channel')
    return usageFailure(
      `“${shortened(String(wish.channel))}” cannot be a channel.`,
      `Choose ${issue?.message}.`,
    )
  const file = part === 'kernel' ? wish.kernel : typeof index === 'number' ? wish.initrds[index] : undefined
  if (file === undefined) return usageFailure(`There are ${wish.initrds.length} initrds; 16 are the most.`)
  return usageFailure(
    `Machines could not be told the file name “${shortened(file.name)}”.`,
    `Give the file another name, or link to it: ${issue?.message}.`,
  )
}

function shortened(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}
