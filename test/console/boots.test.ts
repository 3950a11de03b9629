import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { Browser, Page } from 'playwright-core'
import { TestPlatform, until } from '../site/processes.ts'
import { complaintsOf, hindrances, newProfile, noBrowser, openBrowser, phone, signIn } from './browser.ts'

const started = '52:54:00:b0:07:01'
const failed = '52:54:00:b0:07:02'
const arriving = '52:54:00:b0:07:03'

/** A folder for pictures of the pages, to be looked at by somebody. */
const { CONSOLE_SHOTS: shots } = process.env

describe('the boots', { skip: noBrowser }, () => {
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

  async function opened(path: string, how: Parameters<typeof newProfile>[1] = {}) {
    const profile = await newProfile(browser, how)
    const page = await profile.newPage()
    page.setDefaultTimeout(20_000)
    const complaints = complaintsOf(page)
    await signIn(page, { url: platform.url, user: 'admin', password: platform.password }, path)
    return { profile, page, complaints }
  }

  test('with no boot yet the page says how to get to one', async () => {
    const { profile, page, complaints } = await opened('/')
    await page.getByRole('heading', { name: 'No machine has booted yet' }).waitFor()
    assert.equal(await page.getByRole('link', { name: 'First steps' }).getAttribute('href'), '/start')
    await page.getByRole('status').getByText('Live', { exact: true }).waitFor()
    assert.deepEqual([await hindrances(page), complaints], [[], []])
    await shot(page, 'empty')
    await profile.close()
  })

  test('a machine that boots arrives while one looks, with what it does in words', async () => {
    await platform.publish('demo', kernelOf(3_000_000), gzipSync(randomBytes(1_000_000)))
    await platform.client.call('changeSettings', { body: { defaultImage: 'demo' } })
    const { profile, page, complaints } = await opened('/')
    await page.getByRole('status').getByText('Live', { exact: true }).waitFor()
    const files = await asks(platform.url, started)
    const now = page.getByRole('region', { name: 'Now' })
    await now.getByText(started).waitFor()
    await now.getByText(/decided: boot demo@1/).waitFor()
    await page.getByText('1 booting, 0 waiting').waitFor()
    await fetches(files)
    await now.getByText('No machine is booting.').waitFor()
    const row = page.getByRole('row', { name: new RegExp(started) })
    await row.getByText('Started').waitFor()
    await row.getByText(/^4\.0\d MB$/).waitFor()
    assert.deepEqual(complaints, [])
    await profile.close()
  })

  test('one that failed says why and what to do, on the list and on its page', async () => {
    // It was started and is there again: it did not start.
    await fetches(await asks(platform.url, failed))
    await asks(platform.url, failed)
    const { profile, page, complaints } = await opened('/?state=failed')
    await page.getByRole('link', { name: failed }).waitFor()
    assert.equal(await page.getByRole('link', { name: started }).count(), 0)
    await page.getByText(/To do/).first().waitFor()
    await page.getByRole('link', { name: failed }).click()
    await page.getByRole('heading', { level: 1, name: `Boot of ${failed}` }).waitFor()
    await page.getByText('It failed').waitFor()
    await page.getByText('What to do').waitFor()
    const timeline = page.getByRole('region', { name: 'What happened' })
    await timeline.getByText(/is there again, \d+ s after the start/).waitFor()
    await timeline.getByText(/vmlinuz, 3\.00 MB in/).waitFor()
    assert.match(page.url(), /\/boots\/[0-9a-f-]{36}$/)
    const machine = page.getByRole('link', { name: failed })
    assert.equal(await machine.getAttribute('href'), `/machines/${encodeURIComponent(failed)}`)
    assert.deepEqual([await hindrances(page), complaints], [[], []])
    await shot(page, 'boot')
    await page.goBack()
    await page.getByRole('heading', { name: 'Boots that fit' }).waitFor()
    await profile.close()
  })

  test('a boot’s page goes on with the boot', async () => {
    const files = await asks(platform.url, arriving)
    const { items } = await platform.client.call('listBoots', { query: { machine: arriving, limit: 1 } })
    const { profile, page } = await opened(`/boots/${items[0]?.id}`)
    await page.getByText('Booting', { exact: true }).waitFor()
    await page.getByRole('status').getByText('Live', { exact: true }).waitFor()
    await fetches(files)
    await page.getByText('all files were sent; the system has the machine').waitFor()
    await page.getByText('Started', { exact: true }).first().waitFor()
    await profile.close()
  })

  test('what is chosen stands in the address, and the address chooses', async () => {
    const { profile, page } = await opened('/')
    await page.getByLabel('State').selectOption('Started')
    await page.getByRole('row', { name: new RegExp(failed) }).waitFor({ state: 'detached' })
    await page.getByLabel('Machine').fill('52-54-00-B0-07-01')
    await page.getByLabel('Machine').press('Enter')
    await until('it stands in the address', 5_000, () => {
      const { searchParams } = new URL(page.url())
      return searchParams.get('state') === 'started' && searchParams.get('machine') === started
    })
    await page.reload()
    await page.getByRole('row', { name: new RegExp(started) }).waitFor()
    assert.equal(await page.getByRole('row', { name: new RegExp(arriving) }).count(), 0)
    assert.equal(await page.getByLabel('Machine').inputValue(), started)
    await page.getByLabel('Machine').fill('nonsense')
    await page.getByLabel('Machine').press('Enter')
    await page.getByText(/A whole hardware address/).waitFor()
    await page.getByRole('button', { name: 'Show all boots' }).click()
    await page
      .getByRole('row', { name: new RegExp(failed) })
      .first()
      .waitFor()
    await page.goto(`${platform.url}/?image=nothing`)
    await page.getByRole('heading', { name: 'No boot fits' }).waitFor()
    await profile.close()
  })

  for (const colorScheme of ['light', 'dark'] as const) {
    for (const [name, viewport] of [
      ['desktop', undefined],
      ['phone', phone],
    ] as const) {
      test(`nobody is kept out, and nothing pushes it apart: ${colorScheme}, ${name}`, async () => {
        const how = { colorScheme, ...(viewport !== undefined && { viewport }) }
        const { profile, page, complaints } = await opened('/', how)
        await page.getByRole('link', { name: failed }).first().waitFor()
        await page.getByText('These numbers as tables').waitFor()
        await shot(page, `boots-${colorScheme}-${name}`)
        assert.deepEqual([await hindrances(page), await tooWide(page)], [[], false])
        await page.getByText('These numbers as tables').click()
        assert.deepEqual([await hindrances(page), await tooWide(page)], [[], false])
        await page.getByRole('link', { name: failed }).first().click()
        await page.getByText('It failed').waitFor()
        await shot(page, `boot-${colorScheme}-${name}`)
        assert.deepEqual([await hindrances(page), await tooWide(page), complaints], [[], false, []])
        await profile.close()
      })
    }
  }

  test('a lost connection is said with its age, nothing counts as live, and what was missed is there afterwards', async () => {
    const { profile, page } = await opened('/')
    await page.getByRole('status').getByText('Live', { exact: true }).waitFor()
    await platform.program.stop()
    await page
      .getByRole('alert')
      .getByText(/No connection to the platform since .* \(.+\)/)
      .waitFor()
    await page.getByText(/^Not live: of /).waitFor()
    const row = page.locator('.stale').getByRole('row', { name: new RegExp(started) })
    await row.waitFor()
    await shot(page, 'lost')
    await platform.program.start()
    await asks(platform.url, '52:54:00:b0:07:09')
    await page.getByRole('status').getByText('Live', { exact: true }).waitFor()
    await page.getByRole('region', { name: 'Now' }).getByText('52:54:00:b0:07:09').waitFor()
    assert.equal(await page.locator('.stale').count(), 0)
    await profile.close()
  })
})

