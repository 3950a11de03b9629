import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { TestPlatform } from '../site/processes.ts'
import { complaintsOf, hindrances, newProfile, noBrowser, openBrowser, phone, signIn } from './browser.ts'
import { clientOf, hostileName, password, peopleScene, sideways } from './people-scene.ts'

describe('the audit log in the console', { skip: noBrowser, timeout: 240_000 }, () => {
  let platform: TestPlatform
  let browser: Browser

  before(async () => {
    platform = await TestPlatform.start()
    await peopleScene(platform)
    const olga = await clientOf(platform, 'olga')
    await olga.call('removeUser', { params: { name: 'uwe' } }).catch(() => undefined)
    browser = await openBrowser()
  })
  after(async () => {
    await browser?.close()
    await platform?.[Symbol.asyncDispose]()
  })

  const open = async (path: string, how = {}, user = 'admin', secret = platform.password) => {
    const profile = await newProfile(browser, how)
    const page = await profile.newPage()
    const complaints = complaintsOf(page)
    await signIn(page, { url: platform.url, user, password: secret }, path)
    return { page, complaints, [Symbol.asyncDispose]: () => profile.close() }
  }

  test('filters stand in the address, narrow what is shown, and are taken away again', async () => {
    await using opened = await open('/audit?who=olga&outcome=refused')
    const { page } = opened
    const rows = page.getByRole('table', { name: 'Entries' }).getByRole('row')
    await page.getByText('This needs an administrator').first().waitFor()
    assert.equal(await rows.count(), 2)
    await page.getByRole('button', { name: 'Clear the filters' }).click()
    await page.getByLabel('To', { exact: true }).fill('ONERROR')
    await page.waitForURL(/about=ONERROR/)
    await page.getByRole('cell', { name: /<img src=x onerror=alert\(1\)>/ }).waitFor()
    assert.equal(await rows.count(), 2)
    await page.getByLabel('To', { exact: true }).fill('nothing is called so')
    await page.getByText('Nothing is written there for that').waitFor()
    await page.goBack()
  })

  test('what somebody did is one click away', async () => {
    await using opened = await open('/audit')
    const { page } = opened
    const table = page.getByRole('table', { name: 'Entries' })
    await table.getByRole('link', { name: 'changeGrants' }).first().click()
    await page.waitForURL(/action=changeGrants/)
    await page.waitForFunction(() => document.querySelectorAll('table tbody tr').length === 1)
    await table.getByText('debian allow=').waitFor()
  })

  test('only administrators see it', async () => {
    await using opened = await open('/audit', {}, 'olga', password)
    await opened.page.getByRole('heading', { level: 1, name: 'Your role may not see this' }).waitFor()
    assert.equal(await opened.page.getByRole('link', { name: 'Audit' }).count(), 0)
    const olga = await clientOf(platform, 'olga')
    await assert.rejects(olga.call('listAudit', { query: {} }), { code: 'forbidden' })
  })

  test('on a phone and in the dark nothing is cut off and nobody is kept out', async () => {
    for (const how of [{ viewport: phone }, { colorScheme: 'dark' }]) {
      await using opened = await open('/audit', how)
      const { page, complaints } = opened
      await page.getByText(hostileName.slice(0, 20)).first().waitFor({ state: 'attached' })
      assert.deepEqual(await hindrances(page), [])
      assert.equal(await page.evaluate(sideways), false)
      assert.deepEqual(complaints, [])
    }
  })
})
