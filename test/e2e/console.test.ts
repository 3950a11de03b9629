import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { navigationTexts } from '../../apps/console/src/texts/navigation.ts'
import { complaintsOf, newProfile, noBrowser, signIn } from '../console/browser.ts'
import { whyNoLab } from './lab/capability.ts'
import { withEvidence } from './lab/evidence.ts'
import { openBrowserIn } from './lab/lab-browser.ts'
import { Machine, macOf } from './lab/machine.ts'
import { LabNetwork } from './lab/network.ts'
import { Platform } from './lab/platform.ts'
import { tinyLinux } from './lab/tiny-linux.ts'

const skip = whyNoLab() ?? noBrowser
/** A boot of this firmware takes twelve seconds when nothing else slows it down. */
const patienceMs = 90_000

describe('the console, from the first start to the first boot', { skip }, () => {
  test('a machine that powers on is seen at once, and that it has started', async (t) => {
    const linux = await tinyLinux('amd64')
    using network = await LabNetwork.open()
    await using platform = await Platform.start(network, 'server')
    const browser = await openBrowserIn(network.other)
    t.after(() => browser.close())
    const page = await (await newProfile(browser)).newPage()
    const complaints = complaintsOf(page)
    await signIn(page, { url: platform.url, user: 'admin', password: platform.password })
    await page.getByRole('heading', { level: 1, name: navigationTexts.boots }).waitFor()
    const mac = macOf(1)
    assert.equal(await page.getByText(mac).count(), 0, 'nothing has happened yet')
    // Goes with the page: whoever loads it anew finds it gone.
    await page.evaluate(() => Object.assign(globalThis, { isSame: true }))

    await platform.publish('tiny', linux, 'console=ttyS0 lab.case=console')
    await platform.cli(['image', 'default', 'tiny'])
    await using machine = await Machine.start({ network, firmware: 'bios-ipxe-rom', number: 1 })
    await withEvidence(t.name, machine, platform, async () => {
      const entry = page.locator('main :is(tr, li, a, article)').filter({ hasText: mac })
      await entry.first().waitFor({ timeout: patienceMs })
      assert.doesNotMatch(await entry.first().innerText(), /started/i, 'it is seen before it has started')
      await entry
        .filter({ hasText: /started/i })
        .first()
        .waitFor({ timeout: patienceMs })
      await machine.console.expect(/BOOTCAST-BOOTED .*lab\.case=console/, patienceMs / 1000)
      assert.equal((await platform.boot(mac)).state, 'started')
    })
    assert.deepEqual(await page.evaluate(() => 'isSame' in globalThis), true, 'by itself')
    assert.deepEqual(complaints, [])
  })
})
