import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { TestPlatform } from '../site/processes.ts'
import { complaintsOf, hindrances, newProfile, noBrowser, openBrowser, phone, signIn } from './browser.ts'

/** What Bootcast looks at of a kernel: the boot sector's marks (Documentation/arch/x86/boot.rst of Linux). */
function kernelOf(size: number): Buffer {
  const kernel = randomBytes(size)
  kernel.fill(0, 0, 1024)
  kernel.writeUInt16LE(0xaa55, 0x1fe)
  kernel.write('HdrS', 0x202, 'latin1')
  kernel.writeUInt16LE(0x020f, 0x206)
  return kernel
}

const mac = '52:54:00:12:34:56'
const password = 'a long password of theirs'
const hostile = '</textarea><img src=x onerror=alert(1)><script>alert(2)</script>'
const file = 'preseed.cfg'
const text = [
  '# answers',
  'd-i passwd/username string {{user}}',
  'd-i passwd/user-password password {{password}}',
  '',
]

describe('the pages about install templates', { skip: noBrowser, timeout: 600_000 }, () => {
  let platform: TestPlatform
  let browser: Browser
  let profile: BrowserContext
  let page: Page
  let complaints: string[]

  before(async () => {
    platform = await TestPlatform.start()
    await platform.publish('demo', kernelOf(100_000), gzipSync(randomBytes(1_000)))
    await platform.client.call('changeMachine', { params: { mac }, body: { image: 'demo' } })
    await platform.client.call('addUser', { body: { name: 'vera', password, role: 'viewer' } })
    browser = await openBrowser()
    profile = await newProfile(browser)
    page = await profile.newPage()
    complaints = complaintsOf(page)
    await signIn(page, { url: platform.url, user: 'admin', password: platform.password }, '/templates')
  })
  after(async () => {
    await browser?.close()
    await platform?.[Symbol.asyncDispose]()
  })

  const dialog = () => page.getByRole('dialog')
  const area = () => page.getByRole('textbox', { name: `Text of ${file}` })
  const kept = async () => {
    const { items } = await platform.client.call('listTemplates', { params: { name: 'demo' } })
    return items[0]?.files[0]?.text
  }

  test('a template is written, what is wrong stands at its line and column, and it is kept when it is right', async () => {
    await page.getByText('There is no template yet').waitFor()
    await page.getByRole('button', { name: 'New template' }).click()
    await dialog().getByRole('button', { name: 'Write it' }).click()
    await dialog().getByText('Choose an image').waitFor()
    await dialog().getByRole('combobox', { name: 'Image' }).click()
    await page.getByRole('option', { name: 'demo' }).click()
    await dialog().getByRole('button', { name: 'Write it' }).click()
    await page.getByText('This template is not kept yet.').waitFor()
    await area().fill(text.join('\n'))
    await page.getByRole('button', { name: 'Go to Line 2, column 28' }).click()
    assert.equal(
      await area().evaluate((one: HTMLTextAreaElement) => one.value.slice(one.selectionStart).slice(0, 8)),
      '{{user}}',
    )
    assert.deepEqual(await page.locator('.code-marks mark').allInnerTexts(), ['{{user}}', '{{password}}'])
    assert.equal(await kept(), undefined)
    for (const name of ['user', 'password'])
      await page.getByRole('button', { name: `Declare ${name}`, exact: true }).click()
    await page.getByText('Nothing is wrong with it.').waitFor()
    await page.getByRole('button', { name: 'Change the variable password' }).click()
    await dialog().getByLabel('Shown to nobody').check()
    await dialog().getByRole('button', { name: 'Take it over' }).click()
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByText('Saved; it counts for boots from now on').waitFor()
    assert.equal(await kept(), text.join('\n'))
  })

  test('values are set for the image and the machine; the preview has them, secrets as dots', async () => {
    await page.getByRole('button', { name: 'Set password for demo' }).click()
    await dialog().getByRole('textbox', { name: 'Value' }).fill('hunter2')
    await dialog().getByRole('button', { name: 'Set it' }).click()
    await page.getByText('password is set').waitFor()
    await page.getByRole('combobox', { name: 'Machine' }).fill('nonsense')
    await page.getByRole('button', { name: 'Show', exact: true }).click()
    await page.getByText('A hardware address such as').waitFor()
    await page.getByRole('combobox', { name: 'Machine' }).fill('52-54-00-12-34-56')
    await page.getByRole('button', { name: 'Show', exact: true }).click()
    await page.getByText('This machine would wait, and say why').waitFor()
    await page.getByRole('button', { name: `Set user for ${mac}` }).click()
    await dialog().getByRole('textbox', { name: 'Value' }).fill('ann')
    await dialog().getByRole('button', { name: 'Set it' }).click()
    const filled = page.getByRole('region', { name: `What the machine gets as ${file}` })
    await filled.getByText('username string ann').waitFor()
    assert.match(await filled.innerText(), /user-password password •+/)
    assert.doesNotMatch(await page.content(), /hunter2/)
    assert.match(page.url(), /machine=52(%3A|:)54/)
  })

  test('the preview is of what is written, not only of what is kept; hostile text is text', async () => {
    await area().fill(`# ${hostile}\n${text.join('\n')}`)
    const filled = page.getByRole('region', { name: `What the machine gets as ${file}` })
    await page.getByText('Of the text as it stands here, not saved.').waitFor()
    await filled.getByText(hostile).waitFor()
    assert.equal(await page.locator('img').count(), 0)
    assert.equal(await kept(), text.join('\n'))
    assert.deepEqual(await hindrances(page), [])
  })

  test('what is not saved is not lost without a question', async () => {
    await page.getByRole('link', { name: 'Sites' }).click()
    await dialog().getByText('Leave without saving?').waitFor()
    await dialog().getByRole('button', { name: 'Cancel' }).click()
    await dialog().waitFor({ state: 'hidden' })
    assert.match(await area().inputValue(), /onerror/)
    const other: string = 'another text\n'
    const { variables, format } = await platform.client.call('showTemplate', {
      params: { name: 'demo', template: 'preseed' },
    })
    await platform.client.call('putTemplate', {
      params: { name: 'demo', template: 'preseed' },
      body: { format, variables, files: [{ name: file, text: `# ${other}` }] },
    })
    await page.getByText('has saved this template in the meantime').waitFor()
    assert.match(await area().inputValue(), /onerror/)
    await page.getByRole('button', { name: 'Take theirs' }).click()
    assert.equal(await area().inputValue(), `# ${other}`)
  })

  for (const [name, look] of Object.entries({
    'in the dark': { colorScheme: 'dark' as const },
    'on a phone': { viewport: phone },
  }))
    test(`who may only look changes nothing; nothing keeps them out ${name}, and no page is too wide`, async () => {
      await using other = await newProfile(browser, look)
      const shown = await other.newPage()
      const said = complaintsOf(shown)
      await signIn(shown, { url: platform.url, user: 'vera', password }, '/templates')
      const link = shown.getByRole('link', { name: 'demo / preseed' })
      await link.waitFor()
      assert.deepEqual(await hindrances(shown), [])
      assert.ok(await fits(shown))
      await link.click()
      const seen = shown.getByRole('textbox', { name: `Text of ${file}` })
      assert.equal(await seen.getAttribute('readonly'), '')
      for (const deed of ['Save', 'Remove', 'Declare a variable', 'Show secrets', 'Set'])
        assert.equal(await shown.getByRole('button', { name: deed, exact: true }).count(), 0, deed)
      assert.deepEqual(await hindrances(shown), [])
      assert.ok(await fits(shown))
      assert.deepEqual(said, [])
    })

  test('a template is removed when somebody has read what that means', async () => {
    await page.getByRole('button', { name: 'Remove', exact: true }).click()
    await dialog()
      .getByText(/This cannot be undone/)
      .waitFor()
    await dialog().getByRole('button', { name: 'Remove it' }).click()
    await page.getByText('There is no template yet').waitFor()
    assert.equal(await kept(), undefined)
    assert.deepEqual(complaints.filter(isUnexpected), [])
  })
})

/** The browser says of each refusal of the API that it failed. */
const isUnexpected = (complaint: string) => !complaint.startsWith('Failed to load resource')

const fits = (page: Page): Promise<boolean> =>
  page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth)
