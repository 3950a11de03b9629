import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { openDhcpSocket } from './socket.ts'

const linux = { skip: process.platform !== 'linux' }
const settings = { address: '0.0.0.0', port: 0, onPacket: () => {}, onError: () => {} }

test('a device that is not there is an error, never a socket on all networks', linux, async () => {
  await assert.rejects(openDhcpSocket({ ...settings, device: 'no-such-device' }), { code: 'ENODEV' })
})

test('a socket that cannot be bound leaves no descriptor behind', linux, async () => {
  const descriptors = () => readdirSync('/proc/self/fd').length
  const before = descriptors()
  for (let n = 0; n < 20; n++) await assert.rejects(openDhcpSocket({ ...settings, address: '192.0.2.1' }))
  await new Promise(setImmediate)
  assert.ok(descriptors() <= before + 1, `${before} before, ${descriptors()} after`)
})

test('a socket on loopback hears what it sends', linux, async () => {
  const { promise, resolve } = Promise.withResolvers<number>()
  const socket = await openDhcpSocket({
    ...settings,
    device: 'lo',
    onPacket: (bytes) => resolve(bytes.length),
  })
  socket.send(new Uint8Array(5), socket.port, '127.0.0.1')
  assert.equal(await promise, 5)
  await socket.close()
})
