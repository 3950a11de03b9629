import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { bzImageHead } from '../../modules/image/testing/boot-images.ts'
import { whyNoLab } from './lab/capability.ts'
import { scratchDirectory } from './lab/lab-run.ts'
import { LabNetwork } from './lab/network.ts'
import { Platform } from './lab/platform.ts'
import { until } from './lab/processes.ts'
import { bootSwarm, prepareSwarm, swarmOptions } from './lab/swarm.ts'

test('simulated machines get their kernels, and it is told when they do not', {
  skip: whyNoLab() ?? false,
}, async () => {
  using network = await LabNetwork.open()
  await prepareSwarm(network)
  const place = { namespace: network.server, address: '127.0.0.1', machines: swarmOptions }
  await using platform = await Platform.startAt(place)

  // Nothing is published.
  const none = await bootSwarm(network, { machines: 2, withinMs: 0, patienceMs: 5_000 })
  assert.equal(none.succeeded, 0)
  assert.equal(
    Object.values(none.failures).reduce((sum, count) => sum + count, 0),
    2,
  )

  const folder = scratchDirectory()
  const linux = { kernel: join(folder, 'vmlinuz'), initrd: join(folder, 'initrd.gz') }
  const kernel = Buffer.concat([bzImageHead(), randomBytes(200_000)])
  const initrd = gzipSync(randomBytes(300_000))
  await writeFile(linux.kernel, kernel)
  await writeFile(linux.initrd, initrd)
  await platform.publish('demo', linux, 'quiet')
  await platform.cli(['image', 'default', 'demo'])
  const all = await bootSwarm(network, { machines: 6, withinMs: 200, patienceMs: 60_000 })
  assert.deepEqual([all.succeeded, all.failures], [6, {}])
  assert.ok(all.bytes > 6 * (kernel.length + initrd.length + 60_000), `${all.bytes} bytes with the loaders`)
  assert.ok(all.kernelMs.p50 > 0 && all.kernelMs.p50 <= all.kernelMs.p99)
  await until('the boot of the first machine is told as started', 20, async () => {
    const { state } = await platform.boot('52:54:00:5a:00:01')
    return state === 'started'
  })
})
