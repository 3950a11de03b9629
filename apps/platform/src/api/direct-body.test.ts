import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { libc } from '@bootcast/netboot'
import { directBody } from './direct-body.ts'
import { Upload } from './upload.ts'

const MiB = 1024 * 1024
const skip = libc() === undefined ? 'needs Linux and koffi' : false

type Taken = { readonly digest: string; readonly bytes: number; readonly error: unknown }
type Setting = {
  /** Passes before the body is asked for. */
  readonly waitMs?: number
  readonly stallMs?: number
  /** Stops after so many bytes. */
  readonly enough?: number
  readonly slowly?: boolean
}

/** Takes bodies directly, answers with their digest, and remembers them. */
async function scene(setting: Setting = {}) {
  const taken: Taken[] = []
  const { promise: first, resolve } = Promise.withResolvers<Taken>()
  const server = createServer((request, response) => {
    void take(request, response, setting).then((one) => {
      taken.push(one)
      resolve(one)
      response.end(one.digest)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    port,
    taken,
    first,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

async function take(request: IncomingMessage, response: ServerResponse, setting: Setting): Promise<Taken> {
  const { waitMs, stallMs = 5_000, enough = Infinity, slowly = false } = setting
  if (waitMs !== undefined) await sleep(waitMs)
  const hash = createHash('sha256')
  let bytes = 0
  let error: unknown
  try {
    for await (const piece of new Upload(request, {
      signal: new AbortController().signal,
      stallMs,
      response,
    })) {
      hash.update(piece)
      bytes += piece.length
      if (slowly) await sleep(2)
      if (bytes >= enough) break
    }
  } catch (caught) {
    error = caught
  }
  return { digest: hash.digest('hex'), bytes, error }
}

const head = (length: number) => `PATCH / HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n`
const digestOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

async function answerOf(socket: Socket): Promise<string> {
  let said = ''
  for await (const chunk of socket) said += chunk
  return said
}

const ways: readonly (readonly [string, Setting])[] = [
  ['at once', {}],
  ['after a while', { waitMs: 30 }],
  ['in small sips', { slowly: true }],
]
for (const [how, setting] of ways) {
  test(`a body that is taken ${how} is every byte that was sent, and the connection ends`, {
    skip,
  }, async () => {
    await using at = await scene(setting)
    for (const length of [MiB, MiB + 1, 5 * MiB + 12_345]) {
      const bytes = randomBytes(length)
      const socket = connect(at.port, '127.0.0.1')
      socket.write(Buffer.concat([Buffer.from(head(length)), bytes]))
      const said = await answerOf(socket)
      assert.match(said, /^HTTP\/1\.1 200 OK\r\nconnection: close\r\n/i)
      assert.equal(said.split('\r\n\r\n')[1], digestOf(bytes))
    }
    assert.deepEqual(
      at.taken.map(({ error }) => error),
      [undefined, undefined, undefined],
    )
  })
}

test('a body whose parts come when they like is every byte that was sent', { skip }, async () => {
  await using at = await scene()
  const exchange = async () => {
    const bytes = randomBytes(MiB + Math.floor(Math.random() * 2 * MiB))
    const socket = connect(at.port, '127.0.0.1').setNoDelay()
    const answer = answerOf(socket)
    socket.write(head(bytes.length))
    for (let sent = 0; sent < bytes.length; ) {
      const size = Math.ceil(Math.random() ** 4 * 400_000)
      socket.write(bytes.subarray(sent, sent + size))
      sent += size
      await (Math.random() < 0.1 ? sleep(3) : new Promise(setImmediate))
    }
    assert.equal((await answer).split('\r\n\r\n')[1], digestOf(bytes))
  }
  for (let round = 0; round < 5; round++) await Promise.all(Array.from({ length: 8 }, exchange))
})

test('what is sent behind the body is not taken for a part of it', { skip }, async () => {
  await using at = await scene()
  const bytes = randomBytes(2 * MiB)
  const socket = connect(at.port, '127.0.0.1').on('error', () => undefined)
  socket.write(Buffer.concat([Buffer.from(head(bytes.length)), bytes, Buffer.from(head(MiB))]))
  assert.deepEqual(await at.first, { digest: digestOf(bytes), bytes: bytes.length, error: undefined })
  await once(socket.resume(), 'close')
  assert.equal(at.taken.length, 1)
})

test('a client that leaves is noticed, also by a reset', { skip }, async () => {
  for (const leave of ['destroy', 'resetAndDestroy', 'end'] as const) {
    await using at = await scene()
    const socket = connect(at.port, '127.0.0.1').on('error', () => undefined)
    socket.write(Buffer.concat([Buffer.from(head(3 * MiB)), Buffer.alloc(2 * MiB)]))
    await sleep(50)
    socket[leave]()
    const { bytes, error } = await at.first
    assert.equal((error as { code?: string }).code, 'upload_incomplete')
    assert.ok(bytes <= 2 * MiB)
  }
})

test('a body that stalls is ended, and the caller reads the answer', { skip }, async () => {
  await using at = await scene({ stallMs: 200 })
  const socket = connect(at.port, '127.0.0.1')
  socket.write(Buffer.concat([Buffer.from(head(3 * MiB)), Buffer.alloc(2 * MiB)]))
  const { bytes, error } = await at.first
  assert.match(String(error), /Nothing arrived for 0\.2 seconds/)
  assert.equal(bytes, 2 * MiB)
  assert.match(await answerOf(socket), /^HTTP\/1\.1 200 /)
})

test('who wants no more bytes answers, and the rest is thrown away', { skip }, async () => {
  await using at = await scene({ enough: 2 * MiB })
  const socket = connect(at.port, '127.0.0.1').on('error', () => undefined)
  const answer = once(socket, 'data')
  socket.write(Buffer.concat([Buffer.from(head(64 * MiB)), Buffer.alloc(64 * MiB)]))
  assert.match(String((await answer)[0]), /^HTTP\/1\.1 200 /)
  socket.destroy()
})

test('a body that is there already, or small, is left to the parser', { skip }, async () => {
  let found: unknown = 'not asked'
  const server = createServer(async (request, response) => {
    await sleep(20)
    found = directBody(request, response, 5)
    response.end('ok')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  socket.write(`${head(5).replace('Host: x', 'Host: x\r\nConnection: close')}hello`)
  assert.match(await answerOf(socket), /ok$/)
  assert.equal(found, undefined)
  server.close()
})

test('no descriptor stays open', { skip }, async () => {
  await using at = await scene()
  const exchange = async (leaves: boolean) => {
    const socket = connect(at.port, '127.0.0.1').on('error', () => undefined)
    socket.write(Buffer.concat([Buffer.from(head(2 * MiB)), Buffer.alloc(MiB)]))
    if (leaves) return void socket.destroy()
    socket.write(Buffer.alloc(MiB))
    await answerOf(socket)
  }
  await exchange(false)
  const before = (await readdir('/proc/self/fd')).length
  for (let n = 0; n < 20; n++) await exchange(n % 2 === 0)
  for (let n = 0; n < 100 && at.taken.length < 21; n++) await sleep(10)
  await sleep(50)
  assert.equal((await readdir('/proc/self/fd')).length, before)
})
