import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fetchSendingPieces } from './send-pieces.ts'

async function scene(answer: (request: IncomingMessage, response: ServerResponse) => unknown) {
  const server = createServer((request, response) => void answer(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const send = (body: BodyInit, more: RequestInit = {}) =>
    fetchSendingPieces(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, {
      method: 'PUT',
      body,
      ...more,
    })
  return {
    send,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

/** Pieces that stand in one buffer, each where the last one stood, until `bytes` are at an end. */
function stream(bytes: Buffer, pieceBytes = 100_000, onPiece: (at: number) => void = () => undefined) {
  const place = Buffer.alloc(pieceBytes)
  let at = 0
  const pull = (controller: ReadableStreamDefaultController<Uint8Array>) => {
    onPiece(at)
    if (at === bytes.length) return controller.close()
    const length = bytes.copy(place, 0, at)
    at += length
    controller.enqueue(place.subarray(0, length))
  }
  return new ReadableStream<Uint8Array>({ pull }, { highWaterMark: 0 })
}

const endless = () => stream(Buffer.alloc(2 ** 30))

test('a body whose pieces stand in one buffer arrives, also where it is read slowly', async () => {
  const bytes = randomBytes(20_000_000)
  let received: Buffer = Buffer.alloc(0)
  await using at = await scene(async (request, response) => {
    await sleep(100)
    received = await buffer(request)
    response.setHeader('x-said', request.headers['x-said'] ?? '').end('thanks')
  })
  const headers = { 'content-length': String(bytes.length), 'x-said': 'hello' }
  const response = await at.send(stream(bytes), { headers })
  assert.deepEqual(
    [response.status, response.headers.get('x-said'), await response.text()],
    [200, 'hello', 'thanks'],
  )
  assert.ok(bytes.equals(received))
})

test('an answer without a body, and one to a body that is not streamed', async () => {
  await using at = await scene(async (request, response) => {
    await buffer(request)
    response.statusCode = 204
    response.end()
  })
  assert.equal((await at.send(stream(Buffer.from('x')))).status, 204)
  assert.equal((await at.send('x')).status, 204)
})

test('who refuses before all is sent is heard, and nothing more is read', async () => {
  await using at = await scene((request, response) => {
    response.statusCode = 507
    response.end('full')
    request.resume()
  })
  let furthest = 0
  const response = await at.send(stream(Buffer.alloc(2 ** 29), 2 ** 20, (to) => (furthest = to)))
  assert.deepEqual([response.status, await response.text()], [507, 'full'])
  const then = furthest
  await sleep(50)
  assert.equal(furthest, then)
})

test('a signal ends it with its reason, also before it begins and while the answer is awaited', async () => {
  await using at = await scene((request) => request.resume())
  const reason = new Error('interrupted')
  await assert.rejects(at.send(endless(), { signal: AbortSignal.abort(reason) }), reason)
  for (const body of [endless(), stream(Buffer.from('x'))]) {
    const stopping = new AbortController()
    setTimeout(() => stopping.abort(reason), 50)
    await assert.rejects(at.send(body, { signal: stopping.signal }), reason)
  }
})

test('a connection that breaks and a place where nobody listens are errors', async () => {
  await using at = await scene((request) => request.once('data', () => request.socket.resetAndDestroy()))
  await assert.rejects(at.send(endless()), /ECONNRESET|EPIPE|hang up/)
  await assert.rejects(
    fetchSendingPieces('http://127.0.0.1:1/', { method: 'PUT', body: endless() }),
    /ECONNREFUSED/,
  )
})

test('an error of the body ends the request with it', async () => {
  await using at = await scene((request) => request.resume())
  const pull = () => {
    throw new Error('the file changes')
  }
  await assert.rejects(at.send(new ReadableStream({ pull }, { highWaterMark: 0 })), /the file changes/)
})
