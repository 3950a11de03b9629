import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { bzImageHead, gzipInitrd } from '../../modules/image/testing/boot-images.ts'
import { TestPlatform, until } from '../site/processes.ts'
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
import { askAsMachine, bootsFiles } from './machine-asking.ts'

const mac = '52:54:00:00:00:01'
const other = '52:54:00:00:00:02'
const patienceMs = 60_000
/** As a browser writes a time in the field of one, in the zone of this computer. */
const typed = (at: Date): string =>
  new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 19)

describe('the page of openings', { skip: noBrowser }, () => {
  let platform: TestPlatform
  let browser: Browser

  before(async () => {
    platform = await TestPlatform.start()
    await platform.publish('demo', bzImageHead(), gzipInitrd)
    for (const one of [mac, other]) await askAsMachine(platform, { mac: one, product: 'OptiPlex 7010' })
    await platform.client.call('changeMachine', { params: { mac }, body: { labels: ['lab'] } })
    browser = await openBrowser()
  })
  after(async () => {
    await browser?.close()
    await platform?.[Symbol.asyncDispose]()
  })

  const opened = async (path = '/openings', how: Parameters<typeof newProfile>[1] = {}) => {
    const page = await (await newProfile(browser, how)).newPage()
    page.setDefaultTimeout(patienceMs)
    const complaints = complaintsOf(page)
    await signIn(page, { url: platform.url, user: 'admin', password: platform.password }, path)
    await page.getByRole('heading', { level: 1, name: 'Openings' }).waitFor()
    return { page, complaints }
  }
  const row = (page: Page, text: string) => page.getByRole('row').filter({ hasText: text })
  /** The condition of the dialog, and what it then says of the machines. */
  const fillWhich = async (page: Page, value: string, says: string) => {
    await page.getByRole('combobox', { name: 'Which', exact: true }).fill(value)
    await page.getByRole('region', { name: 'Machines it means' }).getByText(says).waitFor()
  }
  const bootsNow = async (one: string) => bootsFiles(await askAsMachine(platform, { mac: one }))

  test('an opening is made in three clicks, honoured by the boot service, and refused after its time', async () => {
    const { page, complaints } = await opened()
    await page.getByText('Nothing is open to machines').waitFor()
    assert.equal(await bootsNow(mac), false)

    await page.getByRole('button', { name: 'Open an image' }).click()
    await page.getByRole('option', { name: 'demo' }).click()
    await fillWhich(page, 'lab', '1 of 2 that are known')
    await page.getByText('Boots at once').click()
    // In one page with what follows: the time runs from here.
    const end = new Date(Math.ceil(Date.now() / 1000) * 1000 + 30_000)
    await page.getByRole('combobox', { name: 'Until' }).click()
    await page.getByRole('option', { name: 'until a time…' }).click()
    await page.getByLabel('Ends, by your clock').fill(typed(end))
    await page.getByRole('button', { name: 'Open', exact: true }).click()
    await row(page, 'label lab').getByText('open', { exact: true }).filter({ visible: true }).waitFor()
    assert.ok(Date.now() < end.getTime(), 'the machine was too slow for this test')
    assert.deepEqual([await bootsNow(mac), await bootsNow(other)], [true, false])

    await until('its time is over', patienceMs, async () => Date.now() > end.getTime())
    assert.equal(await bootsNow(mac), false)
    await page.getByText('Nothing is open to machines').waitFor()
    await page.getByText('Ended', { exact: true }).click()
    await row(page, 'label lab').getByText('its time is over').filter({ visible: true }).waitFor()
    assert.match(page.url(), /state=ended/)
    assert.deepEqual(complaints, [])
    await page.context().close()
  })

  test('boots are counted down, what is used up is refused, what is closed too', async () => {
    const { page } = await opened(`/openings?for=${mac}`)
    await page.getByRole('region', { name: 'Machines it means' }).getByText('1 of 2').waitFor()
    await page.getByRole('combobox', { name: 'Image' }).last().click()
    await page.getByRole('option', { name: 'demo' }).click()
    await page.getByText('Boots at once').click()
    await page.getByLabel('Boots', { exact: true }).fill('1')
    await page.getByRole('button', { name: 'Open', exact: true }).click()
    await row(page, mac).getByText('1 of 1').filter({ visible: true }).waitFor()
    assert.equal(await bootsNow(mac), true)
    // The dialog that the address opened is not there any more.
    await page.waitForURL(({ searchParams }) => !searchParams.has('for'))

    await platform.client.call('addOpening', {
      body: { image: 'demo', machines: { mac: other }, boot: true },
    })
    await page.reload()
    assert.equal(await bootsNow(other), true)
    await page
      .getByRole('button', { name: `Close demo for ${other}` })
      .filter({ visible: true })
      .click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText(`demo is then no longer open to ${other}.`).waitFor()
    assert.equal(await bootsNow(other), true)
    await dialog.getByRole('button', { name: 'Close it' }).click()
    await dialog.waitFor({ state: 'hidden' })
    assert.equal(await bootsNow(other), false)
    await row(page, other).waitFor({ state: 'hidden' })
    await page.context().close()
  })

  test('what is wrong is said beside its field, and nothing is opened', async () => {
    const { page } = await opened()
    await page.getByRole('button', { name: 'Open an image' }).click()
    await page.keyboard.press('Tab')
    await page.getByRole('button', { name: 'Open', exact: true }).click()
    await page.getByText('Choose an image', { exact: true }).waitFor()
    await page.getByText('Fill this in').waitFor()
    await page.getByRole('combobox', { name: 'Which', exact: true }).fill('<b>no label</b>')
    await page.getByText('1 to 63 of A-Z').waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
    const focused = await page.evaluate(() => document.activeElement?.textContent)
    assert.equal(focused, 'Open an image')
    await page.context().close()
  })

  test('what is open to everybody is warned of, before and after', async () => {
    const { page } = await opened()
    await page.getByRole('button', { name: 'Open an image' }).click()
    await page.getByRole('option', { name: 'demo' }).click()
    await page.getByRole('combobox', { name: 'By what' }).click()
    await page.getByRole('option', { name: 'Every machine' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('All 2 that are known').waitFor()
    await dialog.getByText('also one that nobody knows').waitFor()
    await dialog.getByRole('button', { name: 'Open to every machine' }).click()
    await page.getByRole('alert').getByText('may boot demo without signing in').waitFor()
    await page.context().close()
  })

  test('who may only look is offered nothing', async () => {
    const password = randomBytes(12).toString('hex')
    await platform.client.call('addUser', { body: { name: 'vera', password, role: 'viewer' } })
    const { id } = await platform.client.call('addOpening', {
      body: { image: 'demo', machines: { serial: '<img src=x onerror=alert(1)>\u00a0“”' } },
    })
    const page = await (await newProfile(browser)).newPage()
    page.setDefaultTimeout(patienceMs)
    await signIn(page, { url: platform.url, user: 'vera', password }, `/openings?for=${mac}`)
    const said = page.getByText('serial number <img src=x onerror=alert(1)>').filter({ visible: true })
    await said.waitFor()
    assert.deepEqual(await page.getByRole('main').getByRole('button').count(), 0)
    assert.equal(await page.getByRole('dialog').count(), 0)
    await platform.client.call('closeOpening', { params: { id } })
    await page.context().close()
  })

  for (const [name, viewport, colorScheme] of [
    ['desktop, light', desktop, 'light'],
    ['desktop, dark', desktop, 'dark'],
    ['phone, light', phone, 'light'],
    ['phone, dark', phone, 'dark'],
  ] as const)
    test(`nobody is kept out, and nothing is wider than the page: ${name}`, async () => {
      await platform.client.call('addOpening', {
        body: { image: 'demo', machines: { product: 'W'.repeat(128), label: 'lab' }, times: 3 },
      })
      const { page, complaints } = await opened('/openings?state=all', { viewport, colorScheme })
      await row(page, 'WWWW').first().waitFor()
      assert.deepEqual(await hindrances(page), [])
      const wider = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      )
      assert.equal(wider, 0)
      await page.getByRole('button', { name: 'Open an image' }).click()
      await page.getByRole('option', { name: 'demo' }).click()
      await fillWhich(page, 'lab', '1 of 2 that are known')
      await page.keyboard.press('Tab')
      await page.waitForTimeout(400)
      assert.deepEqual(await hindrances(page), [])
      assert.deepEqual(complaints, [])
      await page.context().close()
    })
})
