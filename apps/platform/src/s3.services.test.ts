import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { missingPrograms, startRadosgw } from '@bootcast/content/testing/radosgw'
import { kernelLike, platformSuite, startWholePlatform } from '../testing/platform-suite.ts'
import { publishingScene, sha256 } from '../testing/publishing-scene.ts'
import { tarOf } from '../testing/tar-of.ts'

const missing = missingPrograms()
if (missing !== undefined) {
  test('the platform on S3', { skip: `SKIPPED: not installed: ${missing}` }, () => undefined)
} else {
  const { endpoint, credentials, stop, makeBucket, putObject, removeObject } = await startRadosgw()
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

  describe('publishing from S3', () => {
    const files = {
      vmlinuz: kernelLike('s3'),
      'initrd.img': gzipSync('i'),
      'rootfs.img': randomBytes(20_000_000),
    }
    const tar = tarOf(files)
    let bucket = ''
    before(async () => {
      bucket = await makeBucket()
      for (const key of [
        'builds/edge os#1.tar',
        'boot/x.tar',
        'boot/beside.tar',
        `boot/blobs/sha256/00/${'0'.repeat(64)}`,
      ])
        await putObject(bucket, key, tar)
    })
    const published = async (at: Awaited<ReturnType<typeof publishingScene>>, url: string, digest?: string) =>
      await at.ended(await at.start({ input: { url, ...(digest !== undefined && { digest }) } }))

    test('an object is published, from the server of --s3-endpoint, though that is an inner address', async () => {
      await using at = await publishingScene('--s3-endpoint', endpoint)
      const started = await at.start({ input: { url: `s3://${bucket}/builds/edge os#1.tar` } })
      const { release, problem } = await at.ended(started)
      assert.equal(problem, undefined, problem?.detail)
      const [variant] = release?.variants ?? []
      const rootfs = variant?.files.find(({ role }) => role === 'rootfs')
      assert.equal(rootfs?.digest, `sha256:${sha256(files['rootfs.img'])}`)
      const wrong = await published(at, `s3://${bucket}/boot/x.tar`, `sha256:${'0'.repeat(64)}`)
      assert.equal(wrong.problem?.code, 'blob_corrupt')
      assert.deepEqual(readdirSync(join(at.started.data, 'scratch')), [])
      await using closed = await publishingScene()
      const web = await published(closed, `${endpoint}/${bucket}/boot/x.tar`)
      assert.equal(web.problem?.code, 'address_refused')
    })

    test('with the store in the same bucket, the store’s own objects are refused and others are copied', async () => {
      await using at = await publishingScene('--storage', `s3://${bucket}/boot`, '--s3-endpoint', endpoint)
      const own = await published(at, `s3://${bucket}/boot/blobs/sha256/00/${'0'.repeat(64)}`)
      assert.equal(own.problem?.code, 'address_refused')
      assert.match(own.problem?.detail ?? '', /own store.*Publish what it was made of/)
      const made = await published(at, `s3://${bucket}/boot/beside.tar`)
      assert.equal(made.state, 'done', made.problem?.detail)
      await removeObject(bucket, 'boot/beside.tar')
      const [address = ''] = /http:\S+\/vmlinuz/.exec(await at.script()) ?? []
      assert.deepEqual((await at.get(address)).bytes, files.vmlinuz)
    })

    const secret = { AWS_SECRET_ACCESS_KEY: 'wrong' }
    const nobody = { AWS_ACCESS_KEY_ID: 'nobody' }
    const noKeys = {
      AWS_ACCESS_KEY_ID: undefined,
      AWS_SECRET_ACCESS_KEY: undefined,
      AWS_EC2_METADATA_DISABLED: 'true',
      HOME: '/nowhere',
    }
    const broken: readonly (readonly [
      string,
      Readonly<Record<string, string | undefined>>,
      () => string,
      RegExp,
    ])[] = [
      ['an object that is not there', {}, () => `s3://${bucket}/none.iso`, /There is no such object/],
      ['a bucket that is not there', {}, () => 's3://not-there/x.iso', /There is no such bucket/],
      [
        'a wrong secret',
        secret,
        () => `s3://${bucket}/boot/x.tar`,
        /secret key of the platform is wrong.*AWS_SECRET/,
      ],
      ['a key that nobody knows', nobody, () => `s3://${bucket}/boot/x.tar`, /does not know the access key/],
      ['no keys at all', noKeys, () => `s3://${bucket}/boot/x.tar`, /has no keys for S3.*AWS_ACCESS_KEY_ID/],
    ]
    for (const [what, more, url, why] of broken) {
      test(`${what} is told with what to do, and nothing is kept`, async () => {
        await using at = await publishingScene('--s3-endpoint', endpoint)
        using _ = environment(more)
        const { problem } = await published(at, url())
        assert.equal(problem?.code, 'fetch_failed', problem?.detail)
        assert.match(problem?.detail ?? '', why)
        assert.deepEqual(await at.kept(), [])
      })
    }

    test('a server that is not there, and an object that is too large, are told', async () => {
      await using dead = await publishingScene('--s3-endpoint', 'http://127.0.0.1:1')
      const { problem } = await published(dead, `s3://${bucket}/boot/x.tar`)
      assert.match(problem?.detail ?? '', /http:\/\/127\.0\.0\.1:1 cannot be reached/)
      await using small = await publishingScene('--s3-endpoint', endpoint, '--max-upload', '1MiB')
      const large = await published(small, `s3://${bucket}/builds/edge os#1.tar`)
      assert.equal(large.problem?.code, 'blob_too_large')
      assert.deepEqual(await small.kept(), [])
    })
  })
}

/** Until the end of the scope: where the SDK looks for keys. */
function environment(more: Readonly<Record<string, string | undefined>>): Disposable {
  const before = { ...process.env }
  for (const [name, value] of Object.entries(more))
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  return {
    [Symbol.dispose]: () => {
      process.env = before
    },
  }
}
