import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startWholePlatform } from '../testing/platform-suite.ts'
import { listed, PublishedClient } from './uforge/testing/published-client.ts'
import { textAt } from './uforge/testing/strict-document.ts'

const password = 'correct horse battery'

test('switched on, a client of UForge finds what was published, and has it as a bundle', async () => {
  await using platform = await startWholePlatform(['--uforge', 'on', '--uforge-context', '/ufws'])
  const kernel = await platform.upload(platform.kernelLike('one'))
  await platform.client.call('publishRelease', {
    params: { name: 'demo' },
    body: { kernel: { name: 'vmlinuz', digest: kernel }, initrds: [], cmdline: 'quiet' },
  })
  const url = `${platform.url}/ufws`
  const client = await PublishedClient.start({ url, user: 'admin', by: password })
  const [image] = await client.images()
  assert.ok(image)
  assert.equal(textAt(image, 'fullName'), 'demo@1')
  const bundle = await client.download(image)
  assert.ok(bundle.includes('oci-layout'))
  assert.ok(bundle.includes(platform.kernelLike('one')))
  assert.equal(listed(await client.get('users/admin/apikeys'), 'apiKeyPairs').length, 0)
  // Beside that of `platform.client`, and written down behind the answer; else this test runs out of its time.
  for (let signIns = 1; signIns < 2; await sleep(20)) {
    const { items } = await platform.client.call('listAudit', { query: { action: 'signIn' } })
    signIns = items.filter(({ who }) => who === 'admin').length
  }
  assert.equal(
    (await fetch(`${platform.url}/api/status`)).headers.get('content-type'),
    'application/problem+json',
  )
})

test('without the option there is nothing of it', async () => {
  await using platform = await startWholePlatform()
  assert.equal((await fetch(`${platform.url}/api/users/admin/images`)).status, 404)
  const { headers } = await fetch(`${platform.url}/api/status`)
  assert.equal(headers.get('content-type'), 'application/problem+json')
})
