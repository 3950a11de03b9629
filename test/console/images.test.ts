import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Browser, Locator, Page } from 'playwright-core'
import { bzImage, emptyInitrd } from '../../apps/cli/testing/boot-files.ts'
import { bytes } from '../../apps/console/src/sizes.ts'
import { madeScreen } from '../../apps/platform/testing/made-screen.ts'
import { signedBundle } from '../../apps/platform/testing/signed-bundle.ts'
import { createClient, createResumableUploads } from '../../modules/contract/src/index.ts'
import { newKeyPair, readPublicKey } from '../../modules/image/src/index.ts'
import { TestPlatform, until } from '../site/processes.ts'
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

/** A name of a person is any text without invisible signs; these are what a page must not fall for. */
const hostile = `<script>alert(1)</script> مرحبا ${'x'.repeat(90)}`
const password = 'correct horse battery'
const work = newKeyPair()
const signer = readPublicKey(work.publicKey).id

/** A release of `demo` once more, as a bundle that the key `work` signed. */
async function publishSigned({ url, password: own, client }: TestPlatform): Promise<void> {
  const { token } = await createClient({ url }).call('signIn', { body: { user: 'admin', password: own } })
  const headers = { authorization: `Bearer ${token}` }
  const answer = await fetch(`${url}/api/v1/images/demo/releases/1/bundle`, { headers })
  const bundle = await signedBundle(Buffer.from(await answer.arrayBuffer()), work.privateKey)
  const uploads = createResumableUploads({ url, token })
  const upload = await uploads.create({ name: 'demo.pxe', size: bundle.length, key: 'k' })
  await uploads.append(upload, { from: 0, body: new Uint8Array(bundle), length: bundle.length })
  const params = { name: 'trusted' }
  const { id } = await client.call('publishInput', { params, body: { input: { upload } } })
  await until('the bundle is published', 20_000, async () => {
    const { state, problem } = await client.call('showPublication', { params: { id } })
    assert.notEqual(state, 'failed', problem?.detail)
    return state === 'done'
  })
}

/** The size of a picture that the browser has loaded and understood. */
async function drawn(picture: Locator): Promise<readonly [number, number]> {
  await picture.scrollIntoViewIfNeeded()
  return await picture.evaluate(async (element: HTMLImageElement) => {
    await element.decode()
    return [element.naturalWidth, element.naturalHeight] as const
  })
}

