import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { missingPrograms, startRadosgw } from '@bootcast/content/testing/radosgw'
import { platformSuite, startWholePlatform } from '../testing/platform-suite.ts'

const missing = missingPrograms()
if (missing !== undefined) {
  test('the platform on S3', { skip: `SKIPPED: not installed: ${missing}` }, () => undefined)
} else {
  const { endpoint, credentials, stop, makeBucket } = await startRadosgw()
  after(stop)
  process.env['AWS_ACCESS_KEY_ID'] = credentials.accessKeyId
  process.env['AWS_SECRET_ACCESS_KEY'] = credentials.secretAccessKey
  const argv = async () => ['--storage', `s3://${await makeBucket()}/boot`, '--s3-endpoint', endpoint]
  platformSuite('the platform on S3 (radosgw)', argv)

  test('a machine that follows is sent to the store itself, another gets the bytes from here', async () => {
    await using platform = await startWholePlatform([...(await argv()), '--s3-redirect', 'yes'])
    const { client, url } = platform
    const bytes = Buffer.from('070701 an initrd')
    const digest = await platform.upload(bytes)
    const kernel = { name: 'vmlinuz', digest: await platform.upload(platform.kernelLike('s3')) }
    const body = { kernel, initrds: [{ name: 'initrd', digest }] }
    await client.call('publishRelease', { params: { name: 'demo' }, body })
    await client.call('changeSettings', { body: { defaultImage: 'demo' } })
    const script = await (await fetch(`${url}/boot.ipxe?mac=52:54:00:12:34:56`)).text()
    const address = /http:\S+\/initrd\b/.exec(script)?.[0] ?? ''
    const get = (agent: string) => fetch(address, { headers: { 'user-agent': agent }, redirect: 'manual' })
    const sent = await get('iPXE/2.0.0')
    assert.equal(sent.status, 302)
    const location = sent.headers.get('location') ?? ''
    assert.ok(location.startsWith(endpoint), location)
    assert.deepEqual(Buffer.from(await (await fetch(location)).arrayBuffer()), bytes)
    const here = await get('UefiHttpBoot/1.0')
    assert.deepEqual([here.status, Buffer.from(await here.arrayBuffer())], [200, bytes])
  })

  test('a bucket that is not there is told at the start', async () => {
    const wrong = ['--storage', 's3://not-there', '--s3-endpoint', endpoint]
    await assert.rejects(startWholePlatform(wrong), /the bucket not-there cannot be used: NoSuchBucket/)
  })
}
