import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { after, test } from 'node:test'
import { blobStoreContract } from '../../testing/blob-store-contract.ts'
import { missingPrograms, startRadosgw } from '../../testing/radosgw.ts'
import { S3Store } from './s3.ts'

const missing = missingPrograms()
if (missing !== undefined) {
  test(
    'S3 on radosgw',
    { skip: `SKIPPED: not installed: ${missing} (apt-get install radosgw ceph-mon ceph-mgr ceph-osd)` },
    () => undefined,
  )
} else {
  const { endpoint, credentials, makeBucket, stop } = await startRadosgw()
  const scratch = mkdtempSync(join(tmpdir(), 'bootcast-s3-'))
  after(async () => {
    await stop()
    rmSync(scratch, { recursive: true })
  })
  const settings = async () => {
    const bucket = await makeBucket()
    return { bucket, prefix: 'boot/', endpoint, region: 'us-east-1', credentials, scratch }
  }

  blobStoreContract('S3Store on radosgw', async () => S3Store.open(await settings()))

  test('S3Store: a blob of several parts is whole, in any range, and leaves nothing here', async () => {
    const store = await S3Store.open(await settings())
    const bytes = randomBytes(40 * 1024 * 1024 + 5)
    async function* stream() {
      yield bytes
    }
    const blob = await store.put(stream())
    assert.equal(blob.digest, `sha256:${createHash('sha256').update(bytes).digest('hex')}`)
    assert.ok((await buffer(await store.read(blob.digest))).equals(bytes))
    const range = { first: 16 * 1024 * 1024 - 3, last: 16 * 1024 * 1024 + 3 }
    assert.deepEqual(
      await buffer(await store.read(blob.digest, range)),
      bytes.subarray(range.first, range.last + 1),
    )
    assert.deepEqual(readdirSync(scratch), [])
  })

  test('S3Store: a presigned address gives the bytes, a changed one does not', async () => {
    const store = await S3Store.open(await settings())
    async function* stream() {
      yield Buffer.from('hello')
    }
    const { digest } = await store.put(stream())
    const address = await store.presigned(digest, 60)
    assert.equal(await (await fetch(address)).text(), 'hello')
    assert.equal((await fetch(address, { headers: { range: 'bytes=1-2' } })).status, 206)
    assert.equal((await fetch(address.replace(/Signature=\w{4}/, 'Signature=0000'))).status, 403)
  })

  test('S3Store: a wrong key and a bucket that is not there are told at the start', async () => {
    const good = await settings()
    const wrong = { ...credentials, secretAccessKey: 'wrong' }
    await assert.rejects(S3Store.open({ ...good, credentials: wrong }), { name: 'SignatureDoesNotMatch' })
    await assert.rejects(S3Store.open({ ...good, bucket: 'none' }), { name: 'NoSuchBucket' })
  })
}
