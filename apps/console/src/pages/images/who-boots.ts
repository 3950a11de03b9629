import type { Followers, ImageDetail } from '@bootcast/contract'

/** Where machines go that follow an image and name no channel. */
export const usualChannel = 'stable'

export type Counts = Omit<Followers, 'follows'>

const nobody: Counts = { machines: 0, nextBoots: 0, openings: 0, isDefault: false }

/** Who boots what the channel points to. Who follows an image and names no channel follows the usual one. */
export function followersOf({ followers }: Pick<ImageDetail, 'followers'>, channel: string): Counts {
  return followers
    .filter(({ follows }) => (follows ?? usualChannel) === channel)
    .reduce<Counts>(
      (sum, each) => ({
        machines: sum.machines + each.machines,
        nextBoots: sum.nextBoots + each.nextBoots,
        openings: sum.openings + each.openings,
        isDefault: sum.isDefault || each.isDefault,
      }),
      nobody,
    )
}

export const isNobody = ({ machines, nextBoots, openings, isDefault }: Counts): boolean =>
  machines + nextBoots + openings === 0 && !isDefault

/**
 * What those who follow the channel boot now. Before there is the usual channel, its followers boot the newest release.
 */
export function bootedBefore(image: ImageDetail, channel: string): number | undefined {
  const there = image.channels.find(({ name }) => name === channel)
  if (there !== undefined) return there.number
  return channel === usualChannel ? image.newest?.number : undefined
}

export type Use =
  | { readonly kind: 'channel'; readonly channel: string }
  | { readonly kind: 'roll-back'; readonly channel: string }
  | { readonly kind: 'followers' }

/** Why a release cannot be removed. The platform judges by itself. */
export function usesOf({ channels, followers }: ImageDetail, number: number): readonly Use[] {
  return [
    ...channels
      .filter((channel) => channel.number === number)
      .map(({ name }) => ({ kind: 'channel' as const, channel: name })),
    ...channels
      .filter(({ previous }) => previous === number)
      .map(({ name }) => ({ kind: 'roll-back' as const, channel: name })),
    ...(followers.some(({ follows }) => follows === String(number)) ? [{ kind: 'followers' as const }] : []),
  ]
}
