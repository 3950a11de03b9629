import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TftpFile } from '../src/tftp/block-reader.ts'
import type { TftpEvent } from '../src/tftp/events.ts'
import type { TftpPacket } from '../src/tftp/packet.ts'
import { TftpServer, type TftpServerSettings } from '../src/tftp/server.ts'
import type { SendingWay } from '../src/tftp/transfer-socket.ts'
import { TftpTestClient } from './tftp-client.ts'

/** Bytes that differ from block to block. */
export function sample(size: number): Buffer {
  const bytes = Buffer.alloc(size)
  for (let i = 0; i < size; i++) bytes[i] = (i * 31 + (i >> 9) * 7) & 0xff
  return bytes
}

export function inMemory(bytes: Uint8Array): TftpFile {
  return { size: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) }
}

type Started = { readonly server: TftpServer; readonly events: TftpEvent[] }

/** A server on loopback that ends with the test. */
export async function started(
  t: TestContext,
  files: Readonly<Record<string, TftpFile>>,
  settings: Partial<TftpServerSettings> = {},
): Promise<Started> {
  const events: TftpEvent[] = []
  const server = new TftpServer({
    address: '127.0.0.1',
    port: 0,
    open: async ({ path }) => files[path],
    onEvent: (event) => events.push(event),
    ...settings,
  })
  await server.start()
  t.after(() => server.stop())
  return { server, events }
}

export async function client(t: TestContext, server: TftpServer, address?: string): Promise<TftpTestClient> {
  const opened = await TftpTestClient.open(server.port, address)
  t.after(() => opened.close())
  return opened
}

/** Waits for what follows the last packet; what never comes is found by the assertions after it. */
async function until(came: () => boolean): Promise<void> {
  for (let tries = 0; tries < 2000 && !came(); tries++) await sleep(5)
}

const error = (code: number, message: string): TftpPacket => ({ kind: 'error', code, message })

