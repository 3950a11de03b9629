import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { bzImageHead, gzipInitrd } from '../../modules/image/testing/boot-images.ts'
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
import { askAsMachine, bootsFiles } from './machine-asking.ts'

const patienceMs = 60_000
const mac = '52:54:00:00:00:01'
const hostile = '52:54:00:66:66:66'
const script = '<img src=x onerror=alert(1)>'

describe('the pages of machines', { skip: noBrowser }, () => {
  let platform: TestPlatform
  let browser: Browser

  before(async () => {
    platform = await TestPlatform.start()
    for (const image of ['demo', 'rescue']) await platform.publish(image, bzImageHead(), gzipInitrd)
    await askAsMachine(platform, { mac, product: 'OptiPlex 7010', manufacturer: 'Dell Inc.', serial: 'CZ1' })
    await askAsMachine(platform, { mac: '52:54:00:00:00:02', product: 'ThinkCentre', serial: 'CZ2' })
    await askAsMachine(platform, {
      ...{ mac: hostile, product: `${script} \u202eevil ${'W'.repeat(200)}` },
      ...{ manufacturer: '\u{1d54f}'.repeat(40), serial: '"><script>alert(1)</script>' },
    })
    browser = await openBrowser()
  })
  after(async () => {
    await browser?.close()
    await platform?.[Symbol.asyncDispose]()
  })

  const opened = async (path: string, how: Parameters<typeof newProfile>[1] = {}, person = {}) => {
    const page = await (await newProfile(browser, how)).newPage()
    page.setDefaultTimeout(patienceMs)
    const complaints = complaintsOf(page)
    const admin = { url: platform.url, user: 'admin', password: platform.password }
    await signIn(page, { ...admin, ...person }, path)
    await page.getByRole('heading', { level: 1 }).waitFor()
    return { page, complaints }
  }

  test('machines that asked are there, found by what they say, and a link shows the same', async () => {
    const { page, complaints } = await opened('/machines')
    await page.getByText('3 machines').waitFor()
    await page.getByRole('searchbox', { name: 'Search' }).fill('optiplex')
    await page.getByText('1 machine', { exact: true }).waitFor()
    await page.getByRole('link', { name: mac }).waitFor()
    assert.match(page.url(), /search=optiplex/)
    await page.reload()
    await page.getByText('1 machine', { exact: true }).waitFor()
    await page.getByRole('searchbox', { name: 'Search' }).fill('nothing of this')
    await page.getByRole('button', { name: 'Clear the filters' }).click()
    await page.getByText('3 machines').waitFor()
    await platform.client.call('changeMachine', { params: { mac }, body: { labels: ['lab'] } })
    await page.getByRole('button', { name: 'lab', exact: true }).click()
    await page.getByText('1 machine', { exact: true }).waitFor()
    assert.match(page.url(), /label=lab/)
    assert.deepEqual(complaints, [])
    await page.context().close()
  })

  test('an image is assigned for all boots, or for one; why is told, and the boot service does it', async () => {
    const { page, complaints } = await opened(`/machines/${mac}`)
    const next = page.getByRole('region', { name: 'What it boots next' })
    await next.getByText('It shows the menu').waitFor()
    await page.getByRole('button', { name: 'Assign an image' }).click()
    await page.getByRole('option', { name: 'demo' }).click()
    await page.getByRole('button', { name: 'Assign', exact: true }).click()
    await next.getByText('It boots demo@1').waitFor()
    await next.getByText('Does it have an image of its own?').waitFor()
    assert.ok(bootsFiles(await askAsMachine(platform, { mac })))
    await page
      .getByRole('link', { name: /^Boot of/ })
      .first()
      .waitFor()

    await page.getByRole('button', { name: 'Assign an image' }).click()
    const image = page.getByRole('dialog').getByRole('combobox', { name: 'Image' })
    await image.fill('rescue')
    await page.getByRole('option', { name: 'rescue' }).click()
    await page.getByLabel('Its next boot only').check()
    await page.getByRole('button', { name: 'Assign', exact: true }).click()
    await next.getByText('It boots rescue@1').waitFor()
    const decided = page.getByRole('region', { name: 'What was decided for it' })
    await decided.getByRole('button', { name: 'Take back: rescue' }).click()
    await next.getByText('It boots demo@1').waitFor()
    await decided.getByRole('button', { name: 'Take back: demo' }).click()
    await page.getByRole('dialog').getByText('no longer boots demo').waitFor()
    await page.getByRole('button', { name: 'Take it back' }).click()
    await next.getByText('It shows the menu').waitFor()
    assert.equal(bootsFiles(await askAsMachine(platform, { mac })), false)
    assert.deepEqual(complaints, [])
    await page.context().close()
  })

  test('a machine that was never heard is prepared, labelled, given a value, and forgotten', async () => {
    const { page } = await opened('/machines')
    await page.getByRole('button', { name: 'Prepare a machine' }).click()
    const field = page.getByLabel('Hardware address (MAC)')
    await field.fill('52:54')
    await page.getByRole('button', { name: 'Prepare it' }).click()
    await page.getByText('twelve hexadecimal digits').waitFor()
    await field.fill('52-54-00-00-00-AA')
    await page.getByRole('button', { name: 'Prepare it' }).click()
    await page.getByRole('heading', { level: 1, name: '52:54:00:00:00:aa' }).waitFor()

    await page.getByRole('button', { name: 'More for this machine' }).click()
    await page.getByRole('menuitem', { name: 'Change labels' }).click()
    await page.getByRole('dialog').getByLabel('Labels').fill('rack=4')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Save labels' }).click()
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
    await page.getByRole('button', { name: 'Set a value' }).click()
    await page.getByLabel('Name').fill('hostname')
    await page.getByLabel('Value', { exact: true }).fill('web-01')
    await page.getByRole('button', { name: 'Save the value' }).click()
    await page.getByRole('cell', { name: 'web-01' }).waitFor()

    await page.getByRole('button', { name: 'More for this machine' }).click()
    await page.getByRole('menuitem', { name: 'Forget' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('its labels: rack=4').waitFor()
    await dialog.getByText('its values for templates').waitFor()
    await dialog.getByRole('button', { name: 'Forget it' }).click()
    await page.getByText('3 machines').waitFor()
    await page.goto(`${platform.url}/machines/52:54:00:00:00:aa`)
    await page.getByRole('heading', { level: 1, name: 'This machine is not known' }).waitFor()
    await page.context().close()
  })

  test('what a machine says of itself is shown as it is, and does nothing', async () => {
    const { page, complaints } = await opened(`/machines/${hostile}`)
    await page.getByText(script).first().waitFor()
    await page.getByText('"><script>').first().waitFor()
    assert.equal(await page.locator('img').count(), 0)
    assert.ok(!(await page.getByRole('main').innerText()).includes('\u202e'))
    assert.deepEqual(complaints, [])
    await page.context().close()
  })

  test('who may only look is offered nothing', async () => {
    const password = randomBytes(12).toString('hex')
    await platform.client.call('addUser', { body: { name: 'vera', password, role: 'viewer' } })
    const { page } = await opened(`/machines/${mac}`, {}, { user: 'vera', password })
    await page
      .getByRole('region', { name: 'Values for its templates' })
      .getByText('None of its own.')
      .waitFor()
    const names = await page.getByRole('main').getByRole('button').allInnerTexts()
    // To copy the address.
    assert.deepEqual(names, [''])
    await page.getByRole('link', { name: 'All machines' }).click()
    await page.getByRole('link', { name: mac }).waitFor()
    assert.equal(await page.getByRole('button', { name: 'Prepare a machine' }).count(), 0)
    await page.context().close()
  })

  for (const [name, viewport, colorScheme] of [
    ['desktop, light', desktop, 'light'],
    ['desktop, dark', desktop, 'dark'],
    ['phone, light', phone, 'light'],
    ['phone, dark', phone, 'dark'],
  ] as const)
    test(`nobody is kept out, and nothing is wider than the page: ${name}`, async () => {
      await platform.client.call('changeMachine', {
        params: { mac: hostile },
        body: { labels: ['a'.repeat(63)], image: 'demo', nextImage: 'rescue', overwriteDisk: true },
      })
      const { page, complaints } = await opened('/machines', { viewport, colorScheme })
      const wider = () =>
        page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
      await page.getByText('3 machines').waitFor()
      assert.deepEqual([await hindrances(page), await wider()], [[], 0])
      await page.getByRole('link', { name: hostile }).click()
      await page.getByText('It boots').waitFor()
      assert.deepEqual([await hindrances(page), await wider()], [[], 0])
      assert.deepEqual(complaints, [])
      await page.context().close()
    })
})
