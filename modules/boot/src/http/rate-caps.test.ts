import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type FileServerOptions, fileServer } from '../../testing/file-server.ts'
import { RateCaps } from './rate-caps.ts'

const MiB = 1024 * 1024
const never = new AbortController().signal
const none = () => undefined

/** Takes bytes until the time is over: how many. */
async function takeFor(ms: number, caps: RateCaps, client: string, wanted = 64 * MiB): Promise<number> {
  const until = performance.now() + ms
  let taken = 0
  while (performance.now() < until) {
    const gate = caps.gateFor(client)
    assert.ok(gate)
    taken += 1 + (await gate(0, wanted - 1, never))
  }
  return taken
}

test('without a cap there is no gate', () => {
  assert.equal(new RateCaps({ total: none, client: none }).gateFor('a'), undefined)
})

test('all together get what the cap gives, and each client the same, however many bodies it has', async () => {
  const caps = new RateCaps({ total: () => 40 * MiB, client: none })
  const startedAt = performance.now()
  const bodies = ['a', 'b', 'c', 'c', 'c', 'c'].map((client) => takeFor(1000, caps, client))
  const [a = 0, b = 0, ...ofC] = await Promise.all(bodies)
  const seconds = (performance.now() - startedAt) / 1000
  const c = ofC.reduce((sum, taken) => sum + taken, 0)
  // One beat may be made up for, and the last piece of each is on its way.
  assert.ok(a + b + c <= 40 * MiB * (seconds + 0.1) + 6 * 4 * MiB, `${(a + b + c) / MiB} MiB in ${seconds} s`)
  assert.ok(a + b + c >= 10 * MiB, `${(a + b + c) / MiB} MiB in ${seconds} s`)
  for (const [one, other] of [
    [a, b],
    [a, c],
  ] as const)
    assert.ok(Math.abs(one - other) < 0.35 * (one + other), `${one} and ${other}`)
})

test('a client has its own cap, and does not hold up others', async () => {
  const caps = new RateCaps({ total: none, client: () => 4 * MiB })
  const startedAt = performance.now()
  const taken = await Promise.all(['a', 'b', 'b'].map((client) => takeFor(600, caps, client)))
  const seconds = (performance.now() - startedAt) / 1000
  const [a = 0, ...ofB] = taken
  const b = ofB.reduce((sum, one) => sum + one, 0)
  for (const one of [a, b]) {
    assert.ok(one <= 4 * MiB * (seconds + 0.1) + MiB, `${one / MiB} MiB in ${seconds} s`)
    assert.ok(one >= MiB, `${one / MiB} MiB in ${seconds} s`)
  }
})

test('pieces are not below 64 KiB, and not above what is wanted', async () => {
  const caps = new RateCaps({ total: () => 1, client: none })
  assert.equal(await caps.gateFor('a')?.(100, MiB, never), 100 + 64 * 1024 - 1)
  const wide = new RateCaps({ total: () => 1e12, client: none })
  assert.equal(await wide.gateFor('a')?.(100, 64 * MiB, never), 100 + 4 * MiB - 1)
  assert.equal(await wide.gateFor('a')?.(5, 5, never), 5)
})

test('who leaves while it waits takes nothing and leaves nothing behind', async () => {
  const caps = new RateCaps({ total: () => 64 * 1024, client: none })
  const gate = caps.gateFor('a')
  await gate?.(0, MiB, never)
  await gate?.(0, MiB, never)
  const leaving = new AbortController()
  const waits = assert.rejects(async () => gate?.(0, MiB, leaving.signal), /gone/)
  await sleep(10)
  leaving.abort(new Error('gone'))
  await waits
  await assert.rejects(async () => gate?.(0, MiB, leaving.signal), /gone/)
})

test('a cap that is lifted holds nobody any longer than its last piece', async () => {
  let rate: number | undefined = 64 * 1024
  const caps = new RateCaps({ total: () => rate, client: none })
  const gate = caps.gateFor('a')
  await gate?.(0, MiB, never)
  await gate?.(0, MiB, never)
  rate = undefined
  assert.equal(await gate?.(0, 3 * MiB, never), 3 * MiB)
  assert.equal(caps.gateFor('a'), undefined)
})

/** How long it takes until a file has come. */
async function timeOf(t: TestContext, options: FileServerOptions, clients: number): Promise<number> {
  const server = await fileServer(t, options)
  const bytes = await server.add('/initrd', 4 * MiB + 1)
  const small = await server.add('/small', 900)
  const startedAt = performance.now()
  const gets = Array.from({ length: clients }, async () => {
    const client = server.client()
    assert.ok((await client.get('/initrd')).body.equals(bytes))
    assert.ok((await client.get('/small')).body.equals(small))
    const { body } = await client.get('/initrd', { range: `bytes=${MiB}-${MiB + 9}` })
    assert.ok(body.equals(bytes.subarray(MiB, MiB + 10)))
  })
  await Promise.all(gets)
  return performance.now() - startedAt
}

for (const way of [{ threads: 2 }, { threads: 0 }, { files: 'streamed' }] as const)
  test(`files come whole and no faster than the caps, ${JSON.stringify(way)}`, async (t) => {
    const total = await timeOf(t, { ...way, totalBytesPerSecond: () => 8 * MiB }, 2)
    assert.ok(total > 700, `${total} ms for 8 MiB at 8 MiB/s`)
    const client = await timeOf(t, { ...way, clientBytesPerSecond: () => 8 * MiB }, 1)
    assert.ok(client > 300, `${client} ms for 4 MiB at 8 MiB/s`)
  })

test('a file that arrives is capped, too', async (t) => {
  const server = await fileServer(t, { totalBytesPerSecond: () => 4 * MiB })
  const file = await server.addArriving('/initrd', 2 * MiB)
  const startedAt = performance.now()
  const answer = server.client().get('/initrd')
  await file.arrive(0, MiB - 1)
  await file.arrive(MiB, 2 * MiB - 1)
  assert.ok((await answer).body.equals(file.bytes))
  assert.ok(performance.now() - startedAt > 300)
})
