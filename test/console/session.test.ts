import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { commonTexts as texts } from '../../apps/console/src/texts/common.ts'
import { may, type Permission, type Role, roles } from '../../modules/contract/src/index.ts'
import { TestPlatform, until } from '../site/processes.ts'
import { newProfile, noBrowser, openBrowser, type Person, phone, signIn } from './browser.ts'
import { settled } from './looks.ts'
import { addPeopleOfEachRole, nameOf, password } from './people-of-each-role.ts'
import { SimulatedMachine } from './simulated-machine.ts'

const patienceMs = 30_000

/** What the browser tells a page when somebody looks at it again. */
const lookAgain = (page: Page) =>
  page.evaluate(() => document.dispatchEvent(new Event('visibilitychange', { bubbles: true })))

/** Looks at the page again and again until it is so. */
async function untilSeen(what: string, page: Page, isSo: () => Promise<boolean>): Promise<void> {
  await until(what, patienceMs, async () => {
    if (await isSo()) return true
    // It may be on its way to another page.
    await lookAgain(page).catch(() => undefined)
    return false
  })
}

const whoIsHere = (page: Page) => page.locator('.user-menu').innerText()
const notice = (page: Page) =>
  page.getByRole('alert').filter({ hasText: /No connection to the platform since/ })

