import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { BootDetail } from '../../modules/contract/src/boots.ts'
import { whyNoLab } from './lab/capability.ts'
import { macOf } from './lab/machine.ts'
import { PlainClient } from './lab/plain-client.ts'
import { loaders } from './lab/platform.ts'
import { until } from './lab/processes.ts'
import { hasBooted, SiteScene } from './lab/site-scene.ts'
import { bootedMarker, largeLinux, type TinyLinux, tinyLinux } from './lab/tiny-linux.ts'

const skip = whyNoLab() ?? false
const payloadBytes = 8_000_000
const [first, second, uefi] = [
  ['bios-ipxe-rom', 1],
  ['bios-ipxe-rom', 2],
  ['uefi-x64', 3],
] as const

describe('machines at a site behind a long line', { skip, concurrency: 2 }, () => {
  describe('boot what is published far away', { concurrency: 1 }, () => {
    const payload = randomBytes(payloadBytes)
    let scene: SiteScene
    let linux: TinyLinux

    before(async () => {
      scene = await SiteScene.open()
      linux = await largeLinux('amd64', payload)
      await scene.platform.publish('demo', linux, 'console=ttyS0 lab.release=1')
      await scene.platform.cli(['open', 'demo', '--site', 'grenoble', '--for', '1h', '--boot'])
    })
    after(() => scene[Symbol.asyncDispose]())

    test('two at once cost one download, and the platform has their boots with the name of the site', async (t) => {
      const { network } = scene
      await Promise.all([first, second].map((one) => scene.boots(t.name, one, 'lab.release=1')))
      // Since the site was switched on: with all that it needs itself.
      const { rx } = await network.wanBytes()
      const needed = sizeOf(linux) + sizeOfLoaders()
      t.diagnostic(`${rx} bytes over the line for ${needed}`)
      assert.ok(rx > 0.8 * needed && rx < 1.1 * needed, `${rx} bytes over the line for ${needed}`)
      for (const [, number] of [first, second]) {
        const boot = await scene.startedBoot(macOf(number))
        assert.deepEqual([boot.site, boot.release, boot.cause], ['grenoble', 'demo@1', undefined])
      }
    })

    test('one that comes later costs only words, and waits for its turn when so many fetch already', async (t) => {
      const { network, platform } = scene
      await platform.cli(['site', 'rate-limit', 'grenoble', '--boots', '1'])
      const other = await PlainClient.plug(network.site)
      const bytes = await scene.wanBytes(async () => {
        const script = await other.ask()
        await scene.withMachine(t.name, uefi, async (machine) => {
          await machine.console.expect(
            /waiting for the turn of this machine to start demo 1: place 1 of 1/,
            150,
          )
          const came = await other.fetchAll(script)
          assert.deepEqual(
            came.map(({ status, isRight }) => [status, isRight]),
            [
              [200, true],
              [200, true],
            ],
          )
          await hasBooted(machine, 'lab.release=1')
        })
      })
      t.diagnostic(`${bytes} bytes over the line`)
      assert.ok(bytes < 200_000, `${bytes} bytes over the line`)
      await platform.cli(['site', 'rate-limit', 'grenoble', '--boots', 'none'])
    })

    test('a new release costs what is new of it', async (t) => {
      const { platform } = scene
      await platform.cli(['machine', 'assign', macOf(1), 'demo'])
      const changed = Buffer.from(payload)
      randomBytes(0.03 * payloadBytes).copy(changed, 3_000_000)
      const newer = await largeLinux('amd64', changed)
      const bytes = await scene.wanBytes(async () => {
        await platform.publish('demo', newer, 'console=ttyS0 lab.release=2')
        await scene.boots(t.name, first, 'lab.release=2')
      })
      t.diagnostic(`${bytes} bytes over the line for ${sizeOf(newer)}`)
      assert.ok(bytes < 0.1 * sizeOf(newer), `${bytes} bytes over the line`)
    })

    test('with the line cut they boot, also after a restart of the site; the platform hears of it once', async (t) => {
      const { network, platform, site } = scene
      const before = await scene.startedBoot(macOf(1))
      await network.setLink('down')
      await site.kill()
      await site.start()
      const cutAt = Date.now()
      const inOpening = await PlainClient.plug(network.site)
      await scene.boots(t.name, first, 'lab.release=2')
      const came = await inOpening.fetchAll(await inOpening.ask())
      assert.ok(came.length === 2 && came.every(({ isRight }) => isRight), JSON.stringify(came))
      const bootedAt = Date.now()
      await until('what happened is written down', 10, async () => sizeOfQueue(site.data) > 0)
      await site.kill()
      await site.start()
      const backAt = Date.now()
      await network.setLink('up')
      await until('the platform hears of the site', 15, async () => {
        const { state } = JSON.parse(await platform.cli(['site', 'show', 'grenoble', '--json']))
        return state === 'connected'
      })
      for (const mac of [macOf(1), inOpening.mac]) {
        const boot = await scene.startedBoot(mac, ({ id }) => id !== before.id)
        assert.deepEqual([boot.site, boot.release], ['grenoble', 'demo@2'])
        assertOnce(boot)
        for (const { at } of boot.timeline)
          assert.ok(Date.parse(at) > cutAt - 2_000 && Date.parse(at) < bootedAt + 2_000)
        assert.ok(backAt - Date.parse(boot.lastAt) > 0)
      }
    })
  })

  describe('go on when something breaks', { concurrency: 1 }, () => {
    let scene: SiteScene

    before(async () => {
      scene = await SiteScene.open()
    })
    after(() => scene[Symbol.asyncDispose]())

    test('the line, in a download: the machine waits and starts, and next to nothing comes twice', async (t) => {
      const { network, platform } = scene
      const linux = await largeLinux('amd64', randomBytes(payloadBytes))
      await platform.publish('demo', linux, 'console=ttyS0 lab.release=1')
      await platform.cli(['open', 'demo', '--mac', macOf(1), '--for', '1h', '--boot'])
      const bytes = await scene.wanBytes(() =>
        scene.withMachine(t.name, first, async (machine) => {
          await scene.wanBytesAbove(8_000_000)
          await network.setLink('down')
          await sleep(5_000)
          await network.setLink('up')
          await hasBooted(machine, 'lab.release=1')
        }),
      )
      t.diagnostic(`${bytes} bytes over the line for ${sizeOf(linux)}`)
      assert.ok(bytes > 0.8 * sizeOf(linux) && bytes < 1.25 * sizeOf(linux), `${bytes} bytes over the line`)
      assertOnce(await scene.startedBoot(macOf(1)))
    })

    test('the platform and then the site, killed in a download: what was here is not fetched again', async (t) => {
      const { platform, site } = scene
      const linux = await largeLinux('amd64', randomBytes(2 * payloadBytes))
      await platform.publish('demo', linux, 'console=ttyS0 lab.release=2')
      // Slow enough to hit it in the middle.
      await platform.cli(['site', 'rate-limit', 'grenoble', '2MB/s'])
      const isNew = statSync(linux.initrd).size
      const bytes = await scene.wanBytes(() =>
        scene.withMachine(t.name, first, async (machine) => {
          await scene.wanBytesAbove(0.4 * isNew)
          await platform.kill()
          await platform.start()
          // It notes every few seconds what has come.
          await until('what came is noted', 30, () =>
            readdirSync(join(site.data, 'arriving')).some((name) => name.endsWith('.have')),
          )
          await site.kill()
          await site.start()
          await hasBooted(machine, 'lab.release=2')
        }),
      )
      t.diagnostic(`${bytes} bytes over the line for ${isNew}`)
      assert.ok(bytes > 0.8 * isNew && bytes < 1.25 * isNew, `${bytes} bytes over the line`)
      await scene.startedBoot(macOf(1), ({ release }) => release === 'demo@2')
      await platform.cli(['site', 'rate-limit', 'grenoble', 'none'])
    })

    test('the line, while somebody signs in: who did lately may again, others are told why not', async (t) => {
      const { network, platform, site } = scene
      await platform.publish('red', await tinyLinux('amd64'), 'console=ttyS0 lab.image=red')
      for (const user of ['alice', 'bob']) {
        await platform.addUser(user, `secret of ${user}`)
        await platform.cli(['image', 'allow', 'red', '--user', user])
      }
      await platform.cli(['site', 'warm', 'grenoble', 'red'])
      const lately = await PlainClient.plug(network.site)
      assert.match(await lately.signIn(await lately.ask(), 'alice', 'secret of alice'), /signed in as alice/)
      await until('the site knows that', 10, () =>
        readFileSync(join(site.data, 'snapshot'), 'utf8').includes('alice'),
      )
      await scene.withMachine(t.name, second, async ({ console, keyboard, mac }) => {
        await console.expect(/Sign in with user name and password/, 60)
        await keyboard.press('down', 'ret')
        await console.expect(/Password/, 20)
        await network.setLink('down')
        await keyboard.type('bob\nsecret of bob\n')
        await console.expect(/the platform cannot be reached/, 40)
        await console.expect(/Password/, 20)
        await keyboard.type('alice\nsecret of alice\n')
        await console.expect(/signed in as alice/, 30)
        await console.expect(/red 1/, 10)
        await keyboard.press('home', 'ret')
        await console.expect(new RegExp(`${bootedMarker} .*lab.image=red`), 90)
        await network.setLink('up')
        const boot = await scene.startedBoot(mac)
        assert.deepEqual([boot.release, boot.user], ['red@1', 'alice'])
      })
    })
  })
})

const sizeOf = ({ kernel, initrd }: TinyLinux) => statSync(kernel).size + statSync(initrd).size

const sizeOfLoaders = () =>
  readdirSync(loaders).reduce((sum, name) => sum + statSync(join(loaders, name)).size, 0)

const sizeOfQueue = (data: string) => statSync(join(data, 'site.db-wal')).size

/** No line of a timeline is there twice. */
function assertOnce({ timeline }: BootDetail): void {
  const lines = timeline.map(({ n: _, ...event }) => JSON.stringify(event))
  assert.deepEqual(lines, [...new Set(lines)])
  const count = (kind: string) => timeline.filter((event) => event.kind === kind).length
  assert.deepEqual([count('decided'), count('file'), count('started')], [1, 2, 1])
}
