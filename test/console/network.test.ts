import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { TestPlatform } from '../site/processes.ts'
import {
  complaintsOf,
  desktop,
  hindrances,
  newProfile,
  noBrowser,
  openBrowser,
  phone,
  signIn,
} from './browser.ts'

describe('the page about the network of the machines', { skip: noBrowser }, () => {
  let platform: TestPlatform
  let browser: Browser
  let page: Page
  let complaints: readonly string[]

  before(async () => {
    platform = await TestPlatform.start()
    browser = await openBrowser()
    const profile = await newProfile(browser)
    await profile.grantPermissions(['clipboard-read', 'clipboard-write'])
    page = await profile.newPage()
    complaints = complaintsOf(page)
    await signIn(page, { url: platform.url, user: 'admin', password: platform.password }, '/network')
  })
  after(async () => {
    await browser?.close()
    await platform?.[Symbol.asyncDispose]()
  })

  test('what is in the way, what follows from it, and what to do', async () => {
    const main = page.getByRole('main')
    await main.getByText(`Machines would be told to load from ${platform.url}`).first().waitFor()
    await main.getByText('That is the machine itself, not this computer.').first().waitFor()
    await main
      .getByText(/Start Bootcast with --listen 0\.0\.0\.0:8080/)
      .first()
      .waitFor()
    await main.getByText('Bootcast takes no part in DHCP', { exact: true }).waitFor()
    const row = (people: string) => main.getByRole('row', { name: people })
    await row('PCs with BIOS undionly.kpxe').waitFor()
    await row('64-bit ARM machines, PXE none: no answer').waitFor()
    assert.equal(await row('RISC-V').count(), 0)
    await main.getByRole('button', { name: /rare kinds without a loader/ }).click()
    await row('RISC-V machines, PXE none: no answer').waitFor()
  })

  test('a configuration is chosen and copied, and its address shows the same again', async () => {
    await page.getByRole('tab', { name: 'Kea' }).click()
    await page.waitForURL(/server=kea/)
    const { text } = await platform.client.call('showDhcpText', { params: { server: 'kea' }, query: {} })
    const shown = page.getByRole('group', { name: 'Kea, configuration' })
    assert.equal(await shown.textContent(), text)
    await page.getByRole('button', { name: 'Copy Kea, configuration' }).click()
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), text)
    await page.getByText('There is no loader for: PCs with UEFI, 64-bit ARM machines.').waitFor()
    await page.reload()
    await shown.waitFor()
    await page.goto(`${platform.url}/network?server=nonsense`)
    await page.getByRole('group', { name: 'dnsmasq, configuration' }).waitFor()
  })

  for (const colorScheme of ['light', 'dark'] as const)
    for (const viewport of [desktop, phone])
      test(`nothing keeps anybody out: ${colorScheme}, ${viewport.width} wide`, async () => {
        await page.emulateMedia({ colorScheme })
        await page.setViewportSize(viewport)
        await page.goto(`${platform.url}/network?server=windows`)
        await page.getByRole('group', { name: 'Windows DHCP, configuration' }).waitFor()
        assert.deepEqual(await hindrances(page), [])
        assert.deepEqual(complaints, [])
        const width = await page.evaluate(() => document.documentElement.scrollWidth)
        assert.ok(width <= viewport.width, `${width} wide`)
      })

  test('when the platform is away, what was seen stays, with its age', async () => {
    await page.route('**/api/**', (route) => route.abort())
    await page
      .getByText(/The platform did not answer; what you see is of/)
      .first()
      .waitFor({ timeout: 60_000 })
    await page.getByText('Bootcast takes no part in DHCP', { exact: true }).waitFor()
  })
})
