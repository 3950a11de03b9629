import { existsSync } from 'node:fs'
import { AxeBuilder } from '@axe-core/playwright'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const executablePath = places.find((place) => existsSync(place))

/** Why there is no test with a browser here; `false`: there is one. */
export const noBrowser: string | false =
  executablePath === undefined ? 'skipped: there is no chromium here' : false

/** The program of the browser, for who starts it in a place of its own. @throws where there is none */
export function chromiumProgram(): string {
  if (executablePath === undefined) throw new Error('there is no chromium here')
  return executablePath
}

/** A browser without a window. Close it. `program`: what starts it, where that is not the browser itself. */
export async function openBrowser(program = chromiumProgram()): Promise<Browser> {
  // As root, as in containers, chromium has no sandbox.
  return await chromium.launch({ executablePath: program, args: ['--no-sandbox', '--disable-dev-shm-usage'] })
}

export const desktop = { width: 1280, height: 800 }
/** A small phone of today, in CSS pixels. */
export const phone = { width: 360, height: 740 }

export type Person = { readonly url: string; readonly user: string; readonly password: string }

/** A profile of its own: nobody is signed in there. A computer of two cores may need a minute for what takes seconds. */
export async function newProfile(
  browser: Browser,
  { viewport = desktop, colorScheme = 'light' as 'light' | 'dark' } = {},
): Promise<BrowserContext> {
  const profile = await browser.newContext({ viewport, colorScheme, locale: 'en-GB' })
  profile.setDefaultTimeout(60_000)
  return profile
}

/** Signs in by the form, as people do, and goes to a page of the console. */
export async function signIn(page: Page, { url, user, password }: Person, path = '/'): Promise<void> {
  await page.goto(`${url}/sign-in?return=${encodeURIComponent(path)}`)
  await page.getByLabel('User').fill(user)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByRole('main').waitFor()
}

/** What axe finds that keeps people out: violations of the serious and the critical kind, a line each. */
export async function hindrances(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, help, nodes }) => nodes.map(({ target }) => `${id}: ${help}: ${target.join(' ')}`))
}

/** What a page says in its console that should not be said: errors, and what the policy has blocked. */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  return complaints
}
