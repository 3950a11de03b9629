import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readdir, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { buffer } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { blobStoreContract } from '../../testing/blob-store-contract.ts'
import { BlobCorrupt, BlobMissing } from '../blob-store.ts'
import { type Digest, digestHex, digestOf } from '../digest.ts'
import { DiskStore } from './disk.ts'

const testing = join(import.meta.dirname, '../../testing')

async function folder(t: TestContext): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'bootcast-disk-'))
  t.after(() => rm(root, { recursive: true, force: true }))
  return root
}

async function* text(...chunks: string[]) {
  for (const chunk of chunks) yield Buffer.from(chunk)
}

blobStoreContract('DiskStore', async (t) => DiskStore.open({ root: await folder(t) }))

test('a blob is a read-only file under its digest, and nothing else stays', async (t) => {
  const root = await folder(t)
  const store = await DiskStore.open({ root })
  const { digest } = await store.put(text('boot', 'cast'))
  const hex = digestHex(digest)
  const path = await store.pathOf(digest)
  assert.equal(path, join(root, 'blobs/sha256', hex.slice(0, 2), hex))
  assert.equal((await stat(path)).mode & 0o222, 0)
  assert.deepEqual(await readdir(join(root, 'incoming')), [])
  await assert.rejects(store.pathOf(digestOf(Buffer.from('absent'))), BlobMissing)
})

test('what another process put is there at once', async (t) => {
  const root = await folder(t)
  const [here, there] = [await DiskStore.open({ root }), await DiskStore.open({ root })]
  const blob = await there.put(text('from over there'))
  assert.deepEqual(await here.find(blob.digest), blob)
})

test('a store without its folders is broken, not empty', async (t) => {
  const root = await folder(t)
  const store = await DiskStore.open({ root })
  const { digest } = await store.put(text('x'))
  await rm(join(root, 'blobs'), { recursive: true })
  for (const ask of ['find', 'read', 'pathOf', 'remove'] as const)
    await assert.rejects(store[ask](digest), (error) => !(error instanceof BlobMissing))
  await assert.rejects(store.find(digest), /is its disk mounted\?/)
  await assert.rejects(store.put(text('y')), /ENOENT/)
})

test('verify finds a changed bit, and a cut blob is replaced by the next put', async (t) => {
  const store = await DiskStore.open({ root: await folder(t) })
  const blob = await store.put(text('good bytes'))
  assert.deepEqual(await store.verify(blob.digest), blob)
  const path = await store.pathOf(blob.digest)
  await chmod(path, 0o644)
  await writeFile(path, 'good bytez')
  await assert.rejects(store.verify(blob.digest), BlobCorrupt)
  await truncate(path, 4)
  await store.put(text('good bytes'))
  assert.deepEqual(await store.verify(blob.digest), blob)
  await assert.rejects(store.verify(digestOf(Buffer.from('absent'))), BlobMissing)
})

test('files that are no blobs are not listed', async (t) => {
  const root = await folder(t)
  const store = await DiskStore.open({ root })
  const { digest } = await store.put(text('x'))
  await writeFile(join(root, 'blobs/sha256/ab/README'), 'hello')
  await writeFile(
    join(root, 'blobs/sha256/ab', digestHex(digest).replace(/^../, 'cd')),
    'in the wrong folder',
  )
  const listed = []
  for await (const blob of store.list()) listed.push(blob.digest)
  assert.deepEqual(listed, [digest])
})

test('opening takes away only what nobody writes any more', async (t) => {
  const root = await folder(t)
  await DiskStore.open({ root })
  const incoming = join(root, 'incoming')
  const open = Promise.withResolvers<void>()
  async function* slow() {
    yield Buffer.from('still ')
    await open.promise
    yield Buffer.from('coming')
  }
  const put = (await DiskStore.open({ root })).put(slow())
  while ((await readdir(incoming)).length === 0) await sleep(2)
  const [mine = ''] = await readdir(incoming)
  const [boot, namespace, pid, started] = mine.split('.')
  const twoHoursAgo = Date.now() / 1000 - 7200
  const cases: readonly (readonly [string, { readonly stale: boolean; readonly stays: boolean }])[] = [
    [`${boot}.${namespace}.${pid}.${started}.00`, { stale: true, stays: true }],
    [`${boot}.${namespace}.${pid}.1.01`, { stale: false, stays: false }],
    [`${boot}.${namespace}.4194999.1.02`, { stale: false, stays: false }],
    [`other-boot.${namespace}.4194999.1.03`, { stale: false, stays: true }],
    [`other-boot.${namespace}.4194999.1.04`, { stale: true, stays: false }],
    ['stray', { stale: true, stays: false }],
  ]
  for (const [name, { stale }] of cases) {
    await writeFile(join(incoming, name), 'part of something')
    if (stale) await utimes(join(incoming, name), twoHoursAgo, twoHoursAgo)
  }
  await DiskStore.open({ root })
  const stayed = cases.filter(([, { stays }]) => stays).map(([name]) => name)
  const expected = process.platform === 'linux' ? [...stayed, mine].sort() : undefined
  if (expected) assert.deepEqual((await readdir(incoming)).sort(), expected)
  open.resolve()
  assert.equal((await put).size, 'still coming'.length)
})

test('killed with -9 at any moment, all that is listed is whole and all that was acknowledged is there', async (t) => {
  const root = await folder(t)
  const acknowledged: Digest[] = []
  for (let round = 0; round < 8; round++) {
    const child = spawn(process.execPath, [join(testing, 'put-until-killed.ts'), root], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const lines = createInterface(child.stdout)
    await once(lines, 'line')
    lines.on('line', (line) => acknowledged.push(line as Digest))
    await sleep(5 + Math.random() * 120)
    child.kill('SIGKILL')
    await once(child, 'close')
  }
  const store = await DiskStore.open({ root })
  assert.deepEqual(await readdir(join(root, 'incoming')), [])
  const listed = new Set<string>()
  for await (const { digest } of store.list()) listed.add((await store.verify(digest)).digest)
  assert.ok(acknowledged.length > 0)
  assert.deepEqual(
    acknowledged.filter((digest) => digest.length === 71 && !listed.has(digest)),
    [],
  )
})

const mayMount = process.platform === 'linux' && process.getuid?.() === 0
test('a full disk is StoreFull, leaves nothing behind, and is usable again', {
  skip: mayMount ? false : 'needs root: mounts a small disk in a mount namespace of its own',
}, async (t) => {
  const script = join(testing, 'fill-small-disk.ts')
  const { stdout } = await promisify(execFile)('unshare', [
    '--mount',
    process.execPath,
    script,
    await folder(t),
  ])
  assert.match(stdout, /there is room again/)
})

test('memory stays flat for a blob of 256 MiB', async (t) => {
  const store = await DiskStore.open({ root: await folder(t) })
  const chunk = Buffer.alloc(65_536, 7)
  async function* many() {
    for (let i = 0; i < 4096; i++) yield chunk
  }
  const before = process.memoryUsage().rss
  let most = 0
  const { digest, size } = await store.put(many(), {
    onProgress: () => {
      most = Math.max(most, process.memoryUsage().rss - before)
    },
  })
  assert.equal(size, 256 * 1024 * 1024)
  assert.ok(most < 32 * 1024 * 1024, `grew by ${most} bytes`)
  const tail = await buffer(await store.read(digest, { first: size - 10, last: size - 1 }))
  assert.deepEqual([...tail], Array(10).fill(7))
})
