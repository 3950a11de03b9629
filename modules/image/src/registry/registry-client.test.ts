import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { test } from 'node:test'
import { openPull } from './open-pull.ts'
import { RegistryClient, type RegistryOptions } from './registry-client.ts'
import { parseRegistryReference } from './registry-reference.ts'

const sha256 = (bytes: string | Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

/** A server at an address of loopback. */
async function serving(listener: RequestListener, address = '127.0.0.1') {
  const server = createServer(listener)
  server.listen(0, address)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    host: `${address}:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

class Refused extends Error {}
/** As a platform does it, with one address that is not inner. */
const onlyFirst = (_: string, address: string) => {
  if (address !== '127.0.0.1') throw new Refused(address)
}

function clientOf(host: string, more: Partial<RegistryOptions> = {}) {
  const reference = parseRegistryReference(`oci://${host}/team/web:1`)
  return new RegistryClient(reference, {
    plainHttp: true,
    signal: AbortSignal.timeout(20_000),
    ...more,
  })
}

test('addresses are checked for the registry, for its redirects and for where it sends for tokens', async () => {
  let reached = 0
  await using inner = await serving((_, response) => {
    reached += 1
    response.end('secret')
  }, '127.0.0.2')
  await using registry = await serving((request, response) => {
    if (request.url?.includes('/manifests/')) {
      const challenge = `Bearer realm="http://${inner.host}/token",service="x"`
      response.writeHead(401, { 'www-authenticate': challenge }).end()
    } else response.writeHead(307, { location: `http://${inner.host}/blob` }).end()
  })
  const checked = { checkAddress: onlyFirst }
  await assert.rejects(clientOf(inner.host, checked).manifest('1'), Refused)
  await assert.rejects(clientOf(registry.host, checked).manifest('1'), Refused)
  await assert.rejects(buffer(clientOf(registry.host, checked).blob(sha256(''))), Refused)
  const byName = { checkAddress: (host: string) => assert.fail(new Refused(host)) }
  await assert.rejects(clientOf(`localhost:${registry.host.slice(10)}`, byName).manifest('1'), Refused)
  assert.equal(reached, 0)
  assert.equal(String(await buffer(clientOf(registry.host).blob(sha256('')))), 'secret')
})

test('the password goes to the registry and to its token server, and nowhere else', async () => {
  const told: string[] = []
  const note = (name: string, authorization = 'none') => told.push(`${name}: ${authorization}`)
  const basic = `Basic ${Buffer.from('me:pw').toString('base64')}`
  await using storage = await serving((request, response) => {
    note('storage', request.headers.authorization)
    response.end('blob')
  })
  let count = 0
  let used = 0
  await using tokens = await serving((request, response) => {
    note(`tokens ${request.url}`, request.headers.authorization)
    response.end(JSON.stringify({ token: `T${++count}` }))
  })
  await using registry = await serving((request, response) => {
    note('registry', request.headers.authorization)
    const challenge = `Bearer realm="http://${tokens.host}/t",service="s",scope="repository:team/web:pull"`
    // Each token is good for one request: as those that last for minutes are for one large layer.
    const isGood = request.headers.authorization === `Bearer T${count}` && used < count
    if (isGood) used = count
    if (isGood) response.writeHead(302, { location: `http://${storage.host}/b` }).end()
    else response.writeHead(401, { 'www-authenticate': challenge }).end()
  })
  const client = clientOf(registry.host, { user: 'me', password: 'pw' })
  for (const _ of [1, 2]) assert.equal(String(await buffer(client.blob(sha256('x')))), 'blob')
  const asked = 'tokens /t?service=s&scope=repository%3Ateam%2Fweb%3Apull'
  const first = [`${asked}: ${basic}`, 'registry: Bearer T1', 'storage: none']
  const second = ['registry: Bearer T1', `${asked}: ${basic}`, 'registry: Bearer T2', 'storage: none']
  assert.deepEqual(told, ['registry: none', ...first, ...second])
})

const wrong: readonly (readonly [string, RequestListener, RegExp])[] = [
  [
    'leads round and round',
    (_, response) => response.writeHead(302, { location: '/v2/' }).end(),
    /leads from one address to the next/,
  ],
  [
    'leads out of the web',
    (_, response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
    /is no web address/,
  ],
  [
    'leads nowhere',
    (_, response) => response.writeHead(302).end(),
    /leads from one address to the next|answers 302/,
  ],
  [
    'sends for a token to nowhere',
    (_, response) => response.writeHead(401, { 'www-authenticate': 'Bearer realm="x y"' }).end(),
    /answers 401\. Sign in with --user/,
  ],
  [
    'refuses',
    (_, response) => response.writeHead(403).end('{"errors":[{"message":"not yours"}]}'),
    /answers 403: not yours\. Sign in with --user/,
  ],
  [
    'talks without end',
    (_, response) => response.writeHead(200).end(Buffer.alloc(5 * 2 ** 20, ' ')),
    /with more than documents are/,
  ],
  [
    'breaks off',
    (_, response) => {
      response.writeHead(200, { 'content-length': '99' }).write('x')
      setTimeout(() => response.destroy(), 20)
    },
    /broke off/,
  ],
  [
    'gives other bytes than it says',
    (_, response) => response.writeHead(200, { 'docker-content-digest': sha256('y') }).end('x'),
    /gives other bytes/,
  ],
  ['has nothing there', (_, response) => response.writeHead(404).end(), /The registry has no 1 there/],
  [
    'gives no JSON',
    (_, response) => response.end('<html>'),
    /neither a bundle of Bootcast nor a container image/,
  ],
]
for (const [what, listener, says] of wrong) {
  test(`a registry that ${what} is told of in words`, async () => {
    await using registry = await serving(listener)
    await assert.rejects(openPull(clientOf(registry.host)), (error: Error & { code?: string }) => {
      assert.match(error.message, says)
      assert.match(String(error.code), /^(registry_refused|blob_corrupt|unreadable_input)$/)
      return true
    })
  })
}

const tokens: readonly (readonly [string, string])[] = [
  ['no JSON', 'hello'],
  ['an injected header', JSON.stringify({ token: 'a\r\nhost: b' })],
  ['no token', '{}'],
]
for (const [what, text] of tokens) {
  test(`a sign-in that gives ${what} is refused`, async () => {
    await using registry: { host: string } & AsyncDisposable = await serving((request, response) => {
      if (request.url === '/t') response.end(text)
      else response.writeHead(401, { 'www-authenticate': `Bearer realm="http://${registry.host}/t"` }).end()
    })
    await assert.rejects(clientOf(registry.host).manifest('1'), /answers the sign-in without a token/)
  })
}

for (const [what, start] of [
  ['headers', 'HTTP/1.1 200 OK\r\nx: '],
  ['documents', 'HTTP/1.1 200 OK\r\ncontent-length: 999999\r\n\r\n'],
] as const) {
  test(`a registry whose ${what} come byte by byte is given up after a minute`, async (t) => {
    const server = createTcpServer((socket) => {
      socket.on('error', () => undefined).write(start)
      const timer = setInterval(() => socket.write('a'), 20)
      socket.once('close', () => clearInterval(timer))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.after(() => server.close())
    t.mock.timers.enable({ apis: ['setTimeout'] })
    let hasEnded = false
    const asked = clientOf(`127.0.0.1:${(server.address() as AddressInfo).port}`).manifest('1')
    const refused = assert.rejects(asked, /has said nothing for a minute|answers too slowly/)
    void refused.finally(() => {
      hasEnded = true
    })
    await passed(300)
    t.mock.timers.tick(59_000)
    await passed(100)
    assert.equal(hasEnded, false)
    t.mock.timers.tick(2_000)
    await refused
  })
}

/** By the clock, also when timeouts are not. */
const passed = (ms: number) =>
  new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      clearInterval(timer)
      resolve()
    }, ms)
  })

