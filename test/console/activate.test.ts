import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { TestPlatform } from '../site/processes.ts'
import { complaintsOf, hindrances, newProfile, noBrowser, openBrowser, phone } from './browser.ts'
import { password, peopleScene, sideways } from './people-scene.ts'

const mac = '52:54:00:12:34:56'
const product = '<b>Opti"Plex</b> \u202e7090'

describe('approving a machine by phone', { skip: noBrowser, timeout: 240_000 }, () => {
  let platform: TestPlatform
  let browser: Browser

  before(async () => {
    platform = await TestPlatform.start()
    await peopleScene(platform)
    browser = await openBrowser()
  })
  after(async () => {
    await browser?.close()
    await platform?.[Symbol.asyncDispose]()
  })

  /** As a boot screen does: a boot script, its session, the code that is shown. */
  const machineWithCode = async () => {
    const facts = new URLSearchParams({
      ...{ mac, buildarch: 'i386', platform: 'pcbios', manufacturer: 'Dell', product, serial: 'S1ABC' },
    })
    const script = await (await fetch(`${platform.url}/boot.ipxe?${facts}`)).text()
    const place = /http:\S+\/session/.exec(script)?.[0] ?? ''
    const text = async (path: string) => (await fetch(`${place}/${path}`)).text()
    return { text, code: /\b[B-Z]{4}-[B-Z]{4}\b/.exec(await text('code'))?.[0] ?? '' }
  }

  const openAs = async (user: string, secret: string, path: string, how = {}) => {
    const profile = await newProfile(browser, { viewport: phone, ...how })
    const page = await profile.newPage()
    const complaints = complaintsOf(page)
    await page.goto(platform.url + path)
    await page.getByLabel('User').fill(user)
    await page.getByLabel('Password').fill(secret)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    return { page, complaints, [Symbol.asyncDispose]: () => profile.close() }
  }

  test('the page says who approves which machine; it boots what was chosen, and the console is next', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const { code, text } = await machineWithCode()
      const path = `/activate?code=${code}`
      await using opened = await openAs('admin', platform.password, path, { colorScheme })
      const { page, complaints } = opened
      await page.getByRole('heading', { level: 1, name: 'Sign in at a machine' }).waitFor()
      const words = await page.getByRole('main').innerText()
      for (const shown of [code, mac, 'S1ABC', 'Dell', '<b>Opti"Plex</b>', 'as admin', '127.0.0.1'])
        assert.ok(words.includes(shown), `${shown} in ${words}`)
      assert.equal(await page.getByRole('main').locator('b').count(), 0)
      assert.deepEqual(await hindrances(page), [])
      assert.equal(await page.evaluate(sideways), false)
      await page.getByLabel('Boot debian').check()
      await page.getByRole('button', { name: 'Approve this machine' }).click()
      await page.getByRole('heading', { level: 1, name: 'Approved' }).waitFor()
      assert.match(await page.getByRole('main').innerText(), new RegExp(mac))
      assert.match(await text('wait'), /choose\?image=debian/)
      await page.getByRole('link', { name: 'See its boots in the console' }).click()
      await page.getByRole('heading', { level: 1, name: 'Boots' }).waitFor()
      assert.deepEqual(complaints, [])
    }
  })

  test('who only boots enters the code, refuses, and is led to their account', async () => {
    const { code, text } = await machineWithCode()
    await using opened = await openAs('uwe', password, '/activate')
    const { page } = opened
    await page.getByLabel('The code').fill(code.toLowerCase().replace('-', ' '))
    assert.deepEqual(await hindrances(page), [])
    await page.getByRole('button', { name: 'Go on' }).click()
    await page.getByRole('button', { name: 'Refuse' }).click()
    await page.getByRole('heading', { level: 1, name: 'Refused' }).waitFor()
    assert.match(await text('wait'), /the sign-in was refused/)
    await page.getByRole('link', { name: 'Your account' }).click()
    await page.getByRole('heading', { level: 1, name: 'Your account' }).waitFor()
  })

  test('a code that nothing shows is said to be none', async () => {
    await using opened = await openAs('uwe', password, '/activate?code=BBBB-BBBB')
    await opened.page.getByRole('alert').getByText('Neither a machine nor a command shows').waitFor()
  })
})
