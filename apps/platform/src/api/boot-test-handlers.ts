import type { BootTest, BootTestSummary, ReleaseName } from '@bootcast/catalogue'
import type { BootTest as ShownTest } from '@bootcast/contract'
import type { CatalogueStore } from '../catalogue/catalogue-store.ts'
import { checkScreen, sizeOfScreen } from '../catalogue/check-screen.ts'
import type { Handlers } from './handlers.ts'
import { Refused } from './problem-response.ts'

type BootTestCalls = 'recordTest' | 'showTest' | 'showTestScreen'

/** How releases booted when somebody tried them. */
export function bootTestHandlers(
  catalogue: Pick<CatalogueStore, 'recordTest' | 'findTest'>,
): Pick<Handlers, BootTestCalls> {
  return {
    async recordTest({ params: { name: image, number, firmware }, body, user }) {
      const { screen: text, ...told } = body
      const screen = text === undefined ? undefined : Buffer.from(text, 'base64')
      if (screen !== undefined) checkScreen(screen)
      const test = { ...told, firmware, screen, testedAt: Date.now(), testedBy: user }
      await catalogue.recordTest({ image, number }, test)
      return undefined
    },
    async showTest({ params: { name: image, number, firmware } }) {
      const { screen, log, ...test } = await found(catalogue, { image, number }, firmware)
      const shown = shownTest({ ...test, hasScreen: screen !== undefined })
      return { ...shown, log, ...(screen !== undefined && { screen: sizeOfScreen(screen) }) }
    },
    async showTestScreen({ params: { name: image, number, firmware } }) {
      const { screen } = await found(catalogue, { image, number }, firmware)
      if (screen !== undefined) return screen
      throw new Refused('screen_not_found', `The test of ${image}@${number} on ${firmware} has no picture`)
    },
  }
}

async function found(
  catalogue: Pick<CatalogueStore, 'findTest'>,
  release: ReleaseName,
  firmware: string,
): Promise<BootTest> {
  const test = await catalogue.findTest(release, firmware)
  if (test !== undefined) return test
  throw new Refused('test_not_found', `${release.image}@${release.number} was not tested on ${firmware}`)
}

export const shownTest = ({ firmware, testedAt, ...told }: BootTestSummary): ShownTest => ({
  ...told,
  firmware: firmware === 'bios' ? 'bios' : 'uefi',
  testedAt: new Date(testedAt).toISOString(),
})
