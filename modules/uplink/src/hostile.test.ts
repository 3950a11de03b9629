import assert from 'node:assert/strict'
import { connect as connectPlain } from 'node:net'
import { test } from 'node:test'
import { connect, type TLSSocket } from 'node:tls'
import { zstdCompressSync } from 'node:zlib'
import { rawRequest } from '../testing/raw-request.ts'
import { type PairOptions, uplinkPair } from '../testing/uplink-pair.ts'

const asking = { machine: { mac: '52:54:00:00:00:01' }, from: '10.0.0.1' }
const path = '/uplink/v1/decide'

async function hostile(t: Parameters<typeof uplinkPair>[0], options: PairOptions = {}) {
  const pair = await uplinkPair(t, options)
  const as = (await pair.identity('s1')).credentials()
  const post = (body: string | Uint8Array, headers: Record<string, string> = {}) =>
    rawRequest({ port: pair.port, as, path, method: 'POST', body, headers })
  const socket = () => {
    const { key, certificate: cert } = as
    const opened = connect({ port: pair.port, host: '127.0.0.1', key, cert, rejectUnauthorized: false })
    return opened.on('error', () => undefined)
  }
  return { pair, as, post, socket }
}

/** All that comes until the connection ends. */
async function said(socket: TLSSocket): Promise<string> {
  let text = ''
  for await (const bytes of socket) text += bytes
  return text
}

