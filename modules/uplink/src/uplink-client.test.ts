import assert from 'node:assert/strict'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { test } from 'node:test'
import { clientOf, newAuthority, newIdentity, uplinkPair } from '../testing/uplink-pair.ts'

const asking = { machine: { mac: '52:54:00:00:00:01' }, from: '10.0.0.1' }
const hour = 60 * 60 * 1000
const until = async (isSo: () => boolean) => {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5))
}

test('while the upstream is away calls are refused at once, and it is found when it comes back', async (t) => {
  const first = await uplinkPair(t)
  const identity = await first.identity('s1')
  const client = clientOf(t, identity, { probeMs: 50 })
  const changes: string[] = []
  client.onChange((state) => changes.push(state))
  await client.call('decide', asking)
  await first.server.stop()
  await assert.rejects(client.call('decide', asking), { code: 'upstream_away', status: 503 })
  assert.equal(client.state, 'away')
  assert.match(client.why ?? '', /127\.0\.0\.1/)
  const startedAt = performance.now()
  for (let call = 0; call < 1000; call++)
    await assert.rejects(client.call('decide', asking), { code: 'upstream_away' })
  assert.ok(performance.now() - startedAt < 30_000, 'nobody waited: a probe for each would take 50 s')
  await assert.rejects(client.snapshot(), { code: 'upstream_away' })
  await uplinkPair(t, { authority: first.authority, port: first.port })
  await until(() => client.state === 'there')
  await client.call('decide', asking)
  assert.deepEqual(changes, ['away', 'there'])
})

test('an upstream that is silent is away when its time is over, and one probe at a time looks for it', async (t) => {
  const silent = new Set<Socket>()
  let most = 0
  const server = createServer((socket) => {
    silent.add(socket)
    most = Math.max(most, silent.size)
    socket
      .on('error', () => undefined)
      .on('close', () => silent.delete(socket))
      .resume()
  })
  const port = await listening(t, server)
  const identity = await newIdentity(await newAuthority(), 's1', `https://127.0.0.1:${port}`)
  const client = clientOf(t, identity, { timeoutMs: 100, probeMs: 20 })
  await assert.rejects(client.call('decide', asking), { code: 'upstream_away', message: /in time/ })
  let seen = 0
  server.on('connection', () => seen++)
  await until(() => seen >= 3)
  assert.equal(most, 1)
})

test('a connection that breaks in the middle of an answer is an upstream that is away for a moment', async (t) => {
  const pair = await uplinkPair(t, {
    handlers: {
      document: async () => ({ text: 'x'.repeat(1_000_000) }),
    },
  })
  const proxies = new Set<Socket>()
  const proxy = createServer((socket) => {
    const onward = connect(pair.port, '127.0.0.1')
    proxies.add(socket)
    let passed = 0
    socket.pipe(onward)
    onward.on('data', (bytes) => {
      passed += bytes.length
      socket.write(bytes)
      if (passed > 300_000) socket.destroy()
    })
    for (const end of [socket, onward]) end.on('error', () => undefined)
    socket.on('close', () => onward.destroy())
    onward.on('close', () => socket.destroy())
  })
  const port = await listening(t, proxy)
  const client = clientOf(t, await pair.identity('s1'), { url: `https://127.0.0.1:${port}` })
  const boot = { machine: asking.machine, release: undefined, leave: undefined, user: undefined }
  const document = { boot, role: 'seed', file: '', bootUrl: 'http://10.0.0.1' }
  await assert.rejects(client.call('document', document), { code: 'upstream_away' })
  await until(() => client.state === 'there')
  await client.call('decide', asking)
})

test('who asks may change its mind, and that says nothing of the upstream', async (t) => {
  const pair = await uplinkPair(t)
  const client = await pair.client('s1')
  const reason = new Error('enough')
  const controller = new AbortController()
  const waiting = client.call('codeWait', { session: 'x' }, { signal: controller.signal })
  setTimeout(() => controller.abort(reason), 50)
  await assert.rejects(waiting, reason)
  await assert.rejects(client.call('decide', asking, { signal: controller.signal }), reason)
  assert.equal(client.state, 'there')
})

test('a new certificate is shown without a restart, by connections of its own', async (t) => {
  const asked: string[] = []
  const pair = await uplinkPair(t, {
    handlers: {
      heard: async (_request, { site }) => {
        asked.push(site)
        return {}
      },
    },
  })
  // Two sites, so that it is seen which certificate is shown.
  let identity = await pair.identity('s1')
  const client = clientOf(t, identity, { identity: { credentials: () => identity.credentials() } })
  const hear = () => client.call('heard', { machines: [] })
  await hear()
  identity = await pair.identity('s2')
  await hear()
  client.reload()
  await hear()
  assert.deepEqual(asked, ['s1', 's1', 's2'])
  await until(() => pair.server.connections === 1)
})

test('the platform takes up its new certificate while it runs', async (t) => {
  let now = Date.now()
  const authority = await newAuthority(() => now)
  const pair = await uplinkPair(t, { authority })
  const identity = await pair.identity('s1')
  const before = (await authority.serverCertificate()).certificate
  await clientOf(t, identity).call('decide', asking)
  now += 61 * 24 * hour
  await pair.server.refresh()
  assert.notEqual((await authority.serverCertificate()).certificate, before)
  // Made two months from now: not for us, today, and so it is seen that it is this one.
  await assert.rejects(clientOf(t, identity).call('decide', asking), {
    message: /is the clock of this machine slow/,
  })
})

for (const [words, ahead] of [
  ['an hour and a half slow', -1.5 * hour],
  ['an hour and a half fast', 1.5 * hour],
] as const)
  test(`a site whose clock is ${words} is a site like others`, async (t) => {
    // The platform's clock is wrong against ours, which is that of the site.
    const authority = await newAuthority(() => Date.now() - ahead)
    const pair = await uplinkPair(t, { authority, now: () => Date.now() - ahead })
    await (await pair.client('s1')).call('decide', asking)
  })

test('the clock of the upstream is known', async (t) => {
  const client = await (await uplinkPair(t)).client('s1')
  assert.equal(client.clockSkewMs, undefined)
  await client.call('decide', asking)
  assert.ok(Math.abs(client.clockSkewMs ?? 1e9) < 60_000)
})

test('an upstream of another name is not asked, though its certificate is of the right authority', async (t) => {
  const pair = await uplinkPair(t)
  const identity = await pair.identity('s1')
  const client = clientOf(t, identity, { serverName: 's9.site.bootcast.internal' })
  await assert.rejects(client.call('decide', asking), { message: /another name/ })
})

test('an answer that is none, or is too large, is that of no upstream', async (t) => {
  const pair = await uplinkPair(t, {
    handlers: {
      decide: async () => ({ nonsense: true }) as never,
      document: async () => ({ text: 'x'.repeat(5_000_000) }),
    },
  })
  const client = await pair.client('s1')
  await assert.rejects(client.call('decide', asking), { message: /does not answer as an upstream does/ })
  await until(() => client.state === 'there')
  const boot = { machine: asking.machine, release: undefined, leave: undefined, user: undefined }
  const document = { boot, role: 'seed', file: '', bootUrl: 'http://10.0.0.1' }
  await assert.rejects(client.call('document', document), { message: /more than 4194304 bytes/ })
})

async function listening(t: Parameters<typeof uplinkPair>[0], server: Server): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => sockets.add(socket))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const address = server.address()
  return typeof address === 'object' ? (address?.port ?? 0) : 0
}
