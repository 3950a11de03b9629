import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { createClient } from '@bootcast/contract'
import { forgePassword, forgeUser, startFakeForge } from '../../testing/fake-forge.ts'
import { synced } from '../../testing/image-source-contract.ts'
import { startPlatformProcess } from '../../testing/platform-process.ts'
import { kernelLike } from '../../testing/platform-suite.ts'

const password = 'correct horse battery'

test('a platform that is killed in the middle of a sync goes on with what is missing, and nothing comes twice', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'bootcast-sync-'))
  t.after(() => rm(dir, { recursive: true, force: true }))
  await writeFile(join(dir, 'password'), password, { mode: 0o600 })
  await using forge = await startFakeForge()
  for (const marker of ['one', 'two', 'three'])
    forge.addImage({ name: 'demo', files: { vmlinuz: kernelLike(marker), 'initrd.img': gzipSync(marker) } })
  const held = Promise.withResolvers<void>()
  forge.deviation = (_, response, path) => {
    if (!path.includes('/images/2/files/')) return false
    response.writeHead(200, { 'content-length': 4096 }).write('half of a kernel')
    held.resolve()
    return true
  }
  const start = async () => {
    const running = await startPlatformProcess(dir, '--admin-password-file', join(dir, 'password'))
    const body = { user: 'admin', password }
    const { token } = await createClient({ url: running.url }).call('signIn', { body })
    return { ...running, client: createClient({ url: running.url, token }) }
  }
  const first = await start()
  const wish = {
    kind: 'uforge',
    name: 'lab',
    url: forge.url,
    user: forgeUser,
    secret: forgePassword,
  } as const
  await first.client.call('addSource', { body: wish })
  await held.promise
  await sleep(50)
  await first.stop('SIGKILL')
  forge.deviation = () => false
  forge.asked.length = 0
  const second = await start()
  try {
    const found = await synced(second, 'lab')
    assert.deepEqual([found.problem, found.items.map(({ number }) => number).sort()], [undefined, [1, 2, 3]])
    const { releases } = await second.client.call('showImage', { params: { name: 'demo' } })
    assert.deepEqual(
      releases.map(({ number }) => number),
      [3, 2, 1],
    )
    assert.ok(
      !forge.asked.some((path) => path.includes('/images/1/files/')),
      'the first was not fetched again',
    )
  } finally {
    await second.stop()
  }
})
