import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { TestPlatform, TestSite, until } from '../site/processes.ts'
import { complaintsOf, hindrances, newProfile, noBrowser, openBrowser, phone, signIn } from './browser.ts'

/** What Bootcast looks at of a kernel: the boot sector's marks (Documentation/arch/x86/boot.rst of Linux). */
function kernelOf(size: number): Buffer {
  const kernel = randomBytes(size)
  kernel.fill(0, 0, 1024)
  kernel.writeUInt16LE(0xaa55, 0x1fe)
  kernel.write('HdrS', 0x202, 'latin1')
  kernel.writeUInt16LE(0x020f, 0x206)
  return kernel
}

const initrd = () => gzipSync(randomBytes(500_000), { level: 1 })
const password = 'a long password of theirs'
const hostile = '<img src=x onerror=alert(1)>'
const patienceMs = 30_000

describe('the pages about sites', { skip: noBrowser, timeout: 600_000 }, () => {
  let platform: TestPlatform
  let site: TestSite
  let browser: Browser
  let profile: BrowserContext
  let page: Page
  let complaints: string[]

  before(async () => {
    platform = await TestPlatform.start()
    await platform.publish('demo', kernelOf(1_000_000), initrd())
    await platform.publish('large', kernelOf(4_000_000), initrd())
    await platform.client.call('changeSettings', { body: { defaultImage: 'demo' } })
    await platform.client.call('addUser', { body: { name: 'vera', password, role: 'viewer' } })
    await platform.client.call('addUser', { body: { name: hostile, password, role: 'operator' } })
    site = await TestSite.make()
    const { join } = await platform.client.call('addSite', { body: { name: 'grenoble' } })
    await site.join(/join (\S+)/.exec(join.command)?.[1] ?? '', join.token)
    for (const last of ['01', '02']) await site.boot(`52:54:00:00:00:${last}`)
    browser = await openBrowser()
    profile = await newProfile(browser)
    page = await profile.newPage()
    complaints = complaintsOf(page)
    await signIn(page, { url: platform.url, user: 'admin', password: platform.password }, '/sites')
  })
  after(async () => {
    await browser?.close()
    await site?.[Symbol.asyncDispose]()
    await platform?.[Symbol.asyncDispose]()
  })

  const dialog = () => page.getByRole('dialog')
  const deed = (name: string | RegExp) => dialog().getByRole('button', { name, exact: true })

  test('the list tells how each site is, and what it keeps and saves', async () => {
    const row = page.getByRole('row', { name: /grenoble/ })
    await row.getByText(/^\d problems?$/).waitFor()
    await row.getByText(/[1-9][\d.]* MB of /).waitFor({ timeout: patienceMs })
    await row.getByText(/^\d+ %$/).waitFor({ timeout: patienceMs })
    assert.deepEqual(await hindrances(page), [])
  })

  test('adding a site ends with the command, shown once', async () => {
    await page.getByRole('button', { name: 'Add a site' }).click()
    await page.getByLabel('Name', { exact: true }).fill('Annecy!')
    await deed('Add it').click()
    await dialog().getByText('Use 1 to 63 of a-z 0-9 -').waitFor()
    await page.getByLabel('Name', { exact: true }).fill('grenoble')
    await deed('Add it').click()
    await dialog()
      .getByText(/site of that name already|grenoble/)
      .first()
      .waitFor()
    await page.getByLabel('Name', { exact: true }).fill('annecy')
    await deed('Add it').click()
    const command = dialog().getByText(/join https:\/\/\S+ --token annecy\.\S+/)
    await command.waitFor()
    assert.deepEqual(await hindrances(page), [])
    await page.keyboard.press('Escape')
    await command.waitFor()
    await deed('I have it').click()
    await dialog().waitFor({ state: 'hidden' })
    await page
      .getByRole('row', { name: /annecy/ })
      .getByText('Waiting to join')
      .waitFor()
    assert.doesNotMatch(await page.content(), /--token/)
    await page.getByRole('link', { name: 'annecy' }).click()
    await page.getByText('It has not joined yet.').waitFor()
    await page.getByText(/What to do: Run it there before/).waitFor()
  })

  test('an image is fetched beforehand, with how far it is, and the order is taken back', async () => {
    const params = { name: 'grenoble' }
    await platform.client.call('changeSite', { params, body: { wanBytesPerSecond: 200_000 } })
    await page.goto(`${platform.url}/sites/grenoble`)
    // It has few loaders here, and says so of itself.
    await page
      .getByText(/It says of itself: /)
      .first()
      .waitFor()
    await page.getByRole('button', { name: 'Fetch an image' }).click()
    await page.getByRole('combobox', { name: 'Image' }).fill('no such thing')
    await deed('Fetch it').click()
    await dialog().getByText('That is no image').waitFor()
    await page.getByRole('combobox', { name: 'Image' }).fill('large')
    await page.keyboard.press('Escape')
    await deed('Fetch it').click()
    const orders = page.getByRole('region', { name: 'Ordered' })
    await orders.getByText('being fetched').waitFor({ timeout: patienceMs })
    await orders.getByRole('progressbar', { name: 'How much of large@1 is there' }).waitFor()
    await orders.getByText(/ of 4\.\d+ MB/).waitFor()
    await orders.getByRole('button', { name: 'Take back the order of large@1' }).click()
    await dialog()
      .getByText(/What it has of it stays/)
      .waitFor()
    await deed('Take back').click()
    await orders.getByText('taken back').waitFor()
    await platform.client.call('changeSite', { params, body: { wanBytesPerSecond: null } })
  })

  test('settings are changed, with what is wrong beside its field; what is pinned is kept', async () => {
    const settings = page.getByRole('region', { name: 'What it may and does' })
    await settings.getByRole('button', { name: 'Change: Room for its cache' }).click()
    await page.getByLabel('Room for releases').fill('a lot')
    await deed('Save').click()
    await dialog()
      .getByText(/That cannot be used/)
      .waitFor()
    await page.getByLabel('Room for releases').fill('2 GB')
    await deed('Save').click()
    await settings.getByText('2 GB at most').waitFor()
    await settings.getByRole('button', { name: 'Change: When it fetches' }).click()
    await page.getByLabel('Hours').fill('22:00-06:00')
    await deed('Save').click()
    await settings.getByText(/22:00 to 06:00, by its own clock/).waitFor()
    await page.getByRole('button', { name: 'Pin an image' }).click()
    await page.getByRole('combobox', { name: 'Image' }).fill('demo@stable')
    await page.keyboard.press('Escape')
    await deed('Pin it').click()
    await page.getByRole('button', { name: 'Unpin demo@stable' }).waitFor()
    const shown = await platform.client.call('showSite', { params: { name: 'grenoble' } })
    assert.equal(shown.settings.quotaBytes, 2e9)
    assert.deepEqual(shown.settings.schedule, { from: '22:00', to: '06:00' })
    assert.deepEqual(shown.settings.pins, ['demo@stable'])
  })

  for (const [name, look] of Object.entries({
    'in the dark': { colorScheme: 'dark' as const },
    'on a phone': { viewport: phone },
  }))
    test(`nothing keeps people out ${name}, and no page is wider than its window`, async () => {
      await using other = await newProfile(browser, look)
      const shown = await other.newPage()
      const said = complaintsOf(shown)
      await signIn(shown, { url: platform.url, user: 'admin', password: platform.password }, '/sites')
      await shown.getByRole('link', { name: 'grenoble' }).filter({ visible: true }).waitFor()
      assert.deepEqual(await hindrances(shown), [])
      assert.ok(await fits(shown))
      await shown.getByRole('link', { name: 'grenoble' }).filter({ visible: true }).click()
      await shown.getByRole('region', { name: 'In its cache' }).waitFor()
      assert.deepEqual(await hindrances(shown), [])
      assert.ok(await fits(shown))
      assert.deepEqual(said, [])
    })

  test('what people call themselves is text; who may only look is offered nothing else', async () => {
    await using other = await newProfile(browser)
    const shown = await other.newPage()
    await signIn(shown, { url: platform.url, user: hostile, password }, '/sites/grenoble')
    await shown.getByRole('button', { name: 'Fetch an image' }).click()
    await shown.getByRole('combobox', { name: 'Image' }).fill('demo')
    await shown.keyboard.press('Escape')
    await shown.getByRole('dialog').getByRole('button', { name: 'Fetch it' }).click()
    await shown.getByRole('region', { name: 'Ordered' }).getByText(hostile, { exact: true }).waitFor()
    assert.equal(await shown.locator('img').count(), 0)
    assert.equal(await shown.getByRole('button', { name: 'Revoke' }).count(), 0)
    await using looking = await newProfile(browser)
    const seen = await looking.newPage()
    await signIn(seen, { url: platform.url, user: 'vera', password }, '/sites')
    await seen.getByRole('link', { name: 'grenoble' }).click()
    await seen.getByRole('region', { name: 'In its cache' }).waitFor()
    const buttons = await seen.getByRole('main').getByRole('button').allInnerTexts()
    assert.deepEqual(buttons, [])
  })

  test('a site is revoked when somebody has read what that means, and then removed', async () => {
    await page.goto(`${platform.url}/sites/annecy`)
    await page.getByRole('button', { name: 'Revoke' }).click()
    await dialog()
      .getByText(/This cannot be undone/)
      .waitFor()
    await deed('Cancel').click()
    await dialog().waitFor({ state: 'hidden' })
    assert.equal(
      (await platform.client.call('showSite', { params: { name: 'annecy' } })).state,
      'waiting to join',
    )
    await page.getByRole('button', { name: 'Revoke' }).click()
    await deed('Revoke it').click()
    await page.getByText(/It was revoked .* gets nothing any more/).waitFor()
    await page.getByRole('button', { name: 'Remove' }).click()
    await deed('Remove it').click()
    await page.waitForURL(/\/sites$/)
    await page.getByRole('link', { name: 'annecy' }).waitFor({ state: 'hidden' })
    assert.deepEqual(complaints.filter(isUnexpected), [])
  })

  test('while the platform does not answer, old data is grey and says of when it is', async () => {
    await page.goto(`${platform.url}/sites/grenoble`)
    await page.getByRole('region', { name: 'In its cache' }).waitFor()
    await platform.program.stop()
    await page.getByText('The platform does not answer').waitFor({ timeout: patienceMs })
    await page
      .getByText(/what you see is of/)
      .first()
      .waitFor()
    await page.locator('.stale').getByText('grenoble').or(page.locator('.stale')).first().waitFor()
    await platform.program.start()
    await until('it is of now again', patienceMs, async () => (await page.locator('.stale').count()) === 0)
  })
})

/** The browser says of each refusal of the API that it failed. */
const isUnexpected = (complaint: string) => !complaint.startsWith('Failed to load resource')

const fits = (page: Page): Promise<boolean> =>
  page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth)
