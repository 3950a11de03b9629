import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createResumableUploads } from '@bootcast/contract'
import { rawExchange, refusal, rigToken, startApiRig } from '../../testing/api-rig.ts'

const path = '/api/v1/uploads'
const headers = { authorization: `Bearer ${rigToken}`, 'tus-resumable': '1.0.0' }
const octets = { 'content-type': 'application/offset+octet-stream' }

async function created(url: string, size: number): Promise<string> {
  const response = await fetch(url + path, {
    method: 'POST',
    headers: {
      ...headers,
      'upload-length': String(size),
      'upload-metadata': `filename ${btoa('x.iso')},key a2V5`,
    },
  })
  assert.equal(response.status, 201)
  assert.ok(Date.parse(response.headers.get('upload-expires') ?? '') > Date.now())
  return response.headers.get('location') ?? ''
}
const patch = (url: string, from: number, body: string, more: Record<string, string> = {}) =>
  fetch(url, {
    method: 'PATCH',
    headers: { ...headers, ...octets, 'upload-offset': String(from), ...more },
    body,
  })

test('a client learns what the platform speaks', async () => {
  await using rig = await startApiRig()
  const response = await fetch(rig.url + path, { method: 'OPTIONS' })
  assert.equal(response.status, 204)
  assert.equal(response.headers.get('tus-version'), '1.0.0')
  assert.equal(response.headers.get('tus-extension'), 'creation,expiration,termination')
  assert.equal(response.headers.get('tus-max-size'), '1000000')
})

test('an upload is made, goes on, is asked for, and is removed', async () => {
  await using rig = await startApiRig()
  const url = rig.url + (await created(rig.url, 10))
  assert.equal((await patch(url, 0, 'hello')).headers.get('upload-offset'), '5')
  const head = await fetch(url, { method: 'HEAD', headers })
  assert.deepEqual(
    [
      head.status,
      head.headers.get('upload-offset'),
      head.headers.get('upload-length'),
      head.headers.get('cache-control'),
    ],
    [200, '5', '10', 'no-store'],
  )
  const done = await patch(url, 5, 'world')
  assert.deepEqual([done.status, done.headers.get('upload-offset')], [204, '10'])
  assert.equal((await fetch(url, { method: 'DELETE', headers })).status, 204)
  assert.equal((await fetch(url, { method: 'HEAD', headers })).status, 404)
})

test('the client of the contract speaks it', async () => {
  await using rig = await startApiRig()
  const uploads = createResumableUploads({ url: rig.url, token: rigToken })
  const id = await uploads.create({ name: 'ü.iso', size: 6, key: 'sha256:x' })
  assert.equal(await uploads.append(id, { from: 0, body: 'abc', length: 3 }), 3)
  assert.equal(await uploads.offset(id), 3)
  await assert.rejects(uploads.append(id, { from: 0, body: 'abc', length: 3 }), {
    code: 'upload_offset_mismatch',
  })
  assert.equal(rig.uploads.listOf('admin')[0]?.name, 'ü.iso')
  await assert.rejects(uploads.offset('0'.repeat(32)), { code: 'not_found' })
})

test('an upload that stalls until the platform ends it keeps what came', async () => {
  await using rig = await startApiRig()
  const location = await created(rig.url, 100)
  const lines = [
    `PATCH ${location} HTTP/1.1`,
    'Host: x',
    `Authorization: Bearer ${rigToken}`,
    'Tus-Resumable: 1.0.0',
  ]
  const more = ['Content-Type: application/offset+octet-stream', 'Upload-Offset: 0', 'Content-Length: 100']
  await rawExchange(rig.port, [...lines, ...more, '', 'only this'].join('\r\n'), { end: false })
  const head = await fetch(rig.url + location, { method: 'HEAD', headers })
  assert.equal(head.headers.get('upload-offset'), '9')
})

const wrong: readonly (readonly [string, RequestInit, number, string])[] = [
  [
    'no token',
    { method: 'POST', headers: { 'tus-resumable': '1.0.0', 'upload-length': '1' } },
    401,
    'not_signed_in',
  ],
  [
    'another version',
    { method: 'POST', headers: { ...headers, 'tus-resumable': '0.2.0' } },
    412,
    'upload_version',
  ],
  ['no length', { method: 'POST', headers }, 400, 'invalid_request'],
  [
    'a length below zero',
    { method: 'POST', headers: { ...headers, 'upload-length': '-1' } },
    400,
    'invalid_request',
  ],
  [
    'a length of petabytes',
    { method: 'POST', headers: { ...headers, 'upload-length': '9'.repeat(15) } },
    413,
    'blob_too_large',
  ],
  [
    'a length beyond numbers',
    { method: 'POST', headers: { ...headers, 'upload-length': '9'.repeat(30) } },
    400,
    'invalid_request',
  ],
  [
    'metadata without end',
    { method: 'POST', headers: { ...headers, 'upload-length': '1', 'upload-metadata': 'a'.repeat(5000) } },
    400,
    'invalid_request',
  ],
]
for (const [what, init, status, code] of wrong) {
  test(`${what} is refused`, async () => {
    await using rig = await startApiRig()
    const response = await fetch(rig.url + path, init)
    assert.equal(response.status, status)
    assert.equal((await refusal(response)).code, code)
    assert.deepEqual(rig.uploads.listOf('admin'), [])
  })
}

test('bytes of another type, at another place or for another upload are refused', async () => {
  await using rig = await startApiRig()
  const url = rig.url + (await created(rig.url, 10))
  assert.equal(
    (await refusal(await patch(url, 0, 'x', { 'content-type': 'text/plain' }))).code,
    'invalid_request',
  )
  assert.equal((await refusal(await patch(url, 3, 'x'))).code, 'upload_offset_mismatch')
  assert.equal(
    (await refusal(await patch(`${rig.url}${path}/..%2f..%2fetc`, 0, 'x'))).code,
    'upload_not_found',
  )
  assert.equal((await refusal(await patch(url, 0, 'x'.repeat(11)))).code, 'blob_too_large')
})
