import type { Channel, Release } from '@bootcast/contract'

/** The channel that a reference without one means. */
export const usualChannel = 'stable'

/** `demo@testing` → demo, testing; `demo` → demo, stable. */
export function partsOf(reference: string): { readonly image: string; readonly follows: string } {
  const [image = '', follows = usualChannel] = reference.split('@')
  return { image, follows }
}

/** The shortest reference that means it. */
export const referenceOf = (image: string, follows: string): string =>
  follows === usualChannel ? image : `${image}@${follows}`

/** A number is a release, for ever; a word a channel, which moves. */
export const isRelease = (follows: string): boolean => /^[0-9]+$/.test(follows)

type Followed = {
  readonly channels: readonly Pick<Channel, 'name' | 'number'>[]
  readonly newest?: Pick<Release, 'number'> | undefined
}

/** What a machine follows of an image when nobody said: its usual channel, else another one, else its newest release. */
export function usualOf({ channels, newest }: Followed): string | undefined {
  const [first] = channels
  const channel = channels.find(({ name }) => name === usualChannel) ?? first
  return channel?.name ?? (newest === undefined ? undefined : String(newest.number))
}

/** The release that a reference stands for now. */
export function releaseNow(follows: string, channels: Followed['channels']): number | undefined {
  return isRelease(follows) ? Number(follows) : channels.find(({ name }) => name === follows)?.number
}
