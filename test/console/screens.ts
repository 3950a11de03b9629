import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { complaintsOf, desktop, newProfile, openBrowser, type Person, phone, signIn } from './browser.ts'
import { placesOf } from './console-places.ts'
import { errorsOn, type Look, lookAs, looks, settled } from './looks.ts'
import { openScene } from './scene.ts'

/*
 * `npm run screens [PART-OF-ADDRESS…]`: pictures of all pages of the console in use, for people to look at. Ends with 1
 * when a page shows an error.
 */
const folder = join(import.meta.dirname, '../../screens')
/** Of a long page the beginning. */
const mostHeight = 2400
const wanted = process.argv.slice(2)

const say = (text: string) => process.stdout.write(`${text}\n`)

async function main(): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder)
  say('setting the scene …')
  await using scene = await openScene({ crowd: 110 })
  const browser = await openBrowser()
  try {
    const person = scene.people.administrator
    const troubles = [
      ...(await picturesBefore(browser, person)),
      ...(await picturesOf(browser, person, scene)),
    ]
    for (const trouble of troubles) say(`FAILED ${trouble}`)
    process.exitCode = troubles.length === 0 ? 0 : 1
  } finally {
    await browser.close()
  }
}

/** Of the pages where nobody is signed in. */
async function picturesBefore(browser: Browser, { url }: Person): Promise<string[]> {
  const profile = await newProfile(browser)
  const page = await profile.newPage()
  await page.goto(`${url}/sign-in`)
  for (const look of looks) {
    await page.setViewportSize(look.viewport)
    await page.emulateMedia({ colorScheme: look.colorScheme })
    await shoot(page, '/sign-in', look)
  }
  await profile.close()
  return []
}

async function picturesOf(
  browser: Browser,
  person: Person,
  scene: Parameters<typeof placesOf>[1],
): Promise<string[]> {
  const profile = await newProfile(browser)
  const page = await profile.newPage()
  const complaints = complaintsOf(page)
  await signIn(page, person)
  await settled(page)
  const places = await placesOf(page, scene)
  const troubles: string[] = []
  for (const place of places.filter(isWanted)) {
    complaints.length = 0
    try {
      await page.setViewportSize(desktop)
      await page.goto(person.url + place)
      for (const look of looks) {
        await lookAs(page, look)
        await shoot(page, place, look)
      }
      troubles.push(...[...(await errorsOn(page)), ...complaints].map((text) => `${place}: ${text}`))
    } catch (error) {
      troubles.push(`${place}: ${error instanceof Error ? error.message : error}`)
    }
  }
  await shootMenus(page, person)
  await profile.close()
  return troubles
}

/** What opens on every page. */
async function shootMenus(page: Page, { url }: Person): Promise<void> {
  await page.goto(url)
  for (const look of looks) {
    await lookAs(page, look)
    await page.locator('.user-menu').click()
    await page.getByRole('menu').waitFor()
    await page.waitForTimeout(250)
    await shoot(page, '/-user-menu', look, 0)
    await page.keyboard.press('Escape')
    if (look.viewport !== phone) continue
    await page.locator('header button').first().click()
    await page.waitForTimeout(350)
    await shoot(page, '/-navigation', look, 0)
    await page.locator('header button').first().click()
  }
}

const isWanted = (place: string): boolean =>
  wanted.length === 0 ||
  wanted.some((part) => (part === '/' ? place === part : decodeURIComponent(place).includes(part)))

async function shoot(page: Page, place: string, { name, viewport }: Look, most = mostHeight): Promise<void> {
  const readable = decodeURIComponent(place)
    .replace(/[^A-Za-z0-9.-]+/g, '_')
    .slice(0, 80)
  const path = join(folder, `${readable.replace(/^_+|_+$/g, '') || 'boots'}.${name}.png`)
  const height = await page.evaluate(() => document.documentElement.scrollHeight)
  const clip = {
    x: 0,
    y: 0,
    width: viewport.width,
    height: Math.max(viewport.height, Math.min(most, height)),
  }
  await page.screenshot({ path, fullPage: true, clip, animations: 'disabled' })
  say(path.slice(folder.length - 'screens'.length))
}

await main()
