import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { test } from 'node:test'
import { createHttpServer } from './http-server.ts'

test('a boot path that is sent a body drop by drop answers, and the connection ends', async (t) => {
  const boot = {
    handle: (_: unknown, response: { end(text: string): void }) => {
      response.end('#!ipxe\n')
      return true
    },
  }
  const server = createHttpServer({ boot, others: assert.fail, brokenText: String, lingerMs: 200 })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  t.after(() => socket.destroy())
  const closed = new Promise((resolve) => socket.once('close', resolve))
  socket.on('error', () => undefined)
  socket.write('GET /boot.ipxe HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n')
  const drops = setInterval(() => socket.write('x'), 50)
  t.after(() => clearInterval(drops))
  assert.match(String((await once(socket, 'data'))[0]), /#!ipxe/)
  await closed
})

test('half a head is told that it took too long, a connection on which nothing was sent is told nothing', async (t) => {
  const boot = { handle: () => assert.fail('there was no request') }
  const server = createHttpServer({ boot, others: assert.fail, brokenText: String, headMs: 150 })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const told = async (sent: string) => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
    socket.on('error', () => undefined)
    socket.write(sent)
    let text = ''
    for await (const part of socket) text += String(part)
    return text
  }
  assert.match(await told('GET /boot.ipxe HT'), /^HTTP\/1\.1 400 .*took longer/s)
  assert.equal(await told(''), '')
})
