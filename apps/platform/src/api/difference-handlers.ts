import type { ReleaseDifferences } from '../catalogue/release-differences.ts'
import type { Handlers } from './handlers.ts'

/** A release may have thousands of files; those of which nothing is fetched say least. */
const mostFiles = 100

export function differenceHandlers(differences: ReleaseDifferences): Pick<Handlers, 'showDifference'> {
  return {
    async showDifference({ params: { name: image, number }, query }) {
      const { from, files, size, fetched, rest } = await differences.of({ image, number }, query.from)
      const dearest = files.toSorted((a, b) => b.fetched - a.fetched)
      return {
        ...{ image, number, size, fetched, rest },
        ...(from !== undefined && { from }),
        files: dearest.slice(0, mostFiles).map((file) => ({ ...file })),
      }
    },
  }
}
