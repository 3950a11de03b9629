import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { test } from 'node:test'
import { isUdpPortTaken } from './udp-port-taken.ts'

test('a port is taken while a socket has it', { skip: process.platform !== 'linux' }, async () => {
  const socket = createSocket('udp4').bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const { port } = socket.address()
  assert.equal(await isUdpPortTaken(port), true)
  socket.close()
  await once(socket, 'close')
  assert.equal(await isUdpPortTaken(port), false)
})
