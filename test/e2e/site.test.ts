import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { whyNoLab } from './lab/capability.ts'
import { withEvidence } from './lab/evidence.ts'
import { Machine, macOf } from './lab/machine.ts'
import { PlainClient } from './lab/plain-client.ts'
import { inside, run, until } from './lab/processes.ts'
import { joinChild } from './lab/site.ts'
import {
  askUplink,
  assertOnce,
  cachedFile,
  flipBit,
  isWhole,
  loaderCount,
  sizeOf,
  sizeOfLoaders,
  snapshotOf,
  statusOfFile,
} from './lab/site-checks.ts'
import { platformAddress, upstreamAddress } from './lab/site-network.ts'
import { hasBooted, SiteScene } from './lab/site-scene.ts'
import { bootedMarker, largeLinux, type TinyLinux, tinyLinux } from './lab/tiny-linux.ts'

const skip = whyNoLab() ?? false
const payloadBytes = 8_000_000
const first = ['bios-ipxe-rom', 1] as const
const second = ['bios-ipxe-rom', 2] as const
const uefi = ['uefi-x64', 3] as const
const assigned = ['bios-ipxe-rom', 4] as const

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
      await Promise.all([first, second].map((one) => scene.boots(t.name, one, 'lab.release=1')))
      // Since the site was switched on: with all that it needs itself.
      const { rx } = await scene.network.wanBytes()
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
      const other = await PlainClient.plug(network.site, 50)
      const bytes = await scene.wanBytes(async () => {
        const script = await other.ask()
        await scene.withMachine(t.name, uefi, async (machine) => {
          await machine.console.expect(
            /waiting for the turn of this machine to start demo 1: place 1 of 1/,
            150,
          )
          assert.ok(isWhole(await other.fetchAll(script)))
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
      await platform.cli(['machine', 'assign', macOf(assigned[1]), 'demo'])
      await until('the site knows it', 10, () => snapshotOf(site).includes(macOf(assigned[1])))
      await network.setLink('down')
      await site.kill()
      await site.start()
      const cutAt = Date.now()
      const inOpening = await PlainClient.plug(network.site, 51)
      await scene.boots(t.name, assigned, 'lab.release=2')
      assert.ok(isWhole(await inOpening.fetchAll(await inOpening.ask())))
      // Longer than the site keeps in memory what happened.
      await sleep(1_000)
      const bootedAt = Date.now()
      await site.kill()
      await site.start()
      await network.setLink('up')
      for (const mac of [macOf(assigned[1]), inOpening.mac]) {
        const boot = await scene.startedBoot(mac)
        assert.deepEqual([boot.site, boot.release], ['grenoble', 'demo@2'])
        assertOnce(boot)
        const times = boot.timeline.map(({ at }) => Date.parse(at))
        // The clock of the platform is known to about a second.
        assert.ok(times.every((at) => at > cutAt - 2_000 && at < bootedAt + 2_000))
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
      const lately = await PlainClient.plug(network.site, 50)
      assert.match(await lately.signIn(await lately.ask(), 'alice', 'secret of alice'), /signed in as alice/)
      await until('the site knows that', 10, () => snapshotOf(site).includes('alice'))
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

  describe('lose nothing by its disk, and the site gives nothing to others', { concurrency: 1 }, () => {
    let scene: SiteScene
    let linux: TinyLinux

    before(async () => {
      const options = ['--uplink-listen', '0.0.0.0:8443']
      scene = await SiteScene.open({ network: { child: true }, join: { options, diskMiB: 340 } })
      linux = await largeLinux('amd64', randomBytes(1_000_000))
      await scene.platform.publish('demo', linux, 'console=ttyS0 lab.release=1')
      await scene.platform.cli(['open', 'demo', '--all', '--for', '1h', '--boot'])
    })
    after(() => scene[Symbol.asyncDispose]())

    test('a site behind the site boots a machine; bytes came over the long line once, and none that are not for it', async (t) => {
      const { network, platform } = scene
      const secret = await tinyLinux('amd64')
      await platform.publish('secret', secret, 'console=ttyS0')
      const wanted = { name: 'annecy', via: 'grenoble', image: 'demo' }
      await using child = await joinChild(network, platform, wanted)
      const [firmware, number] = first
      await using machine = await Machine.start({ network: network.child, firmware, number })
      await withEvidence(t.name, machine, platform, () => hasBooted(machine, 'lab.release=1'), child)
      const boot = await scene.startedBoot(machine.mac)
      assert.deepEqual([boot.site, boot.release], ['annecy', 'demo@1'])
      const here = await PlainClient.plug(network.site, 50)
      assert.ok(isWhole(await here.fetchAll(await here.ask())))
      const count = () => child.wholeLog.match(/a boot loader came from the upstream/g)?.length
      await until('the loaders are at the second site', 20, () => count() === loaderCount())
      const { rx } = await network.wanBytes()
      const needed = sizeOf(linux) + sizeOfLoaders()
      t.diagnostic(`${rx} bytes over the line for ${needed}`)
      assert.ok(rx < 1.1 * needed, `${rx} bytes over the line for ${needed}`)
      const statusOf = ({ initrd }: TinyLinux) =>
        statusOfFile(network.child.server, child, upstreamAddress, initrd)
      assert.deepEqual([await statusOf(linux), await statusOf(secret)], ['200', '404'])
    })

    test('a bit that flips on its disk is found: the file is fetched again, and never given out', async () => {
      const { network, site } = scene
      await site.stop()
      const path = cachedFile(site, linux.initrd)
      const { size } = statSync(path)
      flipBit(path, size / 2)
      await site.start()
      const client = await PlainClient.plug(network.site, 51)
      const spent = await scene.wanBytes(async () => {
        assert.ok(isWhole(await client.fetchAll(await client.ask())))
      })
      assert.ok(spent > 0.5 * size && spent < 1.5 * size, `${spent} bytes over the line for ${size}`)
      assert.match(site.wholeLog, /a file in the cache was damaged/)
    })

    test('what finds no room on its disk is told, and what is there boots on', async () => {
      const { network, platform, site } = scene
      const large = await largeLinux('amd64', randomBytes(90_000_000))
      await platform.publish('large', large, 'console=ttyS0')
      const client = await PlainClient.plug(network.site, 52)
      await platform.cli(['machine', 'assign', client.mac, 'large'])
      const script = await client.ask()
      assert.match(script, /starting large 1/)
      const came = await client.fetchAll(script)
      assert.ok(!came.some(({ url, isRight }) => url.endsWith('initrd.img') && isRight))
      await until('the platform is told why', 20, async () =>
        JSON.stringify(await platform.boot(client.mac)).includes('there is no room for 92.0 MB'),
      )
      const filler = join(site.data, 'filler')
      assert.throws(() => writeFileSync(filler, Buffer.alloc(340 * 2 ** 20)), { code: 'ENOSPC' })
      for (const number of [53, 54]) {
        const other = await PlainClient.plug(network.site, number)
        assert.ok(isWhole(await other.fetchAll(await other.ask())))
      }
      rmSync(filler)
      assert.match(await platform.cli(['site', 'show', 'grenoble']), /connected/)
    })

    test('a token that was used opens nothing; a site that is revoked boots nothing, and its certificate opens nothing', async () => {
      const { network, platform, site } = scene
      const main = join(import.meta.dirname, '../../apps/site/src/main.ts')
      const elsewhere = site.args.map((word) => (word === site.data ? `${site.data}-2` : word))
      await assert.rejects(
        run(...inside(network.site.server, process.execPath, [main, ...elsewhere])),
        /The token was used, is too old, or was never given out/,
      )
      const client = await PlainClient.plug(network.site, 55)
      assert.ok((await client.ask()).includes('starting demo 1'))
      await platform.cli(['site', 'revoke', 'grenoble'])
      assert.match(await client.ask(), /this site was revoked/)
      assert.match(await askUplink(network.site.server, site, platformAddress, ['snapshot']), /site_revoked/)
    })
  })
})
