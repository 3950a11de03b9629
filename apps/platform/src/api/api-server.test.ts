import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import { problems, routes } from '@bootcast/contract'
import { head, rawExchange, refusal, rigToken, startApiRig, zeroDigest } from '../../testing/api-rig.ts'

const bearer = { authorization: `Bearer ${rigToken}` }

test('every route that needs a user is refused without one, before its body is read', async () => {
  await using rig = await startApiRig()
  for (const route of Object.values(routes)) {
    if (route.who === 'anybody') continue
    const path = route.path.replace(':digest', `sha256:${'0'.repeat(64)}`).replace(/:\w+/g, 'demo')
    const response = await fetch(rig.url + path, { method: route.method })
    assert.equal(response.status, 401, `${route.method} ${path}`)
    assert.equal(response.headers.get('www-authenticate'), 'Bearer')
  }
})

test('a body sent by drops is cut off', async () => {
  await using rig = await startApiRig()
  const socket = connect(rig.port, '127.0.0.1')
  socket.on('error', () => undefined)
  socket.write(head('POST', '/api/v1/sign-in', 'Content-Type: application/json', 'Content-Length: 90'))
  const drops = setInterval(() => socket.write('"'), 50)
  const before = Date.now()
  await new Promise((resolve) => socket.on('close', resolve))
  clearInterval(drops)
  assert.ok(Date.now() - before < 15_000)
})

test('who sends nothing, or a head by drops, is cut off (slowloris)', async () => {
  await using rig = await startApiRig()
  const before = Date.now()
  const silent = rawExchange(rig.port, '', { end: false })
  const slow = connect(rig.port, '127.0.0.1')
  slow.on('error', () => undefined)
  slow.write('GET / HTTP/1.1\r\n')
  const drops = setInterval(() => slow.write('X-A: b\r\n'), 100)
  await Promise.all([silent, new Promise((resolve) => slow.on('close', resolve))])
  clearInterval(drops)
  assert.ok(Date.now() - before < 15_000)
})

test('a failure of ours says nothing of its inside to the caller, and everything to the log', async () => {
  const fail = () => Promise.reject(new Error('password of the database is tiger'))
  await using rig = await startApiRig({ handlers: { me: fail }, health: fail })
  for (const path of ['/api/v1/me', '/healthz']) {
    const { code, detail } = await refusal(await fetch(rig.url + path, { headers: bearer }))
    assert.equal(code, 'internal')
    const incident = /look for (\S+)$/.exec(detail)?.[1] ?? ''
    assert.ok(!detail.includes('tiger'))
    assert.ok(rig.logged.some((line) => line.includes(incident) && line.includes('tiger')))
  }
})

test('an error with any code of the contract is answered with its status', async () => {
  for (const [code, { status }] of Object.entries(problems)) {
    const fail = () => Promise.reject(Object.assign(new Error('because'), { code }))
    await using rig = await startApiRig({ handlers: { me: fail } })
    const response = await fetch(`${rig.url}/api/v1/me`, { headers: bearer })
    assert.equal(response.status, status)
    assert.equal((await refusal(response)).code, code)
  }
})

test('a full disk under the database is told as a full disk, on both engines', async () => {
  for (const mark of [{ errcode: 13, code: 'ERR_SQLITE_ERROR' }, { code: '53100' }]) {
    const fail = () => Promise.reject(Object.assign(new Error('full'), mark))
    await using rig = await startApiRig({ handlers: { me: fail } })
    assert.equal((await refusal(await fetch(`${rig.url}/api/v1/me`, { headers: bearer }))).code, 'store_full')
  }
})

