import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readdir, readlink, truncate } from 'node:fs/promises'
import { createServer } from 'node:http'
import { createServer as createTlsServer, request as httpsRequest } from 'node:https'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { type FileServer, type FileServerOptions, fileServer } from '../../testing/file-server.ts'
import { sendfileCalls } from './sendfile-calls.ts'

const MiB = 1024 * 1024
const noSendfile = sendfileCalls() === undefined ? 'needs Linux and koffi' : false

// A file that was left open for the garbage collector to close is no longer there to be counted.
process.on('warning', (warning) => assert.doesNotMatch(warning.message, /on garbage collection/))

/** Every way keeps the same promises. */
const ways: readonly (FileServerOptions & { readonly name: string; readonly skip: string | false })[] = [
  { name: 'sendfile', threads: 2, skip: noSendfile },
  { name: 'buffers', threads: 0, skip: false },
  { name: 'stream', threads: 2, files: 'streamed', skip: false },
]

for (const { name, skip, ...way } of ways) {
  const promises = (sentence: string, check: (t: TestContext) => Promise<void>) =>
    test(`${name}: ${sentence}`, { skip, timeout: 60_000 }, check)

  promises('every range of every size comes exactly', async (t) => {
    const server = await fileServer(t, way)
    const client = server.client()
    const sizes = [1, 65_535, 65_536, 65_537, 200_000, 3 * MiB + 1]
    const files = new Map<number, Buffer>()
    for (const size of sizes) files.set(size, await server.add(`/${size}`, size))
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...sizes), fc.nat(), fc.nat(), async (size, a, b) => {
        const [first = 0, last = 0] = [a % size, b % size].sort((x, y) => x - y)
        const { status, headers, body } = await client.get(`/${size}`, { range: `bytes=${first}-${last}` })
        assert.deepEqual([status, headers['content-range']], [206, `bytes ${first}-${last}/${size}`])
        assert.ok(
          files
            .get(size)
            ?.subarray(first, last + 1)
            .equals(body),
        )
      }),
      { numRuns: 60 },
    )
    for (const size of sizes) assert.ok(files.get(size)?.equals((await client.get(`/${size}`)).body))
    await comesTrue(() => server.sender.active === 0, 'no body is under way')
    assert.ok(server.served.every(({ completed }) => completed))
  })

  promises('a file that is a part of a larger one comes without its surroundings', async (t) => {
    const server = await fileServer(t, way)
    const client = server.client()
    for (const size of [1000, 3 * MiB + 1]) {
      const bytes = await server.add(`/part-${size}`, size, { before: 777, after: 5000 })
      for (let time = 0; time < 2; time++)
        assert.ok((await client.get(`/part-${size}`)).body.equals(bytes), `${size}, time ${time}`)
      const { body } = await client.get(`/part-${size}`, { range: 'bytes=500-' })
      assert.ok(body.equals(bytes.subarray(500)))
    }
  })

  promises('requests sent early are answered in their order', async (t) => {
    const server = await fileServer(t, way)
    const [large, small] = [await server.add('/large', 5 * MiB), await server.add('/small', 1000)]
    const client = server.client()
    const order = ['/large', '/small', '/large', '/none', '/small', '/large', '/large']
    for (const path of order) client.ask(path)
    for (const path of order) {
      const { body } = await client.answer()
      assert.ok(body.equals(path === '/large' ? large : path === '/small' ? small : Buffer.alloc(0)), path)
    }
    assert.ok((await client.get('/large')).body.equals(large))
  })

  promises('a slow reader gets every byte', async (t) => {
    const server = await fileServer(t, { ...way, stallMs: 3000 })
    const bytes = await server.add('/initrd', 16 * MiB)
    const client = server.client()
    const next = server.next()
    client.ask('/initrd')
    const slow = setInterval(() => {
      client.socket.pause()
      setTimeout(() => client.socket.resume(), 15)
    }, 30)
    const { body } = await client.answer().finally(() => clearInterval(slow))
    assert.ok(body.equals(bytes))
    assert.equal((await next).completed, true)
  })

  promises('a client that leaves in the middle is noticed, and only its body ends', async (t) => {
    const server = await fileServer(t, way)
    const bytes = await server.add('/initrd', 24 * MiB)
    const [leaving, staying] = [server.client(), server.client()]
    leaving.ask('/initrd')
    await leaving.skip(MiB)
    const stays = staying.get('/initrd')
    const next = server.next()
    await leaving.close()
    const { end, completed, bytes: sent } = await next
    assert.deepEqual([end, completed], ['client-gone', false])
    assert.ok(sent > 0 && sent < 24 * MiB)
    assert.ok((await stays).body.equals(bytes))
    await comesTrue(() => server.sender.active === 0, 'no body is under way')
  })

  promises('a client that takes nothing is dropped after the stall time', async (t) => {
    const server = await fileServer(t, { ...way, stallMs: 300 })
    await server.add('/initrd', 24 * MiB)
    const client = server.client()
    const next = server.next()
    client.ask('/initrd')
    client.socket.pause()
    const startedAt = performance.now()
    assert.equal((await next).end, 'client-stalled')
    assert.ok(performance.now() - startedAt > 290)
    await assert.rejects(client.skip(24 * MiB), /closed the connection|ECONNRESET/)
  })

  promises('a file that is cut while it is sent breaks the connection off', async (t) => {
    const server = await fileServer(t, way)
    await server.add('/initrd', 24 * MiB)
    const client = server.client()
    const next = server.next()
    client.ask('/initrd')
    await client.skip(MiB)
    client.socket.pause()
    await truncate(join(server.folder, (await readdir(server.folder))[0] ?? ''), 18 * MiB)
    client.socket.resume()
    await assert.rejects(client.skip(24 * MiB), /closed the connection|ECONNRESET/)
    assert.equal((await next).end, 'file-short')
  })

  promises('stop breaks off what is under way', async (t) => {
    const server = await fileServer(t, way)
    await server.add('/initrd', 24 * MiB)
    const client = server.client()
    const next = server.next()
    client.ask('/initrd')
    await client.skip(MiB)
    client.socket.pause()
    await server.sender.stop()
    assert.equal((await next).end, 'stopped')
    assert.equal(server.sender.active, 0)
  })

  promises('bodies of one connection leave no listener and no timeout behind', async (t) => {
    const connections = new Set<Socket>()
    const listen: NonNullable<FileServerOptions['listen']> = (onRequest) =>
      createServer({ keepAliveTimeout: 0 }, onRequest).on('connection', (socket) => connections.add(socket))
    const server = await fileServer(t, { ...way, listen, stallMs: 12_345 })
    for (const [path, size] of [
      ['/initrd', 300_000],
      ['/small', 300],
    ] as const)
      await server.add(path, size)
    const client = server.client()
    const quiet = (answers: number) => comesTrue(() => server.served.length === answers, 'all have ended')
    await client.get('/small')
    await quiet(1)
    await sleep(1)
    const [connection] = connections
    const listeners = () => connection?.eventNames().map((event) => [event, connection.listenerCount(event)])
    const before = listeners()
    for (let i = 0; i < 20; i++) await client.get(i % 2 ? '/initrd' : '/small')
    await quiet(21)
    await sleep(1)
    assert.deepEqual(listeners(), before)
    assert.equal(connection?.timeout ?? 0, 0)
    assert.ok(server.served.every(({ end }) => end === 'sent'))
  })

  promises('a file is sent while it arrives, its head first, and every range out of order', async (t) => {
    const server = await fileServer(t, way)
    const file = await server.addArriving('/initrd', 6 * MiB + 77, { before: 777, after: 5000 })
    const ranges = [
      [5 * MiB, 6 * MiB + 76],
      [2 * MiB + 5, 4 * MiB],
      [100, 200],
      [0, 6 * MiB + 76],
    ] as const
    const answers = ranges.map(([first, last]) =>
      server.client().get('/initrd', { range: `bytes=${first}-${last}` }),
    )
    const early = server.client()
    early.ask('/initrd')
    const head = await early.head()
    assert.deepEqual([head.status, head.headers['content-length']], [200, String(6 * MiB + 77)])
    assert.equal(file.waiting, 5)
    for (const mebibyte of [5, 2, 3, 6, 0, 4, 1]) {
      await file.arrive(mebibyte * MiB, Math.min((mebibyte + 1) * MiB, file.bytes.length) - 1)
      await sleep(5)
    }
    for (const [index, [first, last]] of ranges.entries()) {
      const { status, body } = (await answers[index])!
      assert.equal(status, 206)
      assert.ok(body.equals(file.bytes.subarray(first, last + 1)), `range ${first}-${last}`)
    }
    await early.skip(file.bytes.length)
    await comesTrue(() => server.sender.active === 0, 'no body is under way')
    assert.equal(file.waiting, 0)
    assert.ok(server.served.every(({ completed }) => completed))
  })

  promises('64 clients of a file that arrives get every byte, a slow one too; one leaves', async (t) => {
    const server = await fileServer(t, way)
    const descriptors = await openDescriptors(server)
    const file = await server.addArriving('/initrd', MiB + 5)
    const takes = Array.from({ length: 62 }, () => takeAll(server, file.bytes))
    const slow = server.client()
    const slowly = setInterval(() => {
      slow.socket.pause()
      setTimeout(() => slow.socket.resume(), 15)
    }, 30)
    t.after(() => clearInterval(slowly))
    const takesSlowly = slow.get('/initrd')
    const leaving = server.client()
    leaving.ask('/initrd')
    const left = server.next()
    await comesTrue(() => file.waiting === 64, 'all wait')
    await leaving.close()
    await comesTrue(() => file.waiting === 63, 'nobody waits for who has left')
    assert.equal((await left).end, 'client-gone')
    const step = 256 * 1024
    for (let at = 0; at < file.bytes.length; at += step)
      await file.arrive(at, Math.min(at + step, file.bytes.length) - 1)
    await Promise.all(takes)
    assert.ok((await takesSlowly).body.equals(file.bytes))
    clearInterval(slowly)
    await slow.close()
    await comesTrue(() => server.sender.active === 0 && file.waiting === 0, 'no body is under way')
    await comesTrue(async () => (await openDescriptors(server)) <= descriptors, 'no descriptor stays open')
    assert.equal(server.served.filter(({ completed }) => completed).length, 63)
  })

  promises('when the rest of a file does not come its connections are broken off', async (t) => {
    const server = await fileServer(t, way)
    const file = await server.addArriving('/initrd', 6 * MiB)
    const clients = [server.client(), server.client()]
    for (const client of clients) client.ask('/initrd')
    await file.arrive(0, 2 * MiB - 1)
    for (const client of clients) await client.skip(MiB)
    await comesTrue(() => file.waiting === 2, 'all wait for the rest')
    file.fail(new Error('the upstream is away'))
    for (const client of clients) await assert.rejects(client.skip(6 * MiB), /ECONNRESET/)
    await comesTrue(() => server.served.length === 2, 'both have ended')
    for (const { end, completed, bytes, error } of server.served) {
      assert.deepEqual([end, completed, bytes], ['source-failed', false, 2 * MiB])
      assert.match(String(error), /the upstream is away/)
    }
    const { status, headers } = await server.client().get('/initrd', { range: `bytes=${3 * MiB}-` })
    assert.deepEqual([status, headers['retry-after']], [503, '5'])
  })

  promises('waiting for a file is not held against its client; taking nothing of it is', async (t) => {
    const stallMs = 4000
    const server = await fileServer(t, { ...way, stallMs })
    const file = await server.addArriving('/rootfs', 24 * MiB)
    const [patient, stalled] = [server.client(), server.client()]
    const next = server.next()
    for (const client of [patient, stalled]) client.ask('/rootfs')
    await file.arrive(0, MiB - 1)
    await Promise.all([patient.head(), stalled.head()])
    stalled.socket.pause()
    const takes = patient.skip(24 * MiB)
    await sleep(1.5 * stallMs)
    assert.equal(server.served.length, 0)
    await file.arrive(MiB, 24 * MiB - 1)
    await takes
    assert.equal((await next).completed, true)
    await comesTrue(() => server.served.length === 2, 'the other was dropped')
    assert.equal(server.served[1]?.end, 'client-stalled')
  })

  promises('a small file is not remembered before it is whole', async (t) => {
    const server = await fileServer(t, way)
    const file = await server.addArriving('/small', 1000)
    const client = server.client()
    const answer = client.get('/small')
    await comesTrue(() => file.waiting === 1, 'it is waited for')
    await file.arrive(0, 999)
    assert.ok((await answer).body.equals(file.bytes))
    await truncate(join(server.folder, (await readdir(server.folder))[0] ?? ''), 0)
    const again = client.get('/small').then(({ status }) => status)
    assert.notEqual(await again.catch(() => 'broken off'), 200)
  })

  promises('stop ends those who wait for a file', async (t) => {
    const server = await fileServer(t, way)
    const file = await server.addArriving('/initrd', 6 * MiB)
    const next = server.next()
    const client = server.client()
    client.ask('/initrd')
    await client.head()
    await server.sender.stop()
    assert.equal((await next).end, 'stopped')
    assert.equal(file.waiting, 0)
  })

  promises('64 clients at once, some of whom leave: flat memory, and no descriptor stays open', async (t) => {
    const server = await fileServer(t, way)
    const descriptors = await openDescriptors(server)
    await server.add('/initrd', 6 * MiB)
    await server.add('/rootfs', 24 * MiB)
    const crowd = async (size: number) => {
      await Promise.all(Array.from({ length: size }, (_, index) => takeOrLeave(server, index)))
      await comesTrue(() => server.sender.active === 0, 'no body is under way')
    }
    await crowd(4)
    const memory = process.memoryUsage().rss
    let most = memory
    const watch = setInterval(() => {
      most = Math.max(most, process.memoryUsage().rss)
    }, 5)
    await crowd(64)
    clearInterval(watch)
    assert.ok(most - memory < 200 * MiB, `grew by ${Math.round((most - memory) / MiB)} MiB`)
    await comesTrue(async () => (await openDescriptors(server)) <= descriptors, 'no descriptor stays open')
    assert.equal(server.served.filter(({ completed }) => completed).length, 3 + 48)
  })
}

