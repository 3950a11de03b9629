import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { limitPipelining } from './pipelining.ts'

async function server(t: TestContext, answer: (response: ServerResponse) => void) {
  const seen = { requests: 0 }
  const http = createServer((_, response) => {
    seen.requests += 1
    answer(response)
  })
  limitPipelining(http)
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  t.after(() => http.close())
  const socket = connect((http.address() as AddressInfo).port, '127.0.0.1')
  t.after(() => socket.destroy())
  socket.on('error', () => undefined)
  return { seen, socket }
}

const request = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'

test('a connection that only asks and takes nothing is ended', async (t) => {
  const { seen, socket } = await server(t, () => undefined)
  const closed = new Promise((resolve) => socket.once('close', resolve))
  socket.write(request.repeat(20_000))
  await closed
  assert.ok(seen.requests < 5_000, `${seen.requests} requests got in`)
})

test('eight at once are fine, and any number one after the other', async (t) => {
  const { seen, socket } = await server(t, (response) => response.end('ok'))
  let answered = 0
  socket.on('data', (bytes) => {
    answered += bytes.toString().split('HTTP/1.1 200').length - 1
  })
  for (let round = 1; round <= 5; round++) {
    socket.write(request.repeat(8))
    for (let tries = 0; tries < 2000 && answered < round * 8; tries++) await delay(5)
  }
  assert.deepEqual([seen.requests, answered, socket.destroyed], [40, 40, false])
})