/** What a TFTP server of ours does, whichever way it sends. */
export function tftpServerContract(sending: SendingWay): void {
  const says = (sentence: string, run: (t: TestContext) => Promise<void>) =>
    test(`${sending}: ${sentence}`, run)
  const start = (t: TestContext, files: Record<string, TftpFile>, settings = {}) =>
    started(t, files, { sending, ...settings })

  for (const size of [0, 1, 511, 512, 513, 1024, 100_000]) {
    says(`a file of ${size} bytes arrives as it is`, async (t) => {
      const { server } = await start(t, { a: inMemory(sample(size)) })
      assert.deepEqual(await (await client(t, server)).fetch('a'), sample(size))
    })
  }

  const asked: readonly Readonly<Record<'blksize', string> & Record<string, string>>[] = [
    { blksize: '8' },
    { blksize: '1432', tsize: '0' },
    { blksize: '1468', windowsize: '4', tsize: '0' },
    { blksize: '512', windowsize: '64' },
    { blksize: '1468', windowsize: '65535' },
    { blksize: '65464', windowsize: '2' },
  ]
  for (const options of asked) {
    says(`a file arrives as it is with ${JSON.stringify(options)}`, async (t) => {
      const bytes = sample(options.blksize === '8' ? 10_000 : 150_000)
      const { server, events } = await start(t, { a: inMemory(bytes) })
      assert.deepEqual(await (await client(t, server)).fetch('a', options), bytes)
      await until(() => events.some(({ kind }) => kind === 'done'))
      assert.deepEqual(
        events.map(({ kind }) => kind),
        ['request', 'oack', 'done'],
      )
      assert.equal(server.counters.bytes, bytes.length)
    })
  }

  says('a window of blocks so large that no two fit in one call arrives', async (t) => {
    const { server } = await start(t, { a: inMemory(sample(400_000)) }, { maxBlockSize: 40_000 })
    const options = { blksize: '40000', windowsize: '3' }
    assert.deepEqual(await (await client(t, server)).fetch('a', options), sample(400_000))
  })

  says('a file that is read bit by bit arrives as it is', async (t) => {
    const bytes = sample(300_000)
    const read = async (offset: number, length: number) => {
      await sleep(1)
      return Buffer.from(bytes.subarray(offset, offset + length))
    }
    const { server } = await start(t, { a: { size: bytes.length, read } })
    assert.deepEqual(await (await client(t, server)).fetch('a', { windowsize: '8' }), bytes)
  })

  says('41 MiB in blocks of 512 go past block 65535', async (t) => {
    const bytes = sample(41 * 2 ** 20 + 77)
    const { server } = await start(t, { a: inMemory(bytes) })
    const got = await (await client(t, server)).fetch('a', { windowsize: '32' })
    assert.ok(got.equals(bytes))
  })

  const refused: readonly (readonly [string, TftpPacket, TftpPacket])[] = [
    ['a file that is not there', readOf('b'), error(1, 'File not found')],
    ['writing', { ...readOf('a'), kind: 'write' }, error(2, 'This server is read only')],
    ['netascii', { ...readOf('a'), mode: 'netascii' }, error(0, 'Only octet mode is served')],
    ['mail', { ...readOf('a'), mode: 'mail' }, error(0, 'Only octet mode is served')],
    ['a path without a name', readOf(''), error(1, 'No file name')],
    ['a path of 401 bytes', readOf('a'.repeat(401)), error(2, 'File name longer than 400 bytes')],
    ['a line break', readOf('a\nb'), error(2, 'File name with characters that cannot be printed')],
    ['an escape', readOf('\x1b[2J'), error(2, 'File name with characters that cannot be printed')],
  ]
  for (const [what, asked, answer] of refused) {
    says(`${what} is refused: ${JSON.stringify(answer)}`, async (t) => {
      const { server, events } = await start(t, { a: inMemory(sample(5)) })
      const asking = await client(t, server)
      asking.send(asked)
      assert.deepEqual((await asking.next())?.packet, answer)
      assert.equal(events.at(-1)?.kind, 'refused')
      assert.equal(server.counters.active, 0)
    })
  }

  says(
    'what is behind an open that fails stays in the log, and the client is told to come again',
    async (t) => {
      const open = () => Promise.reject(new Error('the disk is gone'))
      const { server, events } = await start(t, {}, { open })
      const asking = await client(t, server)
      asking.ask('a')
      assert.deepEqual(
        (await asking.next())?.packet,
        error(0, 'The file could not be opened; ask again later'),
      )
      const event = events.at(-1)
      assert.ok(event?.kind === 'refused' && event.reason === 'the disk is gone')
    },
  )

  says('a file that ends too early is an error, not a short file', async (t) => {
    const { server, events } = await start(t, { a: { size: 5000, read: () => new Uint8Array(10) } })
    const asking = await client(t, server)
    asking.ask('a')
    assert.deepEqual((await asking.next())?.packet, error(0, 'The file could not be read to its end'))
    assert.equal(events.at(-1)?.kind, 'aborted')
  })

  says('the question of EDK2 for the size, ended with error 8, is no trouble', async (t) => {
    const { server, events } = await start(t, { a: inMemory(sample(3000)) })
    const asking = await client(t, server)
    asking.ask('a', { tsize: '0', blksize: '1468', windowsize: '4' })
    const oack = await asking.next()
    const options = { tsize: '3000', blksize: '1468', windowsize: '4' }
    assert.ok(oack?.packet.kind === 'oack')
    assert.deepEqual(Object.fromEntries(oack.packet.options), options)
    asking.send(error(8, 'User aborted'), oack.from)
    assert.equal(await asking.next(100), undefined)
    const event = events.at(-1)
    assert.ok(event?.kind === 'aborted')
    assert.equal(event.reason, 'client: error 8 “User aborted”')
    const { bytes, size, blockSize, windowSize, retransmissions } = event
    assert.deepEqual([bytes, size, blockSize, windowSize, retransmissions], [0, 3000, 1468, 4, 0])
    assert.equal(server.counters.active, 0)
    assert.deepEqual(await asking.fetch('a', { blksize: '1468', windowsize: '4' }), sample(3000))
  })

  says('a request that comes twice is one transfer, and its answer is said again', async (t) => {
    const { server, events } = await start(t, { a: inMemory(sample(3000)) })
    const asking = await client(t, server)
    asking.ask('a', { blksize: '1024' })
    const first = await asking.next()
    asking.ask('a', { blksize: '1024' })
    const second = await asking.next()
    assert.deepEqual([first?.packet.kind, second?.packet.kind], ['oack', 'oack'])
    assert.equal(first?.from.port, second?.from.port)
    assert.equal(server.counters.active, 1)
    assert.equal(events.filter(({ kind }) => kind === 'request').length, 1)
  })

  says('another request from the same port ends the transfer before it', async (t) => {
    const { server, events } = await start(t, { a: inMemory(sample(3000)), b: inMemory(sample(70)) })
    const asking = await client(t, server)
    asking.ask('a')
    assert.equal((await asking.next())?.packet.kind, 'data')
    assert.deepEqual(await asking.fetch('b'), sample(70))
    assert.ok(events.some((event) => event.kind === 'aborted' && event.path === 'a'))
  })

  says('a stranger on the port of a transfer gets error 5, and the transfer goes on', async (t) => {
    const { server } = await start(t, { a: inMemory(sample(600)) })
    const [asking, stranger] = [await client(t, server), await client(t, server)]
    asking.ask('a')
    const first = await asking.next()
    assert.ok(first)
    stranger.send({ kind: 'ack', block: 1 }, first.from)
    assert.deepEqual((await stranger.next())?.packet, error(5, 'Unknown transfer'))
    stranger.send(error(0, 'die'), first.from)
    stranger.send(Buffer.from('nonsense'), first.from)
    assert.equal(await stranger.next(60), undefined)
    asking.send({ kind: 'ack', block: 1 }, first.from)
    const second = await asking.next()
    assert.ok(second?.packet.kind === 'data' && second.packet.block === 2)
  })

  says('a block that is not acknowledged is sent again', async (t) => {
    const { server } = await start(t, { a: inMemory(sample(600)) })
    const asking = await client(t, server)
    asking.ask('a')
    const [first, again] = [await asking.next(), await asking.next()]
    assert.deepEqual(first?.packet, again?.packet)
    assert.equal(first?.packet.kind, 'data')
  })

  says('nonsense is counted and not answered', async (t) => {
    const { server } = await start(t, { a: inMemory(sample(5)) })
    const asking = await client(t, server)
    for (const bytes of ['', '\0', '\0\x01', '\0\x01a\0octet', '\0\x09abc', 'GET / HTTP/1.1\r\n\r\n']) {
      asking.send(Buffer.from(bytes))
    }
    for (const kind of ['ack', 'data'] as const) asking.send({ kind, block: 1, bytes: new Uint8Array(2) })
    asking.send(error(0, 'no'))
    assert.equal(await asking.next(100), undefined)
    assert.equal(server.counters.malformed, 6)
    assert.equal(server.counters.stray, 3)
  })

  says('an address has its bound, and is served again when a transfer has ended', async (t) => {
    const { server, events } = await start(t, { a: inMemory(sample(600)) }, { maxTransfersPerAddress: 2 })
    const clients = await Promise.all([1, 2, 3].map(() => client(t, server)))
    for (const asking of clients.slice(0, 2)) {
      asking.ask('a')
      assert.equal((await asking.next())?.packet.kind, 'data')
    }
    clients[2]?.ask('a')
    assert.equal(await clients[2]?.next(60), undefined)
    assert.equal(server.counters.busy, 1)
    assert.equal(events.at(-1)?.kind, 'busy')
    const other = await client(t, server, '127.0.0.2')
    assert.deepEqual(await other.fetch('a'), sample(600))
    clients[0]?.ask('nothing')
    assert.equal((await clients[0]?.next())?.packet.kind, 'error')
    assert.deepEqual(await clients[2]?.fetch('a'), sample(600))
  })

  says('1,000 requests that nobody follows stay in bounds and keep nobody out', async (t) => {
    const bytes = sample(50_000)
    let open = 0
    const file = { ...inMemory(bytes), close: () => void open-- }
    const settings = {
      maxTransfers: 100,
      maxTransfersPerAddress: 100,
      open: async () => {
        open++
        return file
      },
    }
    const { server } = await start(t, {}, settings)
    for (let i = 0; i < 1000; i++) {
      const asking = await client(t, server, `127.0.${1 + Math.floor(i / 100)}.1`)
      asking.ask('a', { windowsize: '64' })
      if (i % 50 === 0) await sleep(5)
    }
    await until(() => server.counters.busy >= 500)
    assert.ok(server.counters.active <= 100)
    assert.ok(open <= 100)
    assert.ok(server.counters.busy >= 500, `${server.counters.busy} found no room`)
    await sleep(1000)
    const honest = await client(t, server, '127.0.1.77')
    assert.deepEqual(await honest.fetch('a', { windowsize: '16' }), bytes)
    await server.stop()
    assert.equal(open, 0)
  })

  says('a client that stalls in the middle does not slow the others', async (t) => {
    const bytes = sample(2 ** 20)
    const { server } = await start(t, { a: inMemory(bytes) })
    const stalled = await client(t, server)
    stalled.ask('a', { blksize: '1468', windowsize: '64' })
    const oack = await stalled.next()
    assert.ok(oack)
    stalled.send({ kind: 'ack', block: 0 }, oack.from)
    const clients = await Promise.all([1, 2, 3, 4].map(() => client(t, server)))
    const since = performance.now()
    const got = await Promise.all(clients.map((asking) => asking.fetch('a', { blksize: '1468' })))
    assert.ok(performance.now() - since < 5000)
    for (const one of got) assert.ok(one.equals(bytes))
    await until(() => server.counters.active === 1)
    assert.equal(server.counters.active, 1)
  })
}

function readOf(path: string): Extract<TftpPacket, { kind: 'read' | 'write' }> {
  return { kind: 'read', path, mode: 'octet', options: new Map() }
}
