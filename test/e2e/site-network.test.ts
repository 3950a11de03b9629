import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { whyNoLab } from './lab/capability.ts'
import { runName } from './lab/lab-run.ts'
import type { LineMeasured } from './lab/line-probe.ts'
import { inside, run, startInside, until } from './lab/processes.ts'
import { SiteProcess, startSitePlatform } from './lab/site.ts'
import { platformAddress, SiteNetwork, upstreamAddress } from './lab/site-network.ts'

const probe = join(import.meta.dirname, 'lab/line-probe.ts')
const skip = whyNoLab() ?? false

describe('the network of a site in the lab', { skip }, () => {
  let network: SiteNetwork

  before(async () => {
    network = await SiteNetwork.open({ child: true, line: { lossPercent: 0 } })
    await serve(network.platform)
  })
  after(() => network.remove())

  test('the platform is 40 ms away, over 50 Mbit/s, and the kernel counts what passes', async () => {
    const before = await network.wanBytes()
    const found = await measured(network.site.server, platformAddress, 5_000_000)
    const after = await network.wanBytes()
    assert.ok(found.rttMs > 35 && found.rttMs < 60, `${found.rttMs} ms there and back`)
    assert.equal(found.bytes, 5_000_000)
    assert.ok(found.seconds > 0.7 && found.seconds < 3, `${found.seconds} s for 5 MB`)
    const rx = after.rx - before.rx
    assert.ok(rx > 5_000_000 && rx < 6_000_000, `${rx} bytes counted`)
    assert.ok(after.tx - before.tx < 1_000_000)
  })

  test('with losses everything arrives nevertheless', async () => {
    await network.setLine({ lossPercent: 2 })
    const found = await measured(network.site.server, platformAddress, 500_000)
    assert.equal(found.bytes, 500_000)
    await network.setLine()
  })

  test('a line that is cut carries nothing, and goes on when it is whole again', async () => {
    const transfer = measured(network.site.server, platformAddress, 12_000_000)
    const start = (await network.wanBytes()).rx
    await until('bytes arrive', 10, async () => (await network.wanBytes()).rx > start + 1_000_000)
    await network.setLink('down')
    try {
      const { rx } = await network.wanBytes()
      await sleep(500)
      const more = (await network.wanBytes()).rx - rx
      // The line would have brought 3 MB; bridges say a word of their own when a port is lost.
      assert.ok(more < 10_000, `${more} bytes came through a line that is cut`)
    } finally {
      await network.setLink('up')
    }
    assert.equal((await transfer).bytes, 12_000_000)
  })

  test('a site behind the site reaches that one by a short line, and the platform not at all', async () => {
    await serve(network.site.server)
    const found = await measured(network.child.server, upstreamAddress, 100_000)
    assert.ok(found.rttMs < 30, `${found.rttMs} ms there and back`)
    assert.ok((await network.wanBytes(network.child)).rx > 100_000)
    await assert.rejects(measured(network.child.server, platformAddress, 1), /ENETUNREACH/)
  })

  test('a platform at one end is reached from the other; a site keeps its small disk when it is killed', async () => {
    await using platform = await startSitePlatform(network)
    const health = "fetch(process.argv[1] + '/healthz').then(({ status }) => console.log(status))"
    const said = run(...inside(network.site.server, process.execPath, ['-e', health, platform.url]))
    assert.equal((await said).trim(), '200')
    await using site = await SiteProcess.start({
      namespace: network.site.server,
      main: 'apps/platform/src/main.ts', // whatever says that it is running
      args: (data) => ['--data', data, '--tftp-port', 'off'],
      diskMiB: 24,
    })
    const kept = join(site.data, 'kept')
    await writeFile(kept, 'still here')
    await assert.rejects(writeFile(join(site.data, 'large'), Buffer.alloc(32 * 2 ** 20)), { code: 'ENOSPC' })
    await writeFile(join(site.data, 'large'), '')
    await site.kill()
    await site.start()
    assert.equal(await readFile(kept, 'utf8'), 'still here')
    assert.equal(site.wholeLog.match(/is running/g)?.length, 2)
  })

  test('nothing of it is left', () => {
    network.remove()
    const names = spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' }).stdout
    assert.ok(!names.includes(runName), names)
    assert.ok(!readFileSync('/proc/mounts', 'utf8').includes(runName))
  })
})

/** Ends with its namespace. */
async function serve(namespace: string): Promise<void> {
  const child = startInside(namespace, process.execPath, [probe, 'serve'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let isReady = false
  child.stdout?.once('data', () => {
    isReady = true
  })
  await until('the other end listens', 20, () => isReady)
  child.unref()
}

async function measured(namespace: string, address: string, bytes: number): Promise<LineMeasured> {
  const args = [probe, 'measure', address, String(bytes)]
  return JSON.parse(await run(...inside(namespace, process.execPath, args)))
}
