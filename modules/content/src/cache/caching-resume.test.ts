import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { cacheTrial, readPart, someBytes, type Trial } from '../../testing/cache-trial.ts'
import type { FarServer } from '../../testing/far-server.ts'
import { CachingStore } from './caching-store.ts'

const testing = join(import.meta.dirname, '../../testing')
const mebibyte = 1024 * 1024

/** Another upstream has other bytes under the same digests. */
function flipped(bytes: Buffer, at: number): Buffer {
  const other = Buffer.from(bytes)
  other[at] = (other[at] ?? 0) ^ 1
  return other
}

for (const isMapped of ['with', 'without'])
  test(`killed with -9 in the middle, only the rest is fetched, ${isMapped} a chunk map`, async (t) => {
    const { root, server, again, near, publish } = await cacheTrial(t, { by: 'range' })
    const { digest, bytes, options } = publish(someBytes(16))
    const gate = Promise.withResolvers<void>()
    server.pace = () => (server.sentBytes > 10 * mebibyte ? gate.promise : Promise.resolve())
    const one = isMapped === 'with' ? options : { size: options.size }
    await killedWhileFetching(root, server, [
      digest,
      String(options.size),
      ...(one === options ? [options.chunkMap] : []),
    ])
    server.pace = undefined
    gate.resolve()
    server.sentBytes = 0
    const store = await again()
    assert.ok((await readPart(await store.open(digest, one))).equals(bytes))
    await store.fetch(digest, one)
    await near.verify(digest)
    assert.ok(server.sentBytes < 11.5 * mebibyte, `${server.sentBytes} bytes more`)
  })

/** Until the upstream gives no more, and some of it was noted. */
async function killedWhileFetching(root: string, server: FarServer, args: string[]): Promise<void> {
  const base = `http://127.0.0.1:${server.port}`
  const script = join(testing, 'fetch-until-killed.ts')
  const child = spawn(process.execPath, [script, root, base, ...args], { stdio: 'inherit' })
  while ((await notedBytes(join(root, 'arriving'))) < 5 * mebibyte) await sleep(10)
  child.kill('SIGKILL')
  await once(child, 'close')
}

/** About: chunks of random bytes have 64 KiB and more on average. */
async function notedBytes(folder: string): Promise<number> {
  const names = await readdir(folder).catch(() => [])
  const notes = names.filter((name) => name.endsWith('.have'))
  const sizes = notes.map(async (name) => {
    const { here = '', bytes = 0 } = JSON.parse(await readFile(join(folder, name), 'utf8').catch(() => '{}'))
    const ones = Buffer.from(here, 'base64').reduce(
      (sum, byte) => sum + (byte.toString(2).match(/1/g)?.length ?? 0),
      0,
    )
    return bytes + ones * 65_536
  })
  return Math.max(0, ...(await Promise.all(sizes)))
}

async function partial({ server, store, publish }: Trial, t: TestContext) {
  const blob = publish(someBytes(4))
  server.pace = () => (server.sentBytes > 3 * mebibyte ? new Promise(() => undefined) : Promise.resolve())
  await store.open(blob.digest, blob.options)
  while ((store.arriving().find((one) => one.digest === blob.digest)?.have ?? 0) < 2 * mebibyte)
    await sleep(5)
  await store.stop()
  server.pace = undefined
  server.sentBytes = 0
  t.diagnostic(`stopped at ${store.counts.fetchedBytes}`)
  return blob
}

test('what a stopped cache had is checked again, and what the disk changed meanwhile is fetched', async (t) => {
  const trial = await cacheTrial(t, { by: 'range' })
  const { digest, bytes, options } = await partial(trial, t)
  const [name = ''] = (await readdir(trial.folder)).filter((one) => /\.[0-9a-f]{12}$/.test(one))
  await using file = await open(join(trial.folder, name), 'r+')
  await file.write(flipped(bytes, 300_000).subarray(300_000, 300_001), 0, 1, 300_000)
  const store = await trial.again()
  assert.ok((await readPart(await store.open(digest, options))).equals(bytes))
  await store.fetch(digest, options)
  await trial.near.verify(digest)
  assert.ok(store.counts.resumedBytes > mebibyte)
  assert.ok(trial.server.sentBytes < 2.6 * mebibyte, `${trial.server.sentBytes}`)
})

test('a note of what has arrived that is broken, or lies, is not believed', async (t) => {
  for (const note of ['{', 'null', '{"size":4194304,"bytes":1e99}']) {
    const trial = await cacheTrial(t, { by: 'range' })
    const { digest, bytes, options } = await partial(trial, t)
    const [name = ''] = (await readdir(trial.folder)).filter((one) => one.endsWith('.have'))
    await writeFile(join(trial.folder, name), note)
    const store = await trial.again()
    assert.ok((await readPart(await store.open(digest, options))).equals(bytes))
  }
  const trial = await cacheTrial(t)
  const { digest, bytes } = await partial(trial, t)
  const [name = ''] = (await readdir(trial.folder)).filter((one) => one.endsWith('.have'))
  await writeFile(join(trial.folder, name), JSON.stringify({ size: bytes.length, bytes: bytes.length }))
  const store = await trial.again()
  await store.fetch(digest, { size: bytes.length })
  await trial.near.verify(digest)
})

test('what no fetch can go on with is removed when the folder is opened', async (t) => {
  const { folder, again, publish, store } = await cacheTrial(t)
  const kept = publish(someBytes(1))
  await store.fetch(kept.digest, kept.options)
  await store.stop()
  const hex = kept.digest.slice(7)
  const names = [
    `${hex}.0123456789ab`,
    `${hex}.0123456789ab.have`,
    'stray',
    `${'0'.repeat(64)}.0123456789ab`,
    'x.have',
  ]
  for (const name of names) await writeFile(join(folder, name), '{}')
  await again()
  assert.deepEqual(await readdir(folder), [])
})

const mayMount = process.platform === 'linux' && process.getuid?.() === 0
test('a full disk fails the fetch as StoreFull, and what is in the store goes on being served', {
  skip: mayMount ? false : 'needs root: mounts a small disk in a mount namespace of its own',
}, async (t) => {
  const root = await mkdtemp(join(tmpdir(), 'bootcast-small-'))
  t.after(() => rm(root, { recursive: true, force: true }))
  const script = join(testing, 'cache-on-small-disk.ts')
  const { stdout } = await promisify(execFile)('unshare', ['--mount', process.execPath, script, root])
  assert.match(stdout, /serves what it has/)
})

test('a folder that cannot be used is told at the start', async (t) => {
  const { near, far, root } = await cacheTrial(t)
  await writeFile(join(root, 'file'), '')
  await assert.rejects(CachingStore.open({ near, far, folder: join(root, 'file', 'x') }), { code: 'ENOTDIR' })
})
