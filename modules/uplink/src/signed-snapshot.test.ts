import assert from 'node:assert/strict'
import { createServer } from 'node:https'
import { test } from 'node:test'
import { zstdCompressSync } from 'node:zlib'
import { someSnapshot } from '../testing/some-snapshot.ts'
import { clientOf, newAuthority, uplinkPair } from '../testing/uplink-pair.ts'
import { openSnapshot, sealSnapshot } from './signed-snapshot.ts'

const authority = await newAuthority()
const other = await newAuthority()

test('a snapshot is read as it was sealed, also by a site that knows further authorities', async () => {
  const snapshot = someSnapshot(3)
  const { bytes, signature } = await sealSnapshot(snapshot, authority)
  assert.deepEqual(openSnapshot(bytes, signature, authority.certificates), snapshot)
  assert.deepEqual(
    openSnapshot(bytes, signature, [...other.certificates, ...authority.certificates]),
    snapshot,
  )
})

test('one bit, another authority, or no signature: nothing is read', async () => {
  const { bytes, signature } = await sealSnapshot(someSnapshot(), authority)
  const changed = Buffer.from(bytes)
  changed[20] = (changed[20] ?? 0) ^ 1
  const refused = { code: 'snapshot_refused', why: /not signed/ }
  assert.throws(() => openSnapshot(changed, signature, authority.certificates), refused)
  assert.throws(() => openSnapshot(bytes, signature, other.certificates), refused)
  assert.throws(() => openSnapshot(bytes, '', authority.certificates), refused)
  assert.throws(() => openSnapshot(bytes, 'x'.repeat(1e6), authority.certificates), refused)
  assert.throws(() => openSnapshot(bytes, signature, []), refused)
})

test('for another site, older than what is known, or of another form, a snapshot is refused though it is signed', async () => {
  const { bytes, signature } = await sealSnapshot(someSnapshot(), authority)
  const open = (expected: object) => openSnapshot(bytes, signature, authority.certificates, expected)
  assert.equal(open({ site: 's1', issuedFrom: 1000 }).site.id, 's1')
  assert.throws(() => open({ site: 's2' }), { why: 'for another site' })
  assert.throws(() => open({ issuedFrom: 1001 }), { why: 'older than the one before' })
  for (const text of ['{', '[]', '{"version":"1"}', '\ud800']) {
    const strange = Buffer.from(text)
    await assert.rejects(
      async () => openSnapshot(strange, await authority.sign(strange), authority.certificates),
      { code: 'snapshot_refused' },
    )
  }
})

test('a snapshot goes over the line compressed, and not at all when nothing is new', async (t) => {
  const sealed = await sealSnapshot(someSnapshot(500), authority)
  const asked: (string | undefined)[] = []
  const pair = await uplinkPair(t, {
    authority,
    handlers: {
      snapshot: async ({ etag }) => {
        asked.push(etag)
        return sealed
      },
    },
  })
  const client = await pair.client('s1')
  const found = await client.snapshot()
  assert.deepEqual(found, sealed)
  assert.equal(await client.snapshot({ etag: sealed.etag }), undefined)
  assert.deepEqual(asked, [undefined, sealed.etag])
})

test('who waits for a snapshot has it when it comes', async (t) => {
  const sealed = await sealSnapshot(someSnapshot(), authority)
  const { promise, resolve } = Promise.withResolvers<void>()
  const pair = await uplinkPair(t, {
    authority,
    handlers: { snapshot: async ({ etag }) => (etag === '"old"' ? promise.then(() => sealed) : undefined) },
  })
  const client = await pair.client('s1')
  const waiting = client.snapshot({ etag: '"old"', waitSeconds: 25 })
  setTimeout(resolve, 50)
  assert.deepEqual(await waiting, sealed)
})

test('a snapshot that unpacks to more than a snapshot can be is not unpacked', async (t) => {
  // Nobody but a platform can send it; a broken one must not take down its sites.
  const bomb = zstdCompressSync(Buffer.alloc(65 * 1024 * 1024))
  const { key, certificate } = await authority.serverCertificate()
  const server = createServer({ key, cert: certificate }, (_request, response) => {
    response.setHeader('content-encoding', 'zstd')
    response.end(bomb)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  const pair = await uplinkPair(t, { authority })
  const client = clientOf(t, await pair.identity('s1'), { url: `https://127.0.0.1:${port}` })
  await assert.rejects(client.snapshot(), { code: 'upstream_away', message: /cannot be unpacked/ })
})
