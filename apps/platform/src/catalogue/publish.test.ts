import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { type Digest, digestOf, Fingerprinter, MemoryStore } from '@bootcast/content'
import { bzImageHead, gzipInitrd } from '@bootcast/image/testing/boot-images'
import { killedWhilePublishing } from '../../testing/killed-while-publishing.ts'
import { openDatabase } from '../database/open.ts'
import { Scratch } from '../publishing/scratch.ts'
import { BlobHolds } from './blob-holds.ts'
import { createPublisher } from './publish.ts'
import { SqlCatalogueStore } from './sql-catalogue-store.ts'

const folder = mkdtempSync(join(tmpdir(), 'bootcast-publish-'))
const fingerprinter = new Fingerprinter()
after(async () => {
  await fingerprinter.stop()
  rmSync(folder, { recursive: true })
})

async function publisher() {
  const database = await openDatabase({ kind: 'sqlite', path: ':memory:' })
  const catalogue = new SqlCatalogueStore(database)
  const blobs = new MemoryStore()
  const upload = async (name: string, bytes: Uint8Array) => {
    await blobs.put(
      (async function* () {
        yield bytes
      })(),
    )
    return { name, digest: digestOf(bytes) }
  }
  const kernel = await upload('vmlinuz', bzImageHead())
  const initrd = await upload('initrd.img', gzipInitrd)
  const request = { image: 'demo', kernel, initrds: [initrd], cmdline: 'console=ttyS0', user: 'admin' }
  const scratch = await Scratch.open(join(folder, 'scratch'), 1e9, new AbortController().signal)
  const parts = { catalogue, blobs, holds: new BlobHolds(), fingerprinter, scratch }
  return {
    publish: createPublisher({ ...parts, now: () => 7 }),
    catalogue,
    blobs,
    upload,
    request,
  }
}

test('a release has the architecture of its kernel and the sizes of its files', async () => {
  const { publish, request } = await publisher()
  const release = await publish(request)
  const [variant] = release.variants
  assert.deepEqual(
    [release.number, variant?.config.architecture, release.createdAt, variant?.files.map(({ size }) => size)],
    [1, 'x86_64', 7, [65_536, gzipInitrd.length]],
  )
})

test('each file has a chunk map, by which a site sees what is new in the next one', async () => {
  const { publish, request, catalogue, blobs } = await publisher()
  const release = await publish(request)
  const all = (await catalogue.blobsOf([release])).get('demo@1') ?? []
  const mapOf = new Map(all.map(({ digest, chunkMap }) => [digest, chunkMap]))
  for (const { digest } of [request.kernel, ...request.initrds]) {
    const chunkMap = mapOf.get(digest) ?? ''
    assert.ok(mapOf.has(chunkMap), 'the release has it as a blob, too')
    assert.ok((await blobs.find(chunkMap as Digest)).size > 0)
  }
  assert.equal(all.length, 4)
})

test('two initrds of one name get different names, as UEFI tells them apart by name', async () => {
  const { publish, request, upload } = await publisher()
  const second = await upload('initrd.img', Buffer.from('070701 second'))
  const release = await publish({ ...request, initrds: [...request.initrds, second] })
  assert.deepEqual(
    release.variants[0]?.files.map(({ name }) => name),
    ['vmlinuz', 'initrd.img', '2-initrd.img'],
  )
})

test('the usual channel follows, another one, or none', async () => {
  const { publish, request, catalogue } = await publisher()
  await publish(request)
  await publish({ ...request, channel: 'testing' })
  await publish({ ...request, channel: null })
  const { channels } = await catalogue.findImage('demo')
  assert.deepEqual(
    channels.map(({ name, number }) => [name, number]),
    [
      ['stable', 1],
      ['testing', 2],
    ],
  )
})

type Asked = Awaited<ReturnType<typeof publisher>>
const refusals: readonly (readonly [
  string,
  (asked: Asked) => Promise<object>,
  { code: string; message: RegExp },
])[] = [
  [
    'a kernel that is none',
    async ({ upload }) => ({ kernel: await upload('vmlinuz', Buffer.from('hello')) }),
    { code: 'not_a_kernel', message: /vmlinuz: It is a text, not a Linux kernel/ },
  ],
  [
    'an initrd that is none',
    async ({ upload }) => ({ initrds: [await upload('root.squashfs', Buffer.from('hsqs....'))] }),
    { code: 'not_an_initrd', message: /root\.squashfs: It is a squashfs/ },
  ],
  [
    'kernel and initrd swapped',
    async ({ request }) => ({ kernel: request.initrds[0], initrds: [request.kernel] }),
    { code: 'not_a_kernel', message: /gzip/ },
  ],
  [
    'a file that was never uploaded',
    async () => ({ kernel: { name: 'vmlinuz', digest: `sha256:${'1'.repeat(64)}` } }),
    { code: 'blob_not_uploaded', message: /has not been uploaded/ },
  ],
  [
    'a command line that expands',
    async () => ({ cmdline: 'root=${netX/mac}' }),
    { code: 'invalid_command_line', message: /./ },
  ],
  [
    'a command line of two lines',
    async () => ({ cmdline: 'quiet\nshell' }),
    { code: 'invalid_command_line', message: /./ },
  ],
]
for (const [what, change, expected] of refusals) {
  test(`${what} is refused, and nothing is published`, async () => {
    const asked = await publisher()
    await assert.rejects(asked.publish({ ...asked.request, ...(await change(asked)) }), expected)
    await assert.rejects(asked.catalogue.findImage('demo'), { code: 'image_not_found' })
  })
}

killedWhilePublishing('SQLite', async () => ({ kind: 'sqlite', path: join(folder, 'catalogue.db') }))
