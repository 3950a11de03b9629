import { countText, type ReleaseDifference } from '@bootcast/contract'
import { bytes, percent } from '../sizes.ts'

/** Words of what a release costs a site that has the one before. */
export const differenceTexts = {
  sum: ({ fetched, size }: Pick<ReleaseDifference, 'fetched' | 'size'>, from: number) =>
    fetched === 0
      ? `nothing new since #${from}`
      : `${bytes(fetched)} of ${bytes(size)} new since #${from} (${percent(fetched / size)})`,
  about: (from: number) =>
    `What a site that has release ${from} fetches to have this one: the parts that are new, before they are compressed on the way.`,
  how: 'The parts that are new, before they are compressed on the way.',
  comparing: (from: number) => `comparing with #${from}…`,
  failed: 'The difference could not be worked out.',
  again: (release: number) => `Try again: the difference of release ${release}`,
  title: (from: number) => `What a site fetches that has release ${from}`,
  part: (fetched: number, size: number) =>
    fetched === size ? `all ${bytes(size)}` : `${bytes(fetched)} of ${bytes(size)}`,
  moreFiles: (n: number) => `and parts of ${countText(n, 'more file')}`,
  rest: (size: string) => `${size} besides: the rest of the archives that files lie in, tables, chunk maps`,
} as const