describe('a session in the browser', { skip: noBrowser }, () => {
  let platform: TestPlatform
  let people: Record<Role, Person>
  let browser: Browser

  before(async () => {
    platform = await TestPlatform.start()
    people = await addPeopleOfEachRole(platform)
    browser = await openBrowser()
  })
  after(async () => {
    await browser?.close()
    await platform?.[Symbol.asyncDispose]()
  })

  async function signedIn(role: Role, path?: string): Promise<Page> {
    const page = await (await newProfile(browser)).newPage()
    await signIn(page, people[role], path)
    await settled(page)
    return page
  }

  test('who is not signed in gets to the page that they wanted, and first to the sign-in', async () => {
    const page = await (await newProfile(browser)).newPage()
    await page.goto(`${platform.url}/?state=failed`)
    await page.getByLabel('User').fill('vera')
    assert.equal(await page.getByRole('status').count(), 0, 'nothing is over for them')
    await page.getByLabel('Password').fill('a wrong password')
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.getByRole('alert').waitFor()
    assert.match(await page.getByRole('alert').innerText(), /user or the password is wrong/)
    assert.equal(await page.getByLabel('User').inputValue(), 'vera')
    assert.deepEqual(await page.context().cookies(), [])
    await page.getByLabel('Password').fill(password)
    await page.keyboard.press('Enter')
    await settled(page)
    assert.equal(page.url(), `${platform.url}/?state=failed`)
    await page.context().close()
  })

  test('no script sees the cookie, and no other site sends it with a change', async () => {
    const page = await signedIn('viewer')
    assert.equal(await page.evaluate(() => document.cookie), '')
    const [cookie, ...more] = await page.context().cookies()
    assert.deepEqual([cookie?.httpOnly, cookie?.sameSite, cookie?.path, more], [true, 'Lax', '/', []])
    await page.context().close()
  })

  test('after a sign-out the way back shows nothing of before, and the cookie of before is worth nothing', async () => {
    const page = await signedIn('administrator')
    const [cookie] = await page.context().cookies()
    await page.locator('.user-menu').click()
    await page.getByRole('menuitem', { name: texts.signOut }).click()
    await page.getByLabel('Password').waitFor()
    assert.deepEqual(await page.context().cookies(), [])
    await page.goBack({ waitUntil: 'commit' }).catch(() => undefined)
    await page.getByLabel('Password').waitFor()
    assert.equal(await page.locator('.user-menu').count(), 0)
    const answer = await fetch(`${platform.url}/api/v1/me`, {
      headers: { cookie: `${cookie?.name}=${cookie?.value}` },
    })
    assert.equal(answer.status, 401)
    await page.context().close()
  })

  test('a sign-in that is ended elsewhere says so, and a new one leads back to the same address', async () => {
    const page = await signedIn('publisher', '/?state=failed&machine=52:54:00:00:00:07')
    const address = page.url()
    await platform.client.call('changeUser', { params: { name: nameOf.publisher }, body: { password } })
    await untilSeen('it asks for a sign-in', page, async () => page.url().includes('/sign-in'))
    assert.match(await page.getByRole('status').innerText(), /sign-in is over/)
    await page.getByLabel('User').fill(nameOf.publisher)
    await page.getByLabel('Password').fill(password)
    await page.keyboard.press('Enter')
    await settled(page)
    assert.equal(page.url(), address)
    await page.context().close()
  })

  for (const role of roles) {
    test(`a page is shown to the role ${role} exactly when it may see it, and so is the way there`, async () => {
      const page = await signedIn(role)
      const needs = await needsOf(page)
      assert.ok(needs.length > 0)
      for (const [path, permission] of needs) {
        await page.goto(platform.url + path)
        await settled(page)
        const isRefused = (await page.locator('h1').innerText()) === texts.forbidden
        assert.equal(!isRefused, permission === undefined || may(role, permission), path)
        const ways = await page.locator(`nav a[href="${path}"]`).count()
        if (isRefused) assert.equal(ways, 0, `no way to ${path}`)
      }
      await page.context().close()
    })
  }

  test('another role counts in a browser that is open already, once somebody looks at it', async () => {
    const page = await signedIn('user')
    assert.equal(await page.locator('h1').innerText(), texts.forbidden)
    await platform.client.call('changeUser', { params: { name: nameOf.user }, body: { role: 'operator' } })
    await untilSeen('the page is theirs', page, async () => {
      const [heading] = await page.locator('h1').allInnerTexts()
      return heading !== undefined && heading !== texts.forbidden
    })
    await platform.client.call('changeUser', { params: { name: nameOf.user }, body: { role: 'user' } })
    await page.context().close()
  })

  test('what begins elsewhere is seen in a browser that is open, by itself', async () => {
    const page = await signedIn('viewer')
    const mac = '52:54:00:5c:ff:01'
    assert.equal(await page.getByText(mac).count(), 0)
    await new SimulatedMachine(platform.url, mac).ask()
    await page.getByText(mac).first().waitFor({ timeout: patienceMs })
    await page.context().close()
  })

  test('who signs in in another tab of the same browser is who is here in all of them', async () => {
    const page = await signedIn('administrator')
    const other = await page.context().newPage()
    await signIn(other, people.viewer)
    await settled(other)
    await untilSeen('it is of the other', page, async () =>
      (await whoIsHere(page).catch(() => '')).includes(nameOf.viewer),
    )
    await settled(page)
    await page.context().close()
  })

  test('without a network nothing is shown as if it were of now', async () => {
    const page = await signedIn('viewer')
    await page.setViewportSize(phone)
    assert.equal(await notice(page).count(), 0)
    await page.context().setOffline(true)
    await notice(page).waitFor({ timeout: patienceMs })
    assert.ok((await page.locator('main .stale h1').count()) > 0, 'what is old is grey')
    await page.context().setOffline(false)
    await notice(page).waitFor({ state: 'detached', timeout: patienceMs })
    assert.equal(await page.locator('main .stale h1').count(), 0)
    await page.context().close()
  })

  test('while the platform is away nothing is shown as if it were of now, and then all is anew', async () => {
    const page = await signedIn('viewer')
    await platform.program.stop('SIGKILL')
    await notice(page).waitFor({ timeout: patienceMs })
    assert.ok((await page.locator('main .stale h1').count()) > 0, 'what is old is grey')
    await platform.program.start()
    await notice(page).waitFor({ state: 'detached', timeout: 2 * patienceMs })
    assert.equal(await page.locator('main .stale h1').count(), 0)
    const mac = '52:54:00:5c:ff:02'
    await new SimulatedMachine(platform.url, mac).ask()
    await page.getByText(mac).first().waitFor({ timeout: patienceMs })
    await page.context().close()
  })
})

/** What pages of fixed addresses ask of who sees them, as the console's own router has it. */
const needsOf = (page: Page): Promise<[string, Permission | undefined][]> =>
  page.evaluate(() => {
    const { __TSR_ROUTER__: router } = globalThis as unknown as Looked
    return Object.entries(router.routesByPath)
      .filter(([path]) => !path.includes('$'))
      .map(([path, { options }]) => [path === '' ? '/' : path, options.staticData?.needs])
  })

type Looked = {
  readonly __TSR_ROUTER__: {
    readonly routesByPath: Readonly<
      Record<string, { readonly options: { readonly staticData?: { readonly needs?: Permission } } }>
    >
  }
}
