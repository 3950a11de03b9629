import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Session } from './session.ts'
import { Transfers } from './transfers.ts'

/** A session on a socket that keeps what is sent. */
function sessionAt(clock: { now: number }, ended: string[] = []) {
  const sent: string[] = []
  let malformed = 0
  const peer = { address: '10.0.0.9', port: 2000 }
  const session = new Session({
    peer,
    file: { size: 2048, read: (_, length) => new Uint8Array(length) },
    terms: { blockSize: 512, windowSize: 1, accepted: new Map([['timeout', '255']]), timeoutSeconds: 255 },
    socket: {
      talkTo: () => {},
      close: () => {},
      send: (_, to) => sent.push(`to port ${to.port}`),
      sendBlocks: () => {},
    },
    now: () => clock.now,
    onMalformed: () => {
      malformed += 1
    },
    onEnd: ({ aborted }) => ended.push(aborted ?? 'done'),
  })
  return { session, sent, malformed: () => malformed, peer }
}

const ack = (block: number) => Uint8Array.of(0, 4, 0, block)
const from = (port: number) => ({ address: '10.0.0.9', port, family: 'IPv4' as const, size: 4 })

test('a packet from port 0 is dropped, not answered: no socket can send there', () => {
  const { session, sent, malformed } = sessionAt({ now: 0 })
  session.receive(ack(1), from(0))
  assert.deepEqual([sent, malformed()], [[], 1])
  session.receive(ack(1), from(3000))
  assert.deepEqual(sent, ['to port 3000'])
})

test('clients that answered once and went silent make room when all places are taken', () => {
  const clock = { now: 0 }
  const ended: string[] = []
  const transfers = new Transfers({ maxTransfers: 2, maxTransfersPerAddress: 64 })
  for (const port of [1, 2]) {
    const slot = transfers.take({ address: `10.0.0.${port}`, port }, 'a', clock.now)
    assert.ok(!('full' in slot))
    const { session, peer } = sessionAt(clock, ended)
    slot.session = session
    session.begin()
    session.receive(ack(0), from(peer.port))
  }
  clock.now = 5_000
  assert.ok('full' in transfers.take({ address: '10.0.0.3', port: 3 }, 'a', clock.now))
  clock.now = 20_000
  transfers.take({ address: '10.0.0.3', port: 3 }, 'a', clock.now)
  assert.deepEqual(ended, ['made room: its client was silent'])
})
