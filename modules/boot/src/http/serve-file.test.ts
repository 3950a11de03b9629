import assert from 'node:assert/strict'
import { rm, truncate } from 'node:fs/promises'
import { test } from 'node:test'
import fc from 'fast-check'
import { fileServer } from '../../testing/file-server.ts'

test('a whole file has its length, a strong tag, and may be kept for ever', async (t) => {
  const server = await fileServer(t)
  const bytes = await server.add('/vmlinuz', 1000)
  const next = server.next()
  const { status, headers, body } = await server.client().get('/vmlinuz')
  assert.equal(status, 200)
  assert.ok(body.equals(bytes))
  assert.equal(headers['etag'], `"${server.fileOf('/vmlinuz')?.digest}"`)
  assert.equal(headers['content-length'], '1000')
  assert.equal(headers['accept-ranges'], 'bytes')
  assert.equal(headers['content-type'], 'application/octet-stream')
  assert.equal(headers['cache-control'], 'public, max-age=31536000, immutable')
  const { ms, ...result } = await next
  assert.deepEqual(result, { status: 200, bytes: 1000, completed: true, end: 'sent' })
  assert.ok(ms >= 0)
})

test('HEAD has the head of GET and no body, and knows no range', async (t) => {
  const server = await fileServer(t)
  await server.add('/initrd', 200_000)
  const client = server.client()
  const get = await client.get('/initrd')
  const head = await client.get('/initrd', { range: 'bytes=0-1' }, 'HEAD')
  assert.equal(head.status, 200)
  assert.deepEqual({ ...head.headers, date: '' }, { ...get.headers, date: '' })
})

test('conditions are answered without the bytes', async (t) => {
  const server = await fileServer(t)
  await server.add('/initrd', 200_000)
  const client = server.client()
  const etag = `"${server.fileOf('/initrd')?.digest}"`
  const notModified = await client.get('/initrd', { 'if-none-match': etag })
  assert.deepEqual([notModified.status, notModified.headers['etag']], [304, etag])
  assert.equal((await client.get('/initrd', { 'if-none-match': `W/${etag}` }, 'HEAD')).status, 304)
  assert.equal((await client.get('/initrd', { 'if-match': '"other"' })).status, 412)
  const same = await client.get('/initrd', { range: 'bytes=0-9', 'if-range': etag })
  const other = await client.get('/initrd', { range: 'bytes=0-9', 'if-range': '"other"' })
  assert.deepEqual([same.status, same.body.length, other.status, other.body.length], [206, 10, 200, 200_000])
})

test('a range outside is 416 and says the size; several ranges are the whole', async (t) => {
  const server = await fileServer(t)
  await server.add('/initrd', 1000)
  const client = server.client()
  const outside = await client.get('/initrd', { range: 'bytes=1000-' })
  assert.deepEqual([outside.status, outside.headers['content-range']], [416, 'bytes */1000'])
  assert.equal(outside.headers['cache-control'], undefined)
  const several = await client.get('/initrd', { range: 'bytes=0-1,5-6' })
  assert.deepEqual([several.status, several.body.length], [200, 1000])
})

test('an empty file is an answer too', async (t) => {
  const server = await fileServer(t)
  await server.add('/empty', 0)
  const client = server.client()
  const { status, headers } = await client.get('/empty')
  assert.deepEqual([status, headers['content-length']], [200, '0'])
  assert.equal((await client.get('/empty', { range: 'bytes=0-0' })).status, 416)
  assert.equal((await client.get('/empty', { range: 'bytes=-5' })).status, 200)
})

test('other methods are refused with those that are allowed', async (t) => {
  const server = await fileServer(t)
  await server.add('/initrd', 10)
  const { status, headers } = await server.client().get('/initrd', { 'content-length': '0' }, 'POST')
  assert.equal(status, 405)
  assert.equal(headers['allow'], 'GET, HEAD')
})

test('a file that is gone or cut is 503, names no path, and may be asked again', async (t) => {
  const server = await fileServer(t)
  await server.add('/gone', 200_000)
  await server.add('/cut', 200_000)
  await rm(server.fileOf('/gone')?.path ?? '')
  await truncate(server.fileOf('/cut')?.path ?? '', 100_000)
  const client = server.client()
  for (const path of ['/gone', '/cut']) {
    const { status, headers, body } = await client.get(path)
    assert.deepEqual([status, headers['etag'], headers['cache-control']], [503, undefined, undefined])
    assert.equal(body.includes(server.folder), false)
  }
  assert.deepEqual(
    server.served.map(({ end }) => end),
    ['file-unavailable', 'file-unavailable'],
  )
  assert.match(String(server.served[1]?.error), /has 100000 bytes and should have 200000/)
})

test('whatever the headers say, the answer keeps to its own head', async (t) => {
  const server = await fileServer(t)
  const bytes = await server.add('/initrd', 100_000)
  const client = server.client()
  const etag = `"${server.fileOf('/initrd')?.digest}"`
  const piece = fc.constantFrom('bytes=', '-', ',', '0', '99999', '100000', '7', etag, 'W/', '*', '"', ' ')
  const value = fc
    .array(fc.oneof(piece, fc.stringMatching(/^[\x20-\x7e\x80-\xff]{0,9}$/)))
    .map((all) => all.join(''))
  const names = ['range', 'if-range', 'if-match', 'if-none-match', 'if-modified-since'] as const
  const header = fc.dictionary(fc.constantFrom(...names), value)
  await fc.assert(
    fc.asyncProperty(header, async (headers) => {
      const { status, headers: head, body } = await client.get('/initrd', headers)
      if (status === 200) return assert.ok(body.equals(bytes))
      if (status !== 206) return assert.ok([304, 412, 416].includes(status), String(status))
      const [, first, last] = /^bytes (\d+)-(\d+)\/100000$/.exec(head['content-range'] ?? '') ?? []
      assert.ok(body.equals(bytes.subarray(Number(first), Number(last) + 1)))
    }),
    { numRuns: 300 },
  )
})
