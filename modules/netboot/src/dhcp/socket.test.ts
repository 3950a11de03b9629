import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDhcpSocket } from './socket.ts'

const ignore = () => undefined
const local = { address: '127.0.0.1', port: 0, onPacket: ignore, onError: assert.fail }

for (const device of [undefined, 'lo'] as const) {
  const where = device === undefined ? 'an address' : 'a device'

  test(`a socket on ${where} hears and answers`, async () => {
    const heard = Promise.withResolvers<string>()
    const answered = Promise.withResolvers<string>()
    const server = await openDhcpSocket({
      ...local,
      ...(device !== undefined && { device }),
      onPacket: (bytes, from) => {
        heard.resolve(Buffer.from(bytes).toString())
        server.send(Buffer.from('answer'), from.port, from.address)
      },
    })
    const client = await openDhcpSocket({
      ...local,
      onPacket: (bytes) => answered.resolve(Buffer.from(bytes).toString()),
    })
    client.send(Buffer.from('question'), server.port, '127.0.0.1')
    assert.deepEqual([await heard.promise, await answered.promise], ['question', 'answer'])
    await client.close()
    await server.close()
  })
}

test('two sockets may share a port, as a DHCP server and ProxyDHCP on one machine must', async () => {
  const one = await openDhcpSocket(local)
  const other = await openDhcpSocket({ ...local, port: one.port })
  assert.equal(other.port, one.port)
  await one.close()
  await other.close()
})

test('an address that is not ours, and a device that is not there, are errors with a code', async () => {
  await assert.rejects(openDhcpSocket({ ...local, address: '192.0.2.1' }), { code: 'EADDRNOTAVAIL' })
  await assert.rejects(openDhcpSocket({ ...local, device: 'absent0' }), (error: { code?: string }) =>
    ['ENODEV', 'EPERM'].includes(error.code ?? ''),
  )
})

test('what cannot be sent is told to onError, and the socket goes on', async () => {
  const error = Promise.withResolvers<Error>()
  const heard = Promise.withResolvers<void>()
  const socket = await openDhcpSocket({ ...local, onError: error.resolve, onPacket: () => heard.resolve() })
  socket.send(Buffer.alloc(70_000), socket.port, '127.0.0.1')
  assert.match(String(await error.promise), /EMSGSIZE/)
  socket.send(Buffer.from('x'), socket.port, '127.0.0.1')
  await heard.promise
  await socket.close()
})