describe('images', { skip: noBrowser }, () => {
  let platform: TestPlatform
  let browser: Browser
  const keys = mkdtempSync(join(tmpdir(), 'bootcast-keys-'))

  before(async () => {
    writeFileSync(join(keys, 'work.pub'), work.publicKey)
    platform = await TestPlatform.start(['--trusted-keys', keys])
    browser = await openBrowser()
    for (const n of [1, 2, 3]) await platform.publish('demo', bzImage(65_536, n), emptyInitrd())
    await publishSigned(platform)
    await platform.publish('other', bzImage(65_536, 9), emptyInitrd())
    const { client } = platform
    await client.call('changeMachine', { params: { mac: '52:54:00:00:00:01' }, body: { image: 'demo' } })
    await client.call('changeMachine', {
      params: { mac: '52:54:00:00:00:02' },
      body: { image: 'demo@stable' },
    })
    await client.call('addUser', { body: { name: hostile, password, role: 'user', groups: [] } })
    await client.call('changeGrants', { params: { name: 'demo' }, body: { allow: { users: [hostile] } } })
    await client.call('addUser', { body: { name: 'vera', password, role: 'viewer', groups: [] } })
    await client.call('recordTest', {
      params: { name: 'demo', number: 3, firmware: 'bios' },
      body: {
        ...{ passed: true, seconds: 12, log: 'Booting <b>Linux</b>\nlogin: ' },
        screen: madeScreen(720, 400).toString('base64'),
      },
    })
    await client.call('recordTest', {
      params: { name: 'demo', number: 2, firmware: 'uefi' },
      body: { passed: false, seconds: 300, log: 'panic' },
    })
  })
  after(async () => {
    await browser?.close()
    await platform?.[Symbol.asyncDispose]()
    rmSync(keys, { recursive: true })
  })

  const open = async (path: string, how: Parameters<typeof newProfile>[1] = {}, user = 'admin') => {
    const profile = await newProfile(browser, how)
    const page = await profile.newPage()
    const complaints = complaintsOf(page)
    const person = { url: platform.url, user, password: user === 'admin' ? platform.password : password }
    await signIn(page, person, path)
    return { page, complaints, close: () => profile.close() }
  }
  const channelNow = async (name: string) => {
    const { channels } = await platform.client.call('showImage', { params: { name: 'demo' } })
    return channels.find((channel) => channel.name === name)?.number
  }
  const isWithin = (page: Page) =>
    page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth)

  test('the list leads to an image, and a promotion says who boots it before it happens', async () => {
    const { page, complaints, close } = await open('/images')
    await page.getByRole('heading', { level: 1, name: 'Images' }).waitFor()
    await page.getByRole('row', { name: /demo/ }).getByText('boots on BIOS').waitFor()
    await page.getByRole('link', { name: 'demo', exact: true }).click()
    const stable = page.getByRole('group', { name: 'stable' })
    await stable.getByText('Followed by 2 machines').waitFor()
    await page.getByRole('button', { name: 'Promote release 1' }).click()
    const dialog = page.getByRole('dialog', { name: 'Promote release 1' })
    await dialog.getByText('From their next boot on, these boot release 1 instead of 3:').waitFor()
    await dialog.getByText('2 machines that are assigned to it').waitFor()
    await dialog.getByRole('button', { name: 'Point stable to 1' }).click()
    await dialog.waitFor({ state: 'detached' })
    await stable.getByText('Release 1').waitFor()
    assert.equal(await channelNow('stable'), 1)
    await page.getByRole('button', { name: 'Roll back to 3: stable' }).click()
    await page.getByRole('dialog').getByText('these boot release 3 instead of 1').waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Roll back to 3' }).click()
    await stable.getByText('Release 3').waitFor()
    assert.equal(await channelNow('stable'), 3)
    assert.deepEqual(complaints, [])
    await close()
  })

  test('details of a release have an address; its record is text, whatever it says; names stay in their place', async () => {
    const { page, complaints, close } = await open('/images/demo?release=3', { viewport: phone })
    await page.getByText('sha256:').first().waitFor()
    await page.getByRole('button', { name: /Show the record/ }).click()
    await page.getByText('Booting <b>Linux</b>').waitFor()
    await page.getByText('<script>alert(1)</script>').first().waitFor()
    assert.ok(await isWithin(page))
    assert.deepEqual(complaints, [])
    await close()
  })

  test('each release says what it costs a site that has the one before, and where the new bytes are', async () => {
    const initrd = Buffer.concat([emptyInitrd(), randomBytes(2_000_000)])
    const next = Buffer.concat([initrd.subarray(0, 1_000_000), randomBytes(100), initrd.subarray(1_000_100)])
    for (const one of [initrd, next, next]) await platform.publish('grows', bzImage(65_536, 1), one)
    const { page, complaints, close } = await open('/images/grows?release=2', { viewport: phone })
    const { fetched, size } = await platform.client.call('showDifference', {
      params: { name: 'grows', number: 2 },
      query: {},
    })
    assert.ok(fetched > 100 && fetched < size / 2)
    const said = `${bytes(fetched)} of ${bytes(size)} new since #1`
    await page.getByText(said).first().waitFor()
    await page.getByText('nothing new since #2').waitFor()
    await page.getByRole('heading', { name: 'What a site fetches that has release 1' }).waitFor()
    await page.getByRole('listitem').filter({ hasText: 'initrd1 initrd.gz: ' }).waitFor()
    assert.equal(await page.getByText(/since #0|since #1/).count(), 1)
    assert.ok(await isWithin(page))
    assert.deepEqual(complaints, [])
    await close()
  })

  test('releases are there before they are compared, and one that cannot be compared says so and is tried again', async () => {
    const { page, close } = await open('/audit')
    const asked = Promise.withResolvers<void>()
    const gate = Promise.withResolvers<void>()
    await page.route('**/releases/3/difference?*', async (route) => {
      asked.resolve()
      await gate.promise
      const problem = { type: '', title: '', status: 500, code: 'internal', detail: 'The disk is gone' }
      await route.fulfill({ status: 500, contentType: 'application/problem+json', json: problem })
    })
    await page.goto(`${platform.url}/images/demo`)
    await asked.promise
    await page.getByText('comparing with #2…').waitFor()
    await page.getByText('new since #1').waitFor()
    assert.ok(await page.getByRole('button', { name: 'Promote release 3' }).isEnabled())
    gate.resolve()
    await page.getByText('The difference could not be worked out.').waitFor()
    await page.unroute('**/releases/3/difference?*')
    await page.getByRole('button', { name: 'Try again: the difference of release 3' }).click()
    await page.getByText('new since #2').waitFor()
    await close()
  })

  test('a release whose signature was verified says by which key, and no other says anything', async () => {
    const { page, complaints, close } = await open('/images')
    const row = (name: RegExp) => page.getByRole('row', { name })
    await row(/^trusted/)
      .getByText('signed', { exact: true })
      .hover()
    await page.getByText('the signature of the trusted key “work”').waitFor()
    assert.equal(await row(/^demo/).getByText('signed', { exact: true }).count(), 0)
    await page.goto(`${platform.url}/images/trusted?release=1`)
    await page.getByText(signer).waitFor()
    await page.getByText('signed', { exact: true }).waitFor()
    assert.deepEqual(await hindrances(page), [])
    await page.goto(`${platform.url}/images/demo?release=1`)
    await page.getByText('sha256:').first().waitFor()
    for (const text of [/^signed$/, /^Bundle signed by$/])
      assert.equal(await page.getByText(text).count(), 0, String(text))
    assert.deepEqual(complaints, [])
    await close()
  })

  test('what the screen of a boot test showed is there when it is looked for, small and large', async () => {
    const { page, complaints, close } = await open('/images/demo?release=3')
    const asked: string[] = []
    page.on('request', (request) => asked.push(new URL(request.url()).pathname))
    await page.getByText('sha256:').first().waitFor()
    const address = '/api/v1/images/demo/releases/3/tests/bios/screen.png'
    assert.ok(!asked.includes(address), 'not before somebody asks')
    await page.getByRole('button', { name: /Show the record/ }).click()
    const picture = page.getByRole('img', {
      name: 'What the screen showed at the end of the boot test on BIOS',
    })
    await picture.waitFor()
    await drawn(picture)
    assert.ok(asked.includes(address))
    const enlarge = page.getByRole('button', { name: 'Enlarge the screen of the boot test on BIOS' })
    await enlarge.focus()
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog', { name: 'Screen of demo@3 on BIOS' })
    await dialog.getByText('720 × 400 points').waitFor()
    const large = dialog.getByRole('img', { name: /What the screen showed/ })
    assert.deepEqual(await drawn(large), [720, 400])
    assert.equal(await large.evaluate(({ clientWidth }) => clientWidth), 720, 'as it was')
    assert.deepEqual(await hindrances(page), [])
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    await page.waitForFunction(() =>
      document.activeElement?.getAttribute('aria-label')?.startsWith('Enlarge'),
    )
    assert.deepEqual(complaints, [])
    await close()
  })

  test('a test without a picture says so, and so does one whose picture is gone', async () => {
    const { page, close } = await open('/images/demo?release=2')
    await page.getByRole('button', { name: /Show the record/ }).click()
    await page.getByText('No picture of the screen was taken.').waitFor()
    await page.getByText('panic').waitFor()
    await page.route('**/screen.png*', (route) => route.abort())
    await page.goto(`${platform.url}/images/demo?release=3`)
    await page.getByRole('button', { name: /Show the record/ }).click()
    await page.getByText('The picture of the screen could not be loaded.').waitFor()
    await close()
  })

  test('a release that nothing uses is removed after a word of warning', async () => {
    await platform.publish('gone', bzImage(65_536, 20), emptyInitrd())
    await platform.publish('gone', bzImage(65_536, 21), emptyInitrd())
    await platform.publish('gone', bzImage(65_536, 22), emptyInitrd())
    const { page, close } = await open('/images/gone?release=2')
    await page.getByText('the channel stable would roll back to it').waitFor()
    await page.getByRole('button', { name: /^Release 1/ }).click()
    await page.getByRole('button', { name: 'Remove release 1' }).click()
    const dialog = page.getByRole('dialog', { name: 'Remove release 1' })
    await dialog.getByText('cannot be undone').waitFor()
    await dialog.getByRole('button', { name: 'Remove', exact: true }).click()
    await dialog.waitFor({ state: 'detached' })
    const { releases } = await platform.client.call('showImage', { params: { name: 'gone' } })
    assert.deepEqual(
      releases.map(({ number }) => number),
      [3, 2],
    )
    await close()
  })

  test('who may only look is offered nothing to change', async () => {
    const { page, close } = await open('/images/demo?release=1', {}, 'vera')
    await page.getByText('sha256:').first().waitFor()
    for (const name of [/Promote/, /Roll/, /Remove/, /Move/, 'More', 'Allow', /Publish/])
      assert.equal(await page.getByRole('button', { name }).count(), 0, String(name))
    await page.goto(`${platform.url}/images`)
    await page.getByRole('row', { name: /demo/ }).waitFor()
    assert.equal(await page.getByRole('button', { name: /Publish/ }).count(), 0)
    await close()
  })

  for (const [what, how] of [
    ['light, on a desktop', { viewport: desktop, colorScheme: 'light' }],
    ['dark, on a phone', { viewport: phone, colorScheme: 'dark' }],
    ['light, on a phone', { viewport: phone, colorScheme: 'light' }],
    ['dark, on a desktop', { viewport: desktop, colorScheme: 'dark' }],
  ] as const)
    test(`nobody is kept out: ${what}`, async () => {
      const { page, complaints, close } = await open('/images', how)
      await page.getByRole('link', { name: 'demo', exact: true }).waitFor()
      assert.deepEqual(await hindrances(page), [])
      assert.ok(await isWithin(page))
      await page.goto(`${platform.url}/images/demo?release=3`)
      await page.getByText('sha256:').first().waitFor()
      await page.getByRole('button', { name: /Show the record/ }).click()
      await drawn(page.getByRole('img', { name: /What the screen showed/ }))
      assert.deepEqual(await hindrances(page), [])
      assert.ok(await isWithin(page))
      assert.deepEqual(complaints, [])
      await close()
    })
})