/** What Bootcast looks at of a kernel: the boot sector's marks (Documentation/arch/x86/boot.rst of Linux). */
function kernelOf(size: number): Buffer {
  const kernel = Buffer.alloc(size, 7)
  kernel.fill(0, 0, 1024)
  kernel.writeUInt16LE(0xaa55, 0x1fe)
  kernel.write('HdrS', 0x202, 'latin1')
  kernel.writeUInt16LE(0x020f, 0x206)
  return kernel
}

/** As iPXE does: what shall I boot? The addresses of the files that it is told. */
async function asks(url: string, mac: string): Promise<readonly string[]> {
  const answer = await fetch(`${url}/boot.ipxe?mac=${mac}&buildarch=x86_64&platform=pcbios&product=Lab`, {
    headers: { 'user-agent': 'iPXE/2.0.0' },
  })
  return [...(await answer.text()).matchAll(/http:\/\/\S+\/files\/\S+/g)].map(([file]) => file)
}

async function fetches(files: readonly string[]): Promise<void> {
  assert.ok(files.length > 0)
  for (const file of files) await (await fetch(file)).arrayBuffer()
}

/** Whether one would have to scroll sideways. */
const tooWide = (page: Page): Promise<boolean> =>
  page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth')

async function shot(page: Page, name: string): Promise<void> {
  if (shots !== undefined) await page.screenshot({ path: `${shots}/${name}.png`, fullPage: true })
}
