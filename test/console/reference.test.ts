import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { routes } from '../../modules/contract/src/index.ts'
import { TestPlatform } from '../site/processes.ts'
import { complaintsOf, hindrances, newProfile, noBrowser, openBrowser, phone, signIn } from './browser.ts'
import { sideways } from './people-scene.ts'

describe('the API reference in the console', { skip: noBrowser, timeout: 240_000 }, () => {
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

  const open = async (path: string, how = {}) => {
    const profile = await newProfile(browser, how)
    const page = await profile.newPage()
    const complaints = complaintsOf(page)
    await signIn(page, { url: platform.url, user: 'admin', password: platform.password }, path)
    return { page, complaints, [Symbol.asyncDispose]: () => profile.close() }
  }

  test('every call of the platform stands there, and is found by its words', async () => {
    await using opened = await open('/reference')
    const { page } = opened
    await page.getByText(`${Object.keys(routes).length} calls`).waitFor()
    await page.getByLabel('Find a call').fill('POST users')
    await page.getByText('1 call', { exact: true }).waitFor()
    await page.waitForURL(/find=POST/)
  })

  test('a call is opened by the keyboard, and has its body, its answer and a line for a shell', async () => {
    await using opened = await open('/reference?find=addUser')
    const { page } = opened
    const line = page.getByRole('button', { name: /addUser/ })
    await line.focus()
    await page.keyboard.press('Enter')
    await page.waitForURL(/call=addUser/)
    assert.equal(await line.getAttribute('aria-expanded'), 'true')
    const body = await page.getByRole('list', { name: 'Body' }).innerText()
    assert.match(body, /role[\s\S]*"administrator" \| "publisher"[\s\S]*required/)
    const shell = await page.getByText(/^curl -X POST/).innerText()
    assert.match(shell, /'http:\/\/127\.0\.0\.1:\d+\/api\/v1\/users'/)
    assert.match(shell, /-d '\{"name":"NAME","password":"PASSWORD","role":"administrator"\}'/)
    await page.getByText('administrator (users.change)').waitFor()
  })

  test('on a phone and in the dark nothing is cut off and nobody is kept out', async () => {
    for (const how of [{ viewport: phone }, { colorScheme: 'dark' }]) {
      await using opened = await open('/reference?find=site&call=showSite', how)
      const { page, complaints } = opened
      await page.getByText(/^curl /).waitFor()
      await page.getByRole('button', { name: 'Show the problem codes' }).click()
      await page.getByRole('cell', { name: 'user_exists' }).waitFor()
      assert.deepEqual(await hindrances(page), [])
      assert.equal(await page.evaluate(sideways), false)
      assert.deepEqual(complaints, [])
    }
  })
})
