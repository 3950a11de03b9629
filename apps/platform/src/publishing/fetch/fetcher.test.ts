import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { test } from 'node:test'
import { createFetcher, type FetcherSettings } from './fetcher.ts'
import { isPrivate, refusePrivate } from './private-addresses.ts'

function fetcherWith(checkAddress: FetcherSettings['checkAddress']) {
  const fetch = createFetcher({ checkAddress, s3: { access: { region: 'us-east-1' }, store: undefined } })
  return (url: string, ending: AbortSignal) => fetch({ url }, ending)
}
const anywhere = fetcherWith(undefined)
const outside = fetcherWith(refusePrivate)
const { signal } = new AbortController()

async function serving(listener: RequestListener, address = '127.0.0.1') {
  const server = createServer(listener)
  server.listen(0, address)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://${address}:${port}`,
    port,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

test('a file is fetched, over redirects, with its name and size', async () => {
  await using server = await serving((request, response) => {
    if (request.url === '/latest') response.writeHead(302, { location: '/files/edge%20os.iso?x=1' }).end()
    else response.end('content')
  })
  const { bytes, size, name } = await anywhere(`${server.url}/latest`, signal)
  assert.deepEqual([name, size, (await buffer(bytes)).toString()], ['edge_20os.iso', 7, 'content'])
})

test('the platform’s own network is not reached, by address or by name', async () => {
  let asked = 0
  await using server = await serving((_, response) => {
    asked += 1
    response.end('secret')
  })
  const forms = ['127.0.0.1', 'localhost', '[::1]', '[::ffff:127.0.0.1]', '0x7f.1', '2130706433', '0.0.0.0']
  for (const host of forms)
    await assert.rejects(outside(`http://${host}:${server.port}/`, signal), { code: 'address_refused' }, host)
  assert.equal(asked, 0)
})

test('the platform’s own network is not reached by a redirect', async () => {
  let asked = 0
  await using inner = await serving((_, response) => {
    asked += 1
    response.end('secret')
  })
  await using server = await serving((request, response) => {
    response.writeHead(302, { location: `http://${String(request.url).slice(1)}:${inner.port}/` }).end()
  }, '127.0.0.2')
  const butSecond = fetcherWith((host, address) => {
    if (address !== '127.0.0.2') refusePrivate(host, address)
  })
  for (const host of ['127.0.0.1', 'localhost', '[::1]'])
    await assert.rejects(butSecond(`${server.url}/${host}`, signal), { code: 'address_refused' }, host)
  assert.equal(asked, 0)
})

test('addresses of inner networks, in every spelling', () => {
  const inner = [
    '10.1.2.3',
    '172.31.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '224.0.0.1',
    '255.255.255.255',
  ]
  const inner6 = [
    '::',
    '::1',
    'fe80::1',
    'fd00::1',
    'ff02::1',
    '::ffff:10.0.0.1',
    '64:ff9b::a00:1',
    '2002:a00:1::',
    'fec0::1',
    '2001:0:a00:1::',
    '::10.0.0.1',
  ]
  for (const address of [...inner, ...inner6, 'nonsense']) assert.equal(isPrivate(address), true, address)
  for (const address of ['8.8.8.8', '172.32.0.1', '2606:4700::1111'])
    assert.equal(isPrivate(address), false, address)
})

const refused = [
  'file:///etc/passwd',
  'ftp://x/y',
  'http://user:pw@host/',
  'gopher://x',
  'nonsense',
  '//x',
  'constructor://x',
  'oci://u:p@host/a:1',
  'oci://host',
  's3://bucket',
  's3://bucket/',
  's3://bucket/folder/',
  's3://bucket/a/../b',
  's3://arn:aws:s3:::bucket/key',
  's3://BUCKET/key',
]
for (const address of refused) {
  test(`${address} is no address of a file`, () =>
    assert.rejects(anywhere(address, signal), { code: 'address_refused' }))
}

test('an error status, an endless chain and a dead server are told', async () => {
  await using server = await serving((request, response) => {
    if (request.url === '/round') response.writeHead(302, { location: '/round' }).end()
    else response.writeHead(404).end()
  })
  await assert.rejects(anywhere(`${server.url}/none`, signal), {
    code: 'fetch_failed',
    message: /status 404/,
  })
  await assert.rejects(anywhere(`${server.url}/round`, signal), {
    code: 'fetch_failed',
    message: /without end/,
  })
  await assert.rejects(anywhere('http://127.0.0.1:1/', signal), {
    code: 'fetch_failed',
    message: /cannot be reached/,
  })
})

test('a file that breaks off is an error, not a shorter file', async () => {
  await using server = await serving((_, response) => {
    response.writeHead(200, { 'content-length': '100' })
    response.write('only this')
    setTimeout(() => response.destroy(), 20)
  })
  const { bytes } = await anywhere(`${server.url}/x`, signal)
  await assert.rejects(buffer(bytes), { code: 'fetch_failed', message: /broke off/ })
})