test('a password is not sent by plain HTTP unless that was said', async () => {
  await using registry = await serving((_, response) =>
    response.writeHead(401, { 'www-authenticate': 'Bearer realm="http://tokens.example/t"' }).end(),
  )
  const asked = { user: 'me', password: 'pw', plainHttp: false }
  await assert.rejects(
    clientOf(registry.host, asked).manifest('1'),
    /password sent to tokens\.example by plain HTTP/,
  )
})

const references: readonly (readonly [string, readonly [string, string, string] | undefined])[] = [
  ['oci://r.example/a/b:1', ['r.example', 'a/b', '1']],
  ['oci://r.example:5000/a', ['r.example:5000', 'a', 'latest']],
  [`oci://r.example/a:1@${sha256('')}`, ['r.example', 'a', sha256('')]],
  [`oci://[::1]:5000/a@${sha256('')}`, ['[::1]:5000', 'a', sha256('')]],
  ['oci://docker.io/library/debian:12', ['registry-1.docker.io', 'library/debian', '12']],
  ['oci://r.example', undefined],
  ['oci:///a:1', undefined],
  ['oci://u:p@r.example/a:1', undefined],
  ['oci://r.example/../a:1', undefined],
  ['oci://r.example/a:1?x#y', undefined],
  ['oci://r.example/a@sha256:12', undefined],
  ['https://r.example/a:1', undefined],
]
for (const [text, expected] of references) {
  test(`${text} is ${expected === undefined ? 'no place in a registry' : `${expected[1]} at ${expected[0]}`}`, () => {
    if (expected === undefined) assert.throws(() => parseRegistryReference(text), /is no place in a registry/)
    else {
      const { host, repository, name } = parseRegistryReference(text)
      assert.deepEqual([host, repository, name], expected)
    }
  })
}
