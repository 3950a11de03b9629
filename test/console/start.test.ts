import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
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

/** What Bootcast looks at of a kernel: the boot sector's marks (Documentation/arch/x86/boot.rst of Linux). */
function someKernel(): Buffer {
  const kernel = randomBytes(65_536)
  kernel.fill(0, 0, 1024)
  kernel.writeUInt16LE(0xaa55, 0x1fe)
  kernel.write('HdrS', 0x202, 'latin1')
  kernel.writeUInt16LE(0x020f, 0x206)
  return kernel
}

const mac = '52:54:00:00:00:07'

describe('the first start', { skip: noBrowser }, () => {
  let platform: TestPlatform
  let browser: Browser
  let page: Page
  let complaints: readonly string[]

  before(async () => {
    platform = await TestPlatform.start()
    browser = await openBrowser()
    page = await (await newProfile(browser)).newPage()
    complaints = complaintsOf(page)
    await signIn(page, { url: platform.url, user: 'admin', password: platform.password }, '/start')
  })
  after(async () => {
    await browser?.close()
    await platform?.[Symbol.asyncDispose]()
  })

  const step = (title: string, how: 'done' | 'to do') =>
    page.getByRole('heading', { level: 2, name: new RegExp(`^${title} ?: ${how}$`) })

  test('of an empty platform only the loaders are there', async () => {
    await step('Boot loaders are there', 'done').waitFor()
    await page.getByText('1 of 4 done').waitFor()
    for (const title of ['Machines are heard', 'An image is published', 'A machine has started'])
      await step(title, 'to do').waitFor()
    await page.getByText('No machine has asked yet.').waitFor()
  })

  test('how a machine is started: which one stands in the address', async () => {
    const qemu = page.getByRole('group').filter({ hasText: 'qemu-system-x86_64' }).first()
    assert.match((await qemu.textContent()) ?? '', /bootfile=http:\/\/127\.0\.0\.1:\d+\/boot\.ipxe/)
    await page.getByText('Start it with --listen 0.0.0.0:8080 first').waitFor()
    await page.getByRole('tab', { name: 'VirtualBox' }).click()
    await page.waitForURL(/machine=virtualbox/)
    await page.getByText(/Bridged Adapter/).waitFor()
    await page.reload()
    await page.getByText(/Bridged Adapter/).waitFor()
  })

  for (const colorScheme of ['light', 'dark'] as const)
    for (const viewport of [desktop, phone])
      test(`nothing keeps anybody out: ${colorScheme}, ${viewport.width} wide`, async () => {
        await page.emulateMedia({ colorScheme })
        await page.setViewportSize(viewport)
        await page.goto(`${platform.url}/start`)
        await step('A machine has started', 'to do').waitFor()
        assert.deepEqual(await hindrances(page), [])
        assert.deepEqual(complaints, [])
        const width = await page.evaluate(() => document.documentElement.scrollWidth)
        assert.ok(width <= viewport.width, `${width} wide`)
      })

  test('the steps tick themselves: an image, its choice, a machine that starts', async () => {
    await page.setViewportSize(desktop)
    await platform.publish('demo', someKernel(), gzipSync(randomBytes(1_000)))
    await step('An image is published', 'done').waitFor()

    await page.getByRole('button', { name: 'Boot it by default' }).click()
    const dialog = page.getByRole('dialog', { name: 'Boot demo on every machine?' })
    await dialog.getByText(/starts demo from now on/).waitFor()
    await dialog.getByRole('button', { name: 'Boot it by default' }).click()
    await step('Machines boot it without being asked', 'done').waitFor()
    assert.equal((await platform.client.call('showSettings', {})).defaultImage, 'demo')

    const ask = `${platform.url}/boot.ipxe?mac=${mac}&buildarch=x86_64&platform=pcbios`
    const script = await (await fetch(ask)).text()
    await page.getByText(`Seen last: ${mac}`).waitFor()
    await page.getByText('boots now').waitFor()
    await step('Machines are heard', 'done').waitFor()
    for (const [url] of script.matchAll(/http:\/\/\S+\/files\/\S+/g)) await (await fetch(url)).arrayBuffer()
    await step('A machine has started', 'done').waitFor()
    await page.getByText('4 of 4 done').waitFor()
    await page.getByText('A machine has booted from this platform').waitFor()
    assert.deepEqual(complaints, [])
  })
})
