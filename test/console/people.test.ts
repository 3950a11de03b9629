import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { createClient } from '../../modules/contract/src/index.ts'
import { TestPlatform } from '../site/processes.ts'
import { complaintsOf, hindrances, newProfile, noBrowser, openBrowser, phone, signIn } from './browser.ts'
import { clientOf, hostileName, password, peopleScene, sideways } from './people-scene.ts'

describe('people in the console', { skip: noBrowser, timeout: 480_000 }, () => {
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

  const asUser = async (user: string, secret: string, path: string, how = {}) => {
    const profile = await newProfile(browser, how)
    const page = await profile.newPage()
    const complaints = complaintsOf(page)
    await signIn(page, { url: platform.url, user, password: secret }, path)
    return { page, complaints, [Symbol.asyncDispose]: () => profile.close() }
  }
  const asAdmin = (path: string, how = {}) => asUser('admin', platform.password, path, how)
  const dialog = (page: Page) => page.getByRole('dialog')

  test('an administrator adds somebody, who may then sign in; rules stand beside the fields', async () => {
    await using opened = await asAdmin('/people')
    const { page } = opened
    await page.getByRole('button', { name: 'Add a user' }).click()
    await dialog(page).getByLabel('Name').fill('olga')
    await dialog(page).getByLabel('Password', { exact: true }).fill('short')
    await dialog(page).getByRole('button', { name: 'Add', exact: true }).click()
    await dialog(page).getByText('At least 12 characters', { exact: true }).waitFor()
    await dialog(page).getByLabel('Password', { exact: true }).fill(password)
    await dialog(page).getByRole('button', { name: 'Add', exact: true }).click()
    await dialog(page).getByText('There is a user olga already').waitFor()
    await dialog(page).getByLabel('Name').fill('neu')
    await dialog(page).getByLabel('Role').selectOption('viewer')
    await dialog(page).getByRole('button', { name: 'Add', exact: true }).click()
    await dialog(page).waitFor({ state: 'hidden' })
    await page.getByRole('link', { name: 'neu', exact: true }).waitFor()
    assert.equal((await (await clientOf(platform, 'neu')).call('me', {})).role, 'viewer')
  })

  test('role, password and being disabled are changed in the drawer that the address opens', async () => {
    await using opened = await asAdmin('/people?user=pia')
    const { page } = opened
    await dialog(page).getByLabel('Role').selectOption('operator')
    await dialog(page).getByRole('button', { name: 'Save' }).click()
    await page.getByText('pia is changed').waitFor()
    assert.equal((await platform.client.call('showUser', { params: { name: 'pia' } })).role, 'operator')
    const before = await clientOf(platform, 'pia')
    await dialog(page).getByLabel('New password').fill('another long password')
    await dialog(page).getByRole('button', { name: 'Set a password' }).click()
    await page.getByText('pia has a new password').waitFor()
    await assert.rejects(before.call('me', {}), { code: 'not_signed_in' })
    await clientOf(platform, 'pia', 'another long password')
    await dialog(page).getByRole('button', { name: 'Disable' }).click()
    const asked = page.getByRole('dialog', { name: 'Disable pia?' })
    await asked.getByText('you can enable them again').waitFor()
    await asked.getByRole('button', { name: 'Disable' }).click()
    await page.getByText('pia is disabled and signed out').waitFor()
    await assert.rejects(clientOf(platform, 'pia', 'another long password'), { code: 'sign_in_failed' })
  })

  test('the last administrator stays, and the page says why', async () => {
    await using opened = await asAdmin('/people?user=admin')
    const { page } = opened
    await dialog(page).getByRole('button', { name: 'Remove' }).click()
    const asked = page.getByRole('dialog', { name: 'Remove admin?' })
    await asked.getByRole('button', { name: 'Remove' }).click()
    await asked.getByText('admin is the last local administrator').waitFor()
  })

  test('a token is shown once, works, and ends', async () => {
    await using opened = await asAdmin('/people?tab=tokens')
    const { page } = opened
    await page.getByRole('button', { name: 'Make a token' }).click()
    await dialog(page).getByLabel('Name').fill('ci')
    await dialog(page).getByLabel('May do as').selectOption('viewer')
    await dialog(page).getByRole('button', { name: 'Make it' }).click()
    const token = await dialog(page).getByText(/^bct_/).innerText()
    const program = createClient({ url: platform.url, token })
    assert.equal((await program.call('me', {})).role, 'viewer')
    await dialog(page).getByRole('button', { name: 'I have copied it' }).click()
    await dialog(page).waitFor({ state: 'hidden' })
    assert.ok(!(await page.content()).includes(token))
    await page.getByRole('button', { name: 'End the token ci' }).click()
    await dialog(page).getByRole('button', { name: 'End', exact: true }).click()
    await page.getByText('There is no API token').waitFor()
    await assert.rejects(program.call('me', {}), { code: 'not_signed_in' })
  })

  test('who may boot an image is changed by an operator, who changes no users', async () => {
    await using opened = await asUser('olga', password, '/people?tab=grants')
    const { page } = opened
    await page.getByRole('button', { name: 'Change who may boot debian' }).click()
    await dialog(page).getByRole('switch', { name: 'Everyone who signs in' }).check()
    await dialog(page).getByRole('button', { name: 'Save' }).click()
    await page.getByText('debian: who may boot it is changed').waitFor()
    const { items } = await platform.client.call('listGrants', { query: {} })
    assert.deepEqual(items, [{ image: 'debian', everyone: true, users: ['uwe'], groups: ['lab'] }])
    assert.equal(await page.getByRole('tab', { name: 'API tokens' }).count(), 0)
    await page.getByRole('tab', { name: 'Users' }).click()
    await page.getByRole('link', { name: 'uwe' }).click()
    await dialog(page).getByText('may sign in').waitFor()
    assert.equal(await dialog(page).getByRole('button', { name: 'Remove' }).count(), 0)
    const olga = await clientOf(platform, 'olga')
    await assert.rejects(olga.call('removeUser', { params: { name: 'uwe' } }), { code: 'forbidden' })
  })

  test('who may not look after people is not offered them, and told so at the address', async () => {
    for (const user of ['vera', 'uwe']) {
      await using opened = await asUser(user, password, '/people')
      await opened.page.getByRole('heading', { level: 1, name: 'Your role may not see this' }).waitFor()
      for (const name of ['People', 'Audit'])
        assert.equal(await opened.page.getByRole('link', { name, exact: true }).count(), 0)
      const client = await clientOf(platform, user)
      await assert.rejects(client.call('listUsers', { query: {} }), { code: 'forbidden' })
      await assert.rejects(client.call('listGroups', { query: {} }), { code: 'forbidden' })
      await assert.rejects(client.call('listSignInProviders', {}), { code: 'forbidden' })
    }
  })

  test('each sees their own account, and a new password ends every sign-in', async () => {
    await using opened = await asUser('uwe', password, '/account')
    const { page } = opened
    const main = page.getByRole('main')
    await main.getByText('debian').waitFor()
    assert.equal(await main.getByRole('heading', { name: 'API tokens' }).count(), 0)
    await page.getByLabel('Current password').fill('not the right one')
    await page.getByLabel('New password').fill('a password of my own')
    const change = () => page.getByRole('button', { name: 'Change the password' }).first().click()
    await change()
    await dialog(page).getByRole('button', { name: 'Change the password' }).click()
    await page.getByText(/password is wrong/i).waitFor()
    const elsewhere = await clientOf(platform, 'uwe')
    await page.getByLabel('Current password').fill(password)
    await change()
    await dialog(page).getByRole('button', { name: 'Change the password' }).click()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await assert.rejects(elsewhere.call('me', {}), { code: 'not_signed_in' })
    const { items } = await (await clientOf(platform, 'uwe', 'a password of my own')).call('listSessions', {})
    assert.equal(items.length, 1, 'the token of the change is not left behind')
  })

  test('hostile names are text; nothing is wider than a phone, and nothing keeps anybody out', async () => {
    for (const how of [{ viewport: phone }, { colorScheme: 'dark' }]) {
      await using opened = await asAdmin('/people', how)
      const { page, complaints } = opened
      await page.getByRole('link', { name: hostileName }).first().waitFor()
      for (const path of ['/people', '/people?tab=tokens', '/people?tab=grants', '/account']) {
        await page.goto(platform.url + path)
        await page.getByRole('heading', { level: 1 }).waitFor()
        await page.getByRole('main').getByRole('button').first().waitFor()
        assert.deepEqual(await hindrances(page), [], path)
        assert.equal(await page.evaluate(sideways), false, path)
      }
      assert.deepEqual(complaints, [])
    }
  })
})
