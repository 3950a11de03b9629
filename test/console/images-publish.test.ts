import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Browser, Page, Route } from 'playwright-core'
import { bzImage, emptyInitrd } from '../../apps/cli/testing/boot-files.ts'
import { tarOf } from '../../apps/platform/testing/tar-of.ts'
import { TestPlatform } from '../site/processes.ts'
import { complaintsOf, hindrances, newProfile, noBrowser, openBrowser, phone, signIn } from './browser.ts'

/** Letters that would turn what stands behind them, and what would be a tag. */
const fileName = '\u202e<img src=x onerror=alert(1)> evil.tar'
const changedAt = new Date('2026-01-02T03:04:05Z')
/** More than the first three pieces can be: they grow fourfold from 256 KiB. */
const rootfs = randomBytes(6_000_000)

describe('publishing by dropping a file', { skip: noBrowser }, () => {
  let platform: TestPlatform
  let browser: Browser
  let folder: string

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bootcast-dropped-'))
    const tar = tarOf({ vmlinuz: bzImage(65_536, 1), 'initrd.img': emptyInitrd(), 'rootfs.img': rootfs })
    for (const [name, bytes] of [
      [fileName, tar],
      ['other.tar', Buffer.alloc(tar.length)],
      ['odd.bin', randomBytes(5_000)],
    ] as const) {
      await writeFile(join(folder, name), bytes)
      await utimes(join(folder, name), changedAt, changedAt)
    }
    platform = await TestPlatform.start()
    browser = await openBrowser()
  })
  after(async () => {
    await browser?.close()
    await platform?.[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  const person = () => ({ url: platform.url, user: 'admin', password: platform.password })
  /** As somebody who drags it out of their file manager. */
  const drop = async (page: Page, name: string) => {
    const bytes = (await readFile(join(folder, name))).toString('base64')
    const given = await page.evaluateHandle(
      ([text, called, at]) => {
        const transfer = new DataTransfer()
        const all = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
        transfer.items.add(new File([all], called, { lastModified: at }))
        return transfer
      },
      [bytes, name, changedAt.getTime()] as const,
    )
    await page.dispatchEvent('main', 'dragover', { dataTransfer: given })
    await page.getByText('Drop files to publish them').waitFor()
    await page.dispatchEvent('main', 'drop', { dataTransfer: given })
  }
  const choose = async (page: Page, button: RegExp | string, name: string) => {
    const choosing = page.waitForEvent('filechooser')
    await page.getByRole('button', { name: button }).click()
    await (await choosing).setFiles(join(folder, name))
  }

  test('a file goes on over a cut connection and a reload, and its bytes are those that were dropped', async () => {
    const profile = await newProfile(browser)
    const page = await profile.newPage()
    const pieces = new Pieces()
    await page.route('**/api/v1/uploads/*', (route) => pieces.meet(route))
    await signIn(page, person(), '/images')
    await page.getByText('No image has been published yet').waitFor()
    pieces.let(2)
    await drop(page, fileName)
    const form = page.getByRole('dialog', { name: 'Publish a file' })
    await form.getByLabel('Image').fill('Dropped!')
    await form.getByRole('button', { name: 'Publish', exact: true }).click()
    await form.getByText('beginning with a letter or digit').waitFor()
    await form.getByLabel('Image').fill('dropped')
    await form.getByRole('button', { name: 'Publish', exact: true }).click()
    const card = page.getByRole('group', { name: /evil\.tar/ })
    await card.getByText(/Sending: .* of 6\.\d+ MB/).waitFor()

    await pieces.held()
    await profile.setOffline(true)
    pieces.cut()
    await card.getByText('The platform does not answer').waitFor()
    pieces.let(1)
    await profile.setOffline(false)
    await pieces.held()

    await page.reload()
    await card.getByText('Not finished').waitFor()
    await choose(page, /Choose the file again/, 'other.tar')
    await card.getByText('That is another file').waitFor()
    pieces.let(1_000)
    await choose(page, /Choose the file again/, fileName)
    await card.getByText('Release 1 of dropped is published').waitFor({ timeout: 120_000 })
    await card.getByText(/Recognised as .*osbuild PXE tar.* because/).waitFor()
    assert.ok(pieces.sent < 6_200_000 * 1.5, `${pieces.sent} bytes were sent`)
    const { newest } = await platform.client.call('showImage', { params: { name: 'dropped' } })
    const digest = createHash('sha256').update(rootfs).digest('hex')
    assert.equal(newest?.variants[0]?.files.find(({ role }) => role === 'rootfs')?.digest, `sha256:${digest}`)
    await card.getByRole('link', { name: 'Show it' }).click()
    await page.getByRole('heading', { level: 1, name: 'dropped' }).waitFor()
    await profile.close()
  })

  test('what nothing recognises says so, in words, on a phone in the dark; and goes when it is dismissed', async () => {
    const profile = await newProfile(browser, { viewport: phone, colorScheme: 'dark' })
    const page = await profile.newPage()
    const complaints = complaintsOf(page)
    await signIn(page, person(), '/images')
    await choose(page, 'Publish…', 'odd.bin')
    assert.deepEqual(await hindrances(page), [])
    await page.getByRole('dialog').getByRole('button', { name: 'Publish', exact: true }).click()
    const card = page.getByRole('group', { name: 'odd.bin' })
    await card.getByText('Nothing was published').waitFor()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    assert.deepEqual(await hindrances(page), [])
    const width = await page.evaluate(() => document.documentElement.scrollWidth)
    assert.equal(width, phone.width)
    await card.getByRole('button', { name: 'Dismiss odd.bin' }).click()
    await card.waitFor({ state: 'detached' })
    const { items } = await platform.client.call('listPublications', {})
    assert.ok(items.every(({ image }) => image !== 'odd'))
    assert.deepEqual(complaints, [])
    await profile.close()
  })
})

/** Pieces of files on their way: so many pass, the next one is held. */
class Pieces {
  sent = 0
  #may = 0
  #held: Route[] = []
  #isHeld = Promise.withResolvers<void>()

  let(count: number): void {
    this.#may = count
    this.#isHeld = Promise.withResolvers<void>()
  }

  async meet(route: Route): Promise<void> {
    if (route.request().method() !== 'PATCH') return await route.continue()
    if (this.#may <= 0) {
      this.#held.push(route)
      this.#isHeld.resolve()
      return
    }
    this.#may -= 1
    this.sent += route.request().postDataBuffer()?.length ?? 0
    await route.continue()
  }

  held(): Promise<void> {
    return this.#isHeld.promise
  }

  /** Those that are held never arrive. */
  cut(): void {
    for (const route of this.#held.splice(0)) void route.abort('connectionreset').catch(() => undefined)
  }
}
