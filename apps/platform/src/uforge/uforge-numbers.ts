/** What UForge calls by a number, as we call it: an image, a release (`demo@3`), a build, a user. */
export type Numbered = {
  readonly kind: 'image' | 'release' | 'build' | 'user'
  readonly name: string
}

/**
 * Stable numbers for what we know by name. One that was given is kept for ever and never given again, so nothing of an
 * old number ever leads to something new. Grows by a row for each image,
 * release, build and user that a client of UForge was shown.
 * One suite for all implementations: `testing/uforge-store-contract.ts`.
 */
export interface UforgeNumbers {
  /** The number of each, by `keyOf`; new ones where there are none yet. */
  numbersOf(all: readonly Numbered[]): Promise<ReadonlyMap<string, number>>
  /** What has the number; it may be gone from the catalogue. */
  find(number: number): Promise<Numbered | undefined>
}

export const keyOf = ({ kind, name }: Numbered): string => `${kind} ${name}`

/** What has the number that stands in a path; `undefined` also for what is no number. */
export async function numbered(
  numbers: Pick<UforgeNumbers, 'find'>,
  text: string,
): Promise<Numbered | undefined> {
  return /^\d{1,15}$/.test(text) ? await numbers.find(Number(text)) : undefined
}
