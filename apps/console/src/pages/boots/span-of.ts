import type { Boot } from '@bootcast/contract'

const goesOn: readonly Boot['state'][] = ['booting', 'waiting']

/** Whether something is still to be expected of it. */
export const isGoingOn = ({ state, closedAt }: Pick<Boot, 'state' | 'closedAt'>): boolean =>
  closedAt === undefined && goesOn.includes(state)

/** How long a boot took: until its system was started, else until something last happened; milliseconds. */
export function spanOf(boot: Boot, now: Date): number {
  const end = boot.startedAt ?? (isGoingOn(boot) ? now.toISOString() : boot.lastAt)
  return Math.max(0, Date.parse(end) - Date.parse(boot.beganAt))
}
