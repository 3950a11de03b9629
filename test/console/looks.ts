import type { Page } from 'playwright-core'
import { commonTexts as texts } from '../../apps/console/src/texts/common.ts'
import { desktop, phone } from './browser.ts'

/** How people look at it. */
export const looks = [
  { name: 'desktop-light', viewport: desktop, colorScheme: 'light' },
  { name: 'desktop-dark', viewport: desktop, colorScheme: 'dark' },
  { name: 'phone-light', viewport: phone, colorScheme: 'light' },
  { name: 'phone-dark', viewport: phone, colorScheme: 'dark' },
] as const
export type Look = (typeof looks)[number]

export async function lookAs(page: Page, { viewport, colorScheme }: Look): Promise<void> {
  await page.setViewportSize(viewport)
  await page.emulateMedia({ colorScheme })
  await settled(page)
}

/** Has its heading, and nothing on it is still being loaded. */
export async function settled(page: Page): Promise<void> {
  await page.locator('main h1').first().waitFor({ timeout: 15_000 })
  await page.waitForFunction(
    (loading) => {
      const now = performance.now()
      const kept = globalThis as { quietSince?: number | undefined }
      if (document.querySelector(`[role=status][aria-label="${loading}"]`) !== null)
        kept.quietSince = undefined
      else kept.quietSince ??= now
      return kept.quietSince !== undefined && now - kept.quietSince > 200
    },
    texts.loading,
    { timeout: 15_000 },
  )
}

const failures = [texts.failed, texts.unreachable, texts.brokenPage, texts.forbidden]

/** What a page says that nobody should read in a scene where all is well. */
export async function errorsOn(page: Page): Promise<string[]> {
  const alerts = await page.locator('main [role=alert], main h1').allInnerTexts()
  return alerts.filter((text) => failures.some((failure) => text.startsWith(failure)))
}
