import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { Browser } from 'playwright-core'
import { TestPlatform } from '../site/processes.ts'
import { complaintsOf, hindrances, newProfile, noBrowser, openBrowser, signIn } from './browser.ts'

/** JavaScript that the first page loads, gzipped; docs/decisions has why. */
const budgetBytes = 250_000

describe('the first page', { skip: noBrowser }, () => {
  let platform: TestPlatform
  let browser: Browser

  before(async () => {
    platform = await TestPlatform.start()
    browser = await openBrowser()
  })
  after(async () => {
    await browser?.close()
    await platform?.[Symbol.asyncDispose]()
  })

  test('it is within its budget, asks nobody else, and nothing is blocked', async () => {
    const profile = await newProfile(browser)
    const page = await profile.newPage()
    const complaints = complaintsOf(page)
    const elsewhere: string[] = []
    let bytes = 0
    page.on('response', async (response) => {
      if (!response.url().startsWith(platform.url)) elsewhere.push(response.url())
      if (response.url().endsWith('.js')) bytes += gzipSync(await response.body(), { level: 9 }).length
    })
    await signIn(page, { url: platform.url, user: 'admin', password: platform.password })
    await page.getByRole('heading', { level: 1, name: 'Boots' }).waitFor()
    await page.waitForTimeout(500)
    assert.deepEqual(elsewhere, [])
    assert.deepEqual(complaints, [])
    assert.ok(bytes > 50_000 && bytes <= budgetBytes, `${bytes} bytes of JavaScript`)
    assert.deepEqual(await hindrances(page), [])
    await profile.close()
  })
})