test('tokens and passwords do not reach the log', async () => {
  await using rig = await startApiRig()
  await fetch(`${rig.url}/api/v1/me`, { headers: bearer })
  const body = JSON.stringify({ user: 'a', password: 'tiger' })
  await fetch(`${rig.url}/api/v1/sign-in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  })
  assert.ok(rig.logged.length >= 2)
  assert.ok(!/tiger|of-the-rig/.test(rig.logged.join('')))
})

test('answers may not be kept, framed or sniffed, and no other origin may read them', async () => {
  await using rig = await startApiRig()
  for (const path of ['/api/v1/openapi.json', '/nothing', '/api/v1/me']) {
    const { headers } = await fetch(rig.url + path, { headers: { origin: 'http://evil.example' } })
    assert.equal(headers.get('x-content-type-options'), 'nosniff')
    assert.equal(headers.get('cache-control'), 'no-store')
    assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'/)
    assert.equal(headers.get('access-control-allow-origin'), null)
  }
})

const hostile: readonly (readonly [string, string, RequestInit, RegExp])[] = [
  ['bad JSON', '/api/v1/sign-in', { body: '{"user":' }, /not valid JSON/],
  [
    'no JSON',
    '/api/v1/sign-in',
    { body: '<a/>', headers: { 'content-type': 'text/xml' } },
    /Content-Type must be/,
  ],
  [
    'text',
    '/api/v1/sign-in',
    { body: 'user=a', headers: { 'content-type': 'text/plain' } },
    /Content-Type must be/,
  ],
  ['no body', '/api/v1/sign-in', {}, /body/i],
  ['a huge body', '/api/v1/sign-in', { body: JSON.stringify({ user: 'a'.repeat(300_000) }) }, /larger than/],
  [
    'a long user',
    '/api/v1/sign-in',
    { body: JSON.stringify({ user: 'a'.repeat(10_000), password: 'b' }) },
    /body\.user/,
  ],
  ['a prototype', '/api/v1/sign-in', { body: '{"__proto__":{"user":"a"},"password":"b"}' }, /./],
  [
    'a name of 10,000 characters',
    `/api/v1/images/${'a'.repeat(10_000)}/releases`,
    { body: '{}' },
    /params\.name/,
  ],
  ['an iPXE variable', '/api/v1/images/%24%7Bnet0%2Fmac%7D/releases', { body: '{}' }, /params\.name/],
  ['a newline', '/api/v1/images/a%0Aboot/releases', { body: '{}' }, /params\.name/],
  ['a quote', "/api/v1/images/a%22'%3B--/releases", { body: '{}' }, /params\.name/],
  [
    'a command line of 5,000',
    '/api/v1/images/a/releases',
    { body: JSON.stringify({ kernel: { name: 'k', digest: zeroDigest }, cmdline: 'a'.repeat(5000) }) },
    /body\.cmdline/,
  ],
]
for (const [what, path, init, detail] of hostile) {
  test(`refused with a clear reason: ${what}`, async () => {
    await using rig = await startApiRig()
    const headers = {
      ...bearer,
      ...(init.body !== undefined && { 'content-type': 'application/json' }),
      ...(init.headers as object),
    }
    const found = await refusal(await fetch(rig.url + path, { method: 'POST', ...init, headers }))
    assert.equal(found.code, 'invalid_request')
    assert.match(found.detail, detail)
    assert.ok(found.detail.length < 2_000)
  })
}

test('a path that is no percent-encoding is refused, an unknown one is not found', async () => {
  await using rig = await startApiRig()
  assert.match(
    await rawExchange(rig.port, head('GET', '/api/v1/images/%zz', 'Connection: close')),
    /^HTTP\/1.1 400 .*"invalid_request"/s,
  )
  assert.equal((await refusal(await fetch(`${rig.url}/api/v2/me`))).code, 'not_found')
  assert.equal((await refusal(await fetch(`${rig.url}/api/v1/me`, { method: 'DELETE' }))).code, 'not_found')
})

test('a head larger than 16 KiB and what is no HTTP are refused with a reason', async () => {
  await using rig = await startApiRig()
  assert.match(
    await rawExchange(rig.port, head('GET', '/', `X-Long: ${'a'.repeat(20_000)}`), { end: false }),
    /larger than 16 KiB/,
  )
  assert.match(await rawExchange(rig.port, 'SSH-2.0-OpenSSH_9.2\r\n\r\n'), /^HTTP\/1.1 400 .*no valid HTTP/s)
})