async function takeAll(server: FileServer, bytes: Buffer): Promise<void> {
  const client = server.client()
  assert.ok((await client.get('/initrd')).body.equals(bytes))
  await client.close()
}

async function takeOrLeave(server: FileServer, index: number): Promise<void> {
  const client = server.client()
  const leaves = index % 4 === 0
  client.ask(leaves ? '/rootfs' : '/initrd')
  await client.skip(leaves ? MiB : 6 * MiB + 300)
  await client.close()
}

async function comesTrue(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const startedAt = performance.now()
  while (!(await holds())) {
    if (performance.now() - startedAt > 10_000) assert.fail(`not true after ten seconds: ${what}`)
    await sleep(10)
  }
}

/** Sockets and the server's files. Not what threads open for themselves, each when the scheduler lets it begin. */
async function openDescriptors({ folder }: FileServer): Promise<number> {
  if (process.platform !== 'linux') return 0
  const open = '/proc/self/fd'
  const targets = (await readdir(open)).map((name) => readlink(join(open, name)).catch(() => 'closed'))
  const isOurs = (target: string) => target.startsWith('socket:') || target.startsWith(folder)
  return (await Promise.all(targets)).filter(isOurs).length
}

test('TLS takes the buffer way', async (t) => {
  const key = randomBytes(32)
  const psk = { ciphers: 'PSK-AES128-GCM-SHA256', maxVersion: 'TLSv1.2', minVersion: 'TLSv1.2' } as const
  const server = await fileServer(t, {
    listen: (onRequest) => createTlsServer({ ...psk, pskCallback: () => key }, onRequest),
  })
  const bytes = await server.add('/initrd', 3 * MiB)
  const options = {
    ...psk,
    host: '127.0.0.1',
    port: server.port,
    path: '/initrd',
    pskCallback: () => ({ psk: key, identity: 'machine' }),
    checkServerIdentity: () => undefined,
    agent: false as const,
  }
  const next = server.next()
  const request = httpsRequest(options).end()
  const [response] = await once(request, 'response')
  assert.ok(bytes.equals(await buffer(response)))
  assert.equal((await next).completed, true)
})

test('a process may exit while a body is under way', { skip: noSendfile }, async (t) => {
  const server = await fileServer(t)
  await server.add('/initrd', 24 * MiB)
  const script = join(import.meta.dirname, '../../testing/exit-while-sending.ts')
  const path = server.fileOf('/initrd')?.path ?? ''
  const startedAt = performance.now()
  const child = spawn(process.execPath, [script, path, String(24 * MiB)], { stdio: 'inherit' })
  const [code] = await once(child, 'exit')
  assert.equal(code, 7)
  assert.ok(performance.now() - startedAt < 30_000, 'nobody waited until the client was dropped, after 60 s')
})

test('sendfile is the way where it can be', () => {
  assert.equal(process.platform === 'linux' && noSendfile !== false, false, String(noSendfile))
})
