import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startWholePlatform } from '../../../testing/platform-suite.ts'
import { PublishedClient } from '../testing/published-client.ts'
import { textAt } from '../testing/strict-document.ts'

const password = 'correct horse battery'
const authorization = `Basic admin:${password}`

test('the numbers that the REST API shows lead to the files of the release, and the form names its context', async () => {
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

test('without the option there are no boot services of UForge', async () => {
  await using platform = await startWholePlatform()
  for (const path of ['/resources/ipxe-init', '/api/users/admin/pxe'])
    assert.equal((await fetch(`${platform.url}${path}`, { headers: { authorization } })).status, 404)
})