test('bodies that are no answer to the question are refused, and the server goes on', async (t) => {
  const { pair, post } = await hostile(t)
  for (const body of [
    '',
    '{',
    'null',
    '[]',
    '"x"',
    '{}',
    `${'['.repeat(500_000)}`,
    `${'{"a":'.repeat(100_000)}`,
    `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
    JSON.stringify({ ...asking, extra: 1 }),
    JSON.stringify({ ...asking, from: 'x'.repeat(1000) }),
    '{"machine":{"mac":"52:54:00:00:00:01"},"from":"a","__proto__":{"isAdmin":true}}',
    Buffer.from([0xff, 0xfe, 0x7b, 0x7d]),
  ]) {
    const { status, json } = await post(body)
    assert.equal(status, 400, String(body).slice(0, 40))
    assert.equal(json['code'], 'invalid_request')
    assert.ok(JSON.stringify(json).length < 3000)
  }
  assert.equal((await post(JSON.stringify(asking))).status, 200)
  assert.deepEqual(pair.errors, [])
})

test('what is too large is refused before it is read, with and without an announced length', async (t) => {
  const { pair, post, socket } = await hostile(t)
  const body = 'x'.repeat(1024 * 1024 + 1)
  assert.equal((await post(body)).json['code'], 'too_large')
  assert.equal((await post(body, { 'transfer-encoding': 'chunked' })).json['code'], 'too_large')
  const endless = socket()
  endless.resume()
  endless.write(`POST ${path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n`)
  const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`
  for (let written = 0; !endless.destroyed; written++) {
    assert.ok(written < 1000, 'it takes 64 MiB and more')
    endless.write(chunk)
    while (endless.writableLength > 0 && !endless.destroyed)
      await new Promise((resolve) => setTimeout(resolve, 1))
  }
  assert.deepEqual(pair.errors, [])
})

test('a body that is a bomb is not unpacked', async (t) => {
  const { post } = await hostile(t)
  const bomb = zstdCompressSync(Buffer.alloc(10_000_000))
  for (const coding of ['zstd', 'gzip', 'br'])
    assert.equal((await post(bomb, { 'content-encoding': coding })).status, 400)
})

test('a body that comes too slowly, and one that ends early, hold nothing', async (t) => {
  const { pair, socket } = await hostile(t, { limits: { bodyMs: 200 } })
  const slow = socket()
  slow.write(`POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{`)
  const drip = setInterval(() => slow.write(' '), 50)
  assert.match(await said(slow), /longer than 0.2 seconds/)
  clearInterval(drip)
  const early = socket()
  early.write(`POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{`)
  early.end()
  await said(early)
  while (pair.server.connections > 0) await new Promise((resolve) => setTimeout(resolve, 10))
  assert.deepEqual(pair.errors, [])
})

test('heads that are too long, too slow, or none, and what is no TLS, are cut off', async (t) => {
  const { pair, socket, post } = await hostile(t, { limits: { headMs: 300 } })
  const long = socket()
  long.write(`GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(17_000)}\r\n\r\n`)
  await said(long)
  const slow = socket()
  slow.write('GET / HTTP/1.1\r\nHost: a\r\n')
  await said(slow)
  const none = socket()
  none.write('hello\r\n\r\n')
  await said(none)
  for (const text of ['GET / HTTP/1.1\r\n\r\n', '']) {
    const plain = connectPlain(pair.port, '127.0.0.1').on('error', () => undefined)
    plain.write(text)
    await new Promise((resolve) => plain.on('close', resolve).resume())
  }
  assert.equal((await post(JSON.stringify(asking))).status, 200)
})

test('older TLS, and another protocol within it, are not spoken', async (t) => {
  const { pair, as } = await hostile(t)
  const options = {
    port: pair.port,
    host: '127.0.0.1',
    key: as.key,
    cert: as.certificate,
    rejectUnauthorized: false,
  }
  for (const more of [{ maxVersion: 'TLSv1.2' }, { ALPNProtocols: ['h2'] }] as const) {
    const socket = connect({ ...options, ...more })
    await assert.rejects(
      new Promise((resolve, reject) => socket.on('secureConnect', resolve).on('error', reject)),
    )
  }
})

test('no connection is resumed, so each certificate is checked each time', async (t) => {
  const { pair, as } = await hostile(t)
  const options = {
    port: pair.port,
    host: '127.0.0.1',
    key: as.key,
    cert: as.certificate,
    rejectUnauthorized: false,
  }
  const first = connect(options)
  const sessions: Buffer[] = []
  first.on('session', (session) => sessions.push(session))
  first.write(`GET /uplink/v1/authority HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)
  assert.match(await said(first), /200 OK/)
  const again = connect({ ...options, ...(sessions[0] && { session: sessions[0] }) })
  await new Promise((resolve) => again.on('secureConnect', resolve))
  assert.equal(again.isSessionReused(), false)
  again.destroy()
})

test('who sends questions without taking answers is cut off', async (t) => {
  const { pair, socket } = await hostile(t)
  const greedy = socket()
  greedy.write(
    `POST /uplink/v1/code-wait HTTP/1.1\r\nHost: a\r\nContent-Length: 15\r\n\r\n{"session":"x"}`.repeat(50),
  )
  await said(greedy)
  while (pair.server.connections > 0) await new Promise((resolve) => setTimeout(resolve, 10))
})

test('paths, methods and waits that there are not', async (t) => {
  const { pair, as } = await hostile(t)
  const ask = async (path: string, method = 'GET', headers = {}) => {
    const { status, json } = await rawRequest({ port: pair.port, as, path, method, headers })
    return `${status} ${json['code']}`
  }
  assert.equal(await ask('/'), '404 not_found')
  assert.equal(await ask('/uplink/v1/decide'), '405 method_not_allowed')
  assert.equal(await ask('/uplink/v1/snapshot', 'POST'), '405 method_not_allowed')
  assert.equal(await ask('/uplink/v1/snapshot?wait=x'), '400 invalid_request')
  assert.equal(await ask('/uplink/v1/blobs/..%2f..%2fetc'), '404 not_found')
  assert.equal(await ask(`/uplink/v1/blobs/${'A'.repeat(64)}`), '404 not_found')
  assert.equal(await ask('//'), '400 invalid_request')
  const chain = (value: string) => ask('/uplink/v1/snapshot', 'GET', { 'bootcast-on-behalf-of': value })
  assert.equal(await chain('a,b'), '304 undefined')
  for (const wrong of ['A', 'a,', 'a b', Array(9).fill('a').join(',')])
    assert.equal(await chain(wrong), '400 invalid_request', wrong)
  assert.deepEqual(pair.errors, [])
})
