import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { StoreFull } from '@bootcast/content'
import { head, rawExchange, refusal, rigToken, startApiRig, zeroDigest } from '../../testing/api-rig.ts'
import { Stopping } from './upload.ts'

const bearer = { authorization: `Bearer ${rigToken}` }
const octets = { ...bearer, 'content-type': 'application/octet-stream' }
const digestOf = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}` as const

test('a file is uploaded, found, and answered with its digest and size', async () => {
  await using rig = await startApiRig()
  const bytes = randomBytes(300_000)
  const url = `${rig.url}/api/v1/blobs/${digestOf(bytes)}`
  assert.equal((await fetch(url, { method: 'HEAD', headers: bearer })).status, 404)
  const put = await fetch(url, { method: 'PUT', headers: octets, body: bytes })
  assert.deepEqual(await put.json(), { digest: digestOf(bytes), size: 300_000 })
  assert.equal((await fetch(url, { method: 'HEAD', headers: bearer })).status, 204)
})

test('several uploads at once are all kept', async () => {
  await using rig = await startApiRig()
  const files = Array.from({ length: 8 }, () => randomBytes(200_000))
  const statuses = await Promise.all(
    files.map(async (body) => {
      const response = await fetch(`${rig.url}/api/v1/blobs/${digestOf(body)}`, {
        method: 'PUT',
        headers: octets,
        body,
      })
      return response.status
    }),
  )
  assert.deepEqual(
    statuses,
    files.map(() => 200),
  )
})

test('bytes that are not those of the digest are refused and not kept', async () => {
  await using rig = await startApiRig()
  const url = `${rig.url}/api/v1/blobs/${zeroDigest}`
  const { code } = await refusal(await fetch(url, { method: 'PUT', headers: octets, body: 'else' }))
  assert.equal(code, 'blob_corrupt')
  assert.equal((await fetch(url, { method: 'HEAD', headers: bearer })).status, 404)
})

test('an upload larger than allowed is refused at once, and the caller gets to read why', async () => {
  await using rig = await startApiRig()
  const body = Buffer.alloc(1_000_001)
  const response = await fetch(`${rig.url}/api/v1/blobs/${digestOf(body)}`, {
    method: 'PUT',
    headers: octets,
    body,
  })
  assert.deepEqual(await refusal(response), {
    code: 'blob_too_large',
    detail: 'The file is larger than 1000000 bytes, the most that this platform takes (--max-upload)',
  })
})

test('a full disk is told as a full disk', async () => {
  const put = () => Promise.reject(new StoreFull('the disk of the store is full'))
  const find = () => Promise.reject(new Error('not asked'))
  await using rig = await startApiRig({ blobs: { put, take: find, find, read: find } })
  const response = await fetch(`${rig.url}/api/v1/blobs/${zeroDigest}`, {
    method: 'PUT',
    headers: octets,
    body: 'x',
  })
  assert.equal((await refusal(response)).code, 'store_full')
})

test('an upload that is cut off keeps nothing', async () => {
  await using rig = await startApiRig({ timing: { stallMs: 60_000, lingerMs: 200 } })
  const bytes = randomBytes(50_000)
  const path = `/api/v1/blobs/${digestOf(bytes)}`
  const size = ['Content-Type: application/octet-stream', 'Content-Length: 50000']
  const socket = connect(rig.port, '127.0.0.1')
  socket.write(head('PUT', path, ...size, 'Expect: 100-continue'))
  // It is being read now.
  assert.match(String((await once(socket, 'data'))[0]), /^HTTP\/1\.1 100 /)
  await new Promise((written) => socket.write(bytes.subarray(0, 20_000), written))
  socket.destroy()
  const isTold = () => rig.logged.some((line) => line.includes('hung up'))
  for (let tries = 0; tries < 100 && !isTold(); tries += 1) {
    await delay(50)
    assert.equal((await fetch(rig.url + path, { method: 'HEAD', headers: bearer })).status, 404)
  }
  assert.ok(isTold(), rig.logged.join(''))
})

test('an upload that stalls is ended', async () => {
  await using rig = await startApiRig()
  const request = head(
    'PUT',
    `/api/v1/blobs/${zeroDigest}`,
    'Content-Type: application/octet-stream',
    'Content-Length: 9',
  )
  const before = Date.now()
  await rawExchange(rig.port, `${request}abc`, { end: false })
  assert.ok(Date.now() - before < 15_000)
})

test('uploads under way and new requests are refused cleanly when the platform stops', async () => {
  await using rig = await startApiRig()
  const url = `${rig.url}/api/v1/blobs/${zeroDigest}`
  const body = new ReadableStream({
    async pull(controller) {
      await delay(20)
      controller.enqueue(Buffer.alloc(100))
    },
  })
  const under = fetch(url, { method: 'PUT', headers: octets, body, duplex: 'half' } as RequestInit)
  await delay(100)
  rig.stop(new Stopping())
  assert.equal((await refusal(await under)).code, 'stopping')
  const after = await fetch(`${rig.url}/api/v1/me`, { headers: bearer })
  assert.equal(after.headers.get('retry-after'), '10')
  assert.equal((await refusal(after)).code, 'stopping')
})

test('a body is invited only from who may send it (Expect: 100-continue)', async () => {
  await using rig = await startApiRig()
  const lines = [
    'Content-Type: application/octet-stream',
    'Content-Length: 3',
    'Expect: 100-continue',
    'Connection: close',
  ]
  const request = head('PUT', `/api/v1/blobs/${digestOf(Buffer.from('abc'))}`, ...lines)
  assert.match(await rawExchange(rig.port, `${request}abc`), /^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 /)
  assert.match(
    await rawExchange(rig.port, request.replace(rigToken, 'other'), { end: false }),
    /^HTTP\/1.1 401 /,
  )
})
