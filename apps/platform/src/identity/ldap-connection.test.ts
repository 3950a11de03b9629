import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import type { LdapServer } from './ldap-connection.ts'
import { LdapDirectory } from './ldap-directory.ts'

/** A server on loopback that answers what it gets with `answer`. */
async function serverThat(answer: (socket: Socket, request: Buffer) => void) {
  const sockets = new Set<Socket>()
  const got: Buffer[] = []
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
    socket.on('data', (request) => {
      got.push(request)
      answer(socket, request)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    port,
    got,
    sockets,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

function directoryAt(port: number, security: LdapServer['security'] = 'none') {
  const errors: unknown[] = []
  const directory = new LdapDirectory({
    server: { host: '127.0.0.1', port, security },
    lookup: { kind: 'dn', dn: { text: 'uid={user},dc=x', attribute: 'uid' } },
    groupsAttribute: 'memberOf',
    onProblem: (_, error) => void errors.push(error),
    timeoutMs: 400,
  })
  return { directory, errors }
}

async function refusedBecause(port: number, reason: RegExp, security: LdapServer['security'] = 'none') {
  const { directory, errors } = directoryAt(port, security)
  const began = performance.now()
  await assert.rejects(directory.find('ann', 'the password'), { code: 'directory_unreachable' })
  assert.ok(performance.now() - began < 15_000)
  const [error] = errors
  assert.match(`${error} ${(error as Error)?.cause ?? ''}`, reason)
}

const bindSuccess = (id: number) => Buffer.from([0x30, 12, 2, 1, id, 0x61, 7, 0x0a, 1, 0, 4, 0, 4, 0])
const startTlsAnswer = (code: number) => Buffer.from([0x30, 12, 2, 1, 1, 0x78, 7, 0x0a, 1, code, 4, 0, 4, 0])

test('nobody listens', async () => {
  const server = await serverThat(() => undefined)
  await server[Symbol.asyncDispose]()
  await refusedBecause(server.port, /ECONNREFUSED/)
})

test('a server that says nothing is given up in time, in each phase', async () => {
  await using silent = await serverThat(() => undefined)
  await refusedBecause(silent.port, /in time|timed out|closed/)
  await refusedBecause(silent.port, /abort|in time/i, 'start-tls')
  await refusedBecause(silent.port, /abort|in time/i, 'tls')
})

test('a server that hangs up, also in the middle, is a failure and no answer', async () => {
  await using server = await serverThat((socket) => socket.destroy())
  await refusedBecause(server.port, /closed|cut|ECONNRESET|hang up/)
  await refusedBecause(server.port, /abort|closed|ECONNRESET|disconnected/i, 'tls')
})

test('what is no LDAP is a failure', async () => {
  await using web = await serverThat((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
  await refusedBecause(web.port, /./)
  await refusedBecause(web.port, /does not speak LDAP/, 'start-tls')
})

test('a server that sends without end is cut off', async () => {
  const flood = Buffer.concat([Buffer.from([0x30, 0x84, 0x7f, 0xff, 0xff, 0xff]), Buffer.alloc(65_536)])
  await using server = await serverThat((socket) => {
    const more = () => {
      while (!socket.destroyed && socket.write(flood));
      socket.once('drain', more)
    }
    more()
  })
  const before = process.memoryUsage().rss
  await refusedBecause(server.port, /too much|in time|closed|timed out/i)
  assert.ok(process.memoryUsage().rss - before < 300 * 2 ** 20)
})

test('a server that refuses StartTLS gets no password', async () => {
  await using server = await serverThat((socket) => socket.write(startTlsAnswer(2)))
  await refusedBecause(server.port, /does not do StartTLS/, 'start-tls')
  assert.ok(!Buffer.concat(server.got).includes('the password'))
})

test('what is slipped in behind the answer to StartTLS is not taken for the directory’s', async () => {
  const slipped = [bindSuccess(1), bindSuccess(2), Buffer.from([0x30])]
  for (const more of slipped) {
    await using server = await serverThat((socket) => socket.write(Buffer.concat([startTlsAnswer(0), more])))
    await refusedBecause(server.port, /more before TLS/, 'start-tls')
  }
})

test('after a connection is cut the password does not go out again without TLS', async () => {
  await using server = await serverThat((socket, request) => {
    if (request[0] === 0x30) socket.write(startTlsAnswer(0))
    else socket.destroy()
  })
  await refusedBecause(server.port, /./, 'start-tls')
  assert.ok(!Buffer.concat(server.got).includes('the password'))
  assert.equal(server.got.filter((request) => request[0] === 0x30).length, 1)
})

test('an answer in two pieces is one answer', async () => {
  await using server = await serverThat((socket) => {
    const answer = startTlsAnswer(2)
    socket.write(answer.subarray(0, 5))
    setTimeout(() => socket.write(answer.subarray(5)), 50)
  })
  await refusedBecause(server.port, /does not do StartTLS/, 'start-tls')
})

test('nothing stays open behind an answer', async () => {
  await using server = await serverThat((socket) => socket.write(startTlsAnswer(2)))
  await refusedBecause(server.port, /StartTLS/, 'start-tls')
  for (let n = 0; n < 200 && server.sockets.size > 0; n++) await new Promise((next) => setTimeout(next, 50))
  assert.equal(server.sockets.size, 0)
})
