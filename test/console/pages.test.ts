import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
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
import { placesOf } from './console-places.ts'
import { tabThrough } from './keyboard.ts'
import { errorsOn, lookAs, looks, settled } from './looks.ts'
import { hostilePerson, openScene, type Scene } from './scene.ts'

/** Each width and each colour once: axe takes its time. */
const judged = looks.filter(({ name }) => name === 'desktop-light' || name === 'phone-dark')

const unknown = '/no-such-page'

/** What the page shows when what people chose is more than text. */
const injected = (page: Page) =>
  page.evaluate(() => ({
    ran: (globalThis as { injected?: string }).injected ?? 'nothing',
    images: [...document.querySelectorAll('img[src=x], [onerror], [onmouseover]')].map(
      (each) => each.outerHTML,
    ),
    scripts: [...document.scripts]
      .filter(({ src }) => !src.startsWith(location.origin))
      .map((each) => each.outerHTML),
    turning: (document.body.innerText.match(/.{0,20}[\u202a-\u202e\u2066-\u2069].{0,20}/g) ?? []).slice(0, 3),
    title: document.title.includes('owned'),
  }))
const nothing = { ran: 'nothing', images: [], scripts: [], turning: [], title: false }

/** What does not fit a phone: the width of the page, and what makes it so wide. */
const tooWide = (page: Page) =>
  page.evaluate(() => {
    const room = document.documentElement.clientWidth
    const wide = document.documentElement.scrollWidth
    if (wide <= room) return []
    const guilty = [...document.querySelectorAll('main *')].filter(
      (each) => each.getBoundingClientRect().right > room,
    )
    return [`${wide} pixels`, ...guilty.slice(-3).map((each) => each.outerHTML.slice(0, 200))]
  })

describe('every page of the console', { skip: noBrowser }, () => {
  let scene: Scene
  let browser: Browser
  let page: Page
  let complaints: string[]
  let places: readonly string[]

  before(async () => {
    scene = await openScene()
    browser = await openBrowser()
    page = await (await newProfile(browser)).newPage()
    complaints = complaintsOf(page)
    page.on('dialog', (dialog) => {
      complaints.push(`a dialog: ${dialog.message()}`)
      dialog.dismiss().catch(() => undefined)
    })
    await signIn(page, scene.people.administrator)
    await settled(page)
    places = await placesOf(page, scene)
  })
  after(async () => {
    await browser?.close()
    await scene?.[Symbol.asyncDispose]()
  })

  /** One test for all: they are known only when the console runs. */
  test('is whole, readable, of the width of a phone, and shows hostile text as text', async (t) => {
    assert.ok(places.includes('/'))
    for (const place of places) {
      await t.test(place, async () => {
        complaints.length = 0
        await page.setViewportSize(desktop)
        const answer = await page.goto(scene.platform.url + place)
        assert.equal(answer?.status(), place === unknown ? 404 : 200, 'the platform knows the address')
        for (const look of judged) {
          await lookAs(page, look)
          assert.deepEqual(await hindrances(page), [], look.name)
          if (look.viewport === phone) assert.deepEqual(await tooWide(page), [], look.name)
        }
        assert.deepEqual(await errorsOn(page), [])
        assert.deepEqual(await injected(page), nothing)
        assert.match(await page.title(), /^.{2,80} – Bootcast$/u)
        assert.equal(await page.locator('main h1').count(), 1, 'one heading for the page')
        const spoken = complaints.filter((text) => place !== unknown || !text.includes('404'))
        assert.deepEqual(spoken, [])
      })
    }
  })

  test('can be used by keyboard alone', async (t) => {
    for (const place of places) {
      await t.test(place, async () => {
        await page.setViewportSize(desktop)
        await page.emulateMedia({ colorScheme: 'light' })
        await page.goto(scene.platform.url + place)
        await settled(page)
        assert.deepEqual(await tabThrough(page), [])
      })
    }
  })

  test('can be used by keyboard alone on a narrow screen', async () => {
    await page.setViewportSize(phone)
    await page.goto(scene.platform.url)
    await settled(page)
    assert.deepEqual(await tabThrough(page), [])
  })

  test('lets who uses a keyboard go past the navigation', async () => {
    await page.setViewportSize(desktop)
    await page.goto(scene.platform.url)
    await settled(page)
    await page.keyboard.press('Tab')
    const skip = page.locator('a.skip')
    assert.ok(await skip.evaluate((link) => link === document.activeElement))
    const box = await skip.boundingBox()
    assert.ok(box !== null && box.x >= 0 && box.y >= 0, 'it is seen while it has the focus')
    await page.keyboard.press('Enter')
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'content')
  })

  test('shows the longest name of who is signed in, and its menu by keyboard', async () => {
    const profile = await newProfile(browser, { viewport: phone })
    const other = await profile.newPage()
    const said = complaintsOf(other)
    await signIn(other, hostilePerson(scene.platform))
    await settled(other)
    assert.deepEqual(await tooWide(other), [])
    await other.locator('.user-menu').focus()
    await other.keyboard.press('Enter')
    await other.getByRole('menu').waitFor()
    await other.waitForTimeout(300)
    assert.deepEqual(await tooWide(other), [])
    assert.deepEqual(await hindrances(other), [])
    await other.keyboard.press('ArrowDown')
    await other.keyboard.press('ArrowDown')
    await other.keyboard.press('Enter')
    await other.keyboard.press('Escape')
    assert.ok(await other.locator('.user-menu').evaluate((button) => button === document.activeElement))
    assert.deepEqual(await injected(other), nothing)
    assert.deepEqual(said, [])
    await profile.close()
  })
})
