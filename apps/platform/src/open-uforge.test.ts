import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startWholePlatform } from '../testing/platform-suite.ts'
import { listed, PublishedClient } from './uforge/testing/published-client.ts'
import { textAt } from './uforge/testing/strict-document.ts'

const password = 'correct horse battery'
const authorization = `Basic admin:${password}`

/** A platform with a release, and a client of UForge that has found it. */
async function switchedOn() {
  const platform = await startWholePlatform(['--uforge', 'on', '--uforge-context', '/ufws'])
  const kernel = await platform.upload(platform.kernelLike('one'))
  await platform.client.call('publishRelease', {
    params: { name: 'demo' },
    body: { kernel: { name: 'vmlinuz', digest: kernel }, initrds: [], cmdline: 'quiet' },
  })
  const url = `${platform.url}/ufws`
  const client = await PublishedClient.start({ url, user: 'admin', by: password })
  const [image] = await client.images()
  assert.ok(image)
  return {
    platform,
    kernel,
    url,
    client,
    image,
    [Symbol.asyncDispose]: () => platform[Symbol.asyncDispose](),
  }
}

test('switched on, a client of UForge finds what was published, and has it as a bundle', async () => {
  await using at = await switchedOn()
  const { platform, client, image } = at
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

test('the numbers that the REST API shows lead to the files of the release, and the form names its context', async () => {
  await using at = await switchedOn()
  const { platform, kernel, url, image } = at
  const file = `${url}/${textAt(image, 'uri')}/files/vmlinuz`
  const sent = await fetch(file, { headers: { authorization } })
  assert.deepEqual(Buffer.from(await sent.arrayBuffer()), Buffer.from(platform.kernelLike('one')))
  assert.equal(sent.headers.get('etag'), `"${kernel}"`)
  assert.equal((await fetch(file)).headers.get('content-type'), 'application/xml')
  const script = await fetch(`${url}/users/admin/pxe`, { headers: { authorization } })
  assert.match(await script.text(), /^#!ipxe\n.*\/ufws\/users\/admin\/pxe\?ticket=/s)
  const form = await (await fetch(`${platform.url}/resources/ipxe-init`)).text()
  assert.match(form, /set forge-context \/ufws$/m)
})

test('without the option there is nothing of it', async () => {
  await using platform = await startWholePlatform()
  assert.equal((await fetch(`${platform.url}/api/users/admin/images`)).status, 404)
  for (const path of ['/resources/ipxe-init', '/api/users/admin/pxe'])
    assert.equal((await fetch(`${platform.url}${path}`, { headers: { authorization } })).status, 404)
  const { headers } = await fetch(`${platform.url}/api/status`)
  assert.equal(headers.get('content-type'), 'application/problem+json')
})
