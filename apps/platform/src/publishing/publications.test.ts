import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync, gzipSync } from 'node:zlib'
import { newKeyPair, readPublicKey } from '@bootcast/image'
import { kernelLike } from '../../testing/platform-suite.ts'
import { publishingScene, sha256 } from '../../testing/publishing-scene.ts'
import { signedBundle } from '../../testing/signed-bundle.ts'
import { tarOf } from '../../testing/tar-of.ts'

const scratch = mkdtempSync(join(tmpdir(), 'bootcast-publications-'))
after(() => rmSync(scratch, { recursive: true }))

const rootfs = randomBytes(3_000_000)
const kernel = kernelLike('osbuild')
const initrd = gzipSync('initrd')
const osbuild = { vmlinuz: kernel, 'initrd.img': initrd, 'rootfs.img': rootfs }

for (const [name, pack] of [
  ['image.tar', (tar: Buffer) => tar],
  ['image.tar.gz', (tar: Buffer) => gzipSync(tar)],
  ['image.tar.xz', (tar: Buffer) => execFileSync('xz', ['-1c'], { input: tar, maxBuffer: 1e8 })],
] as const) {
  test(`${name} is recognised, and machines read its files out of the one stored archive`, async () => {
    await using at = await publishingScene()
    const { state, release, problem } = await at.publish(name, pack(tarOf(osbuild)))
    assert.equal(state, 'done', problem?.detail)
    const [variant] = release?.variants ?? []
    assert.deepEqual(
      [variant?.recognised?.as, variant?.architecture, variant?.files.map((file) => [file.role, file.size])],
      [
        'osbuild PXE tar',
        'x86_64',
        [
          ['kernel', kernel.length],
          ['initrd1', initrd.length],
          ['rootfs', rootfs.length],
        ],
      ],
    )
    const script = await at.script()
    const [, address = ''] = /root=live:(\S+)/.exec(script) ?? []
    assert.deepEqual((await at.get(address)).bytes, rootfs)
    const part = await at.get(address, { range: 'bytes=1000000-1000009' })
    assert.deepEqual([part.status, part.bytes], [206, rootfs.subarray(1_000_000, 1_000_010)])
    const [file = ''] = /http:\S+\/vmlinuz/.exec(script) ?? []
    assert.deepEqual((await at.get(file)).bytes, kernel)
    // The archive and its chunk map; what was unpacked is kept, not what was uploaded.
    assert.equal(at.blobs().length, 2)
    assert.deepEqual(readdirSync(join(at.started.data, 'uploads')), [])
    assert.deepEqual(readdirSync(join(at.started.data, 'scratch')), [])
  })
}

test('a tree that machines read by itself is served, links and ranges too, and nothing beside it', async () => {
  await using at = await publishingScene()
  const iso = gunzipSync(
    readFileSync(join(import.meta.dirname, '../../../../modules/image/testing/isos/rock-ridge.iso.gz')),
  )
  assert.equal((await at.publish('cd.iso', iso)).release?.variants[0]?.method, 'iso')
  assert.match(await at.script(), /sanboot.*\/cd\.iso/)
  const files = { ...osbuild, 'deep/er/ü b%c.txt': 'text', empty: '' }
  const byHand = { kernel: 'vmlinuz', initrds: ['initrd.img'], cmdline: 'inst.repo={{tree}} x={{initrd1}}' }
  const made = await at.publish('tree.tar', tarOf(files), { byHand })
  assert.equal(made.state, 'done', made.problem?.detail)
  const [, tree = ''] = /inst\.repo=(\S+)/.exec(await at.script()) ?? []
  assert.match(tree, /^http:.*\/trees\/[0-9a-f]{64}$/)
  assert.equal((await at.get(`${tree}/deep/er/%C3%BC%20b%25c.txt`)).bytes.toString(), 'text')
  assert.deepEqual((await at.get(`${tree}/empty`)).bytes, Buffer.alloc(0))
  assert.deepEqual((await at.get(`${tree}/rootfs.img`, { range: 'bytes=5-8' })).bytes, rootfs.subarray(5, 9))
  for (const path of ['none', '../vmlinuz', '%2e%2e/vmlinuz', 'deep', '__proto__', 'constructor', ''])
    assert.equal((await at.get(`${tree}/${path}`)).status, 404, path)
  await at.client.call('changeSettings', { body: { defaultImage: null } })
  await at.client.call('removeImage', { params: { name: 'demo' } })
  await sleep(5100)
  assert.equal((await at.get(`${tree}/vmlinuz`)).status, 404)
})

const layer = (files: Record<string, string | Buffer>, ...options: string[]) => tarOf(files, ...options)

/** An OCI image layout of two layers; the second takes a file of the first away. */
function ociLayout(): Record<string, Buffer | string> {
  const blobs: Record<string, Buffer | string> = {}
  const put = (bytes: Buffer) => {
    blobs[`blobs/sha256/${sha256(bytes)}`] = bytes
    return { digest: `sha256:${sha256(bytes)}`, size: bytes.length }
  }
  const first = put(gzipSync(layer({ 'usr/install/amd64/vmlinuz': 'old', 'gone.squashfs': 'x' })))
  const second = put(
    layer({
      'usr/install/amd64/vmlinuz': kernel,
      'usr/install/amd64/initramfs.xz': 'i',
      '.wh.gone.squashfs': '',
    }),
  )
  const config = put(Buffer.from('{}'))
  const manifest = put(Buffer.from(JSON.stringify({ schemaVersion: 2, config, layers: [first, second] })))
  blobs['oci-layout'] = '{"imageLayoutVersion":"1.0.0"}'
  blobs['index.json'] = JSON.stringify({ schemaVersion: 2, manifests: [manifest] })
  return blobs
}

test('a container image is what its layers make of one another', async () => {
  await using at = await publishingScene()
  const oci = await at.publish('layout.tar', tarOf(ociLayout()))
  assert.equal(oci.release?.variants[0]?.recognised?.as, 'Talos Linux', oci.problem?.detail)
  assert.match(await at.script(), /talos\.platform=metal/)
  const manifest = JSON.stringify([{ Config: 'c.json', RepoTags: [], Layers: ['a/layer.tar'] }])
  const inside = layer({ vmlinuz: kernel, 'initramfs.xz': 'i' })
  const docker = await at.publish('saved.tar', tarOf({ 'manifest.json': manifest, 'a/layer.tar': inside }))
  assert.equal(docker.release?.variants[0]?.recognised?.as, 'Talos Linux', docker.problem?.detail)
})

test('nothing recognises it: the reason and what was looked for; said by hand it need not be sent again', async () => {
  await using at = await publishingScene()
  const tar = tarOf({ 'my-kernel': kernel, 'my-initrd': initrd })
  const { problem } = await at.publish('odd.tar', tar)
  assert.equal(problem?.code, 'unreadable_input')
  assert.match(problem?.detail ?? '', /^Nothing recognises it\. In it: .*my-kernel.*Looked for: /)
  const blob = `sha256:${sha256(tar)}`
  const byHand = { kernel: 'my-kernel', initrds: ['my-initrd'], cmdline: 'quiet' }
  const again = await at.ended(await at.start({ input: { blob, name: 'odd.tar' }, byHand }))
  assert.equal(again.release?.number, 1, again.problem?.detail)
})

function evil(name: string): Buffer {
  const tar = tarOf({ aaaaaaaaaa: 'x' })
  const at = tar.indexOf('./aaaaaaaaaa')
  tar.write(name.padEnd(12, '\0'), at)
  const head = tar.subarray(at, at + 512)
  head.fill(' ', 148, 156)
  head.write(
    `${head
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
  )
  return tar
}
const qcow2 = Buffer.alloc(70_000)
qcow2.write('QFI\xfb', 0, 'latin1')
qcow2.writeUInt32BE(3, 4)
qcow2.writeBigUInt64BE(104n, 8)
const hostile: readonly (readonly [string, string, Buffer, RegExp])[] = [
  ['a name that leaves the archive', 'a.tar', evil('../../etc/x'), /has a name that leaves it/],
  ['a cut archive', 'a.tar', tarOf(osbuild).subarray(0, 2_000_000), /is it complete\?/],
  [
    'a zip bomb',
    'a.gz',
    gzipSync(Buffer.alloc(300_000_000)),
    /may be made to fill the disk|more than the limit/,
  ],
  [
    'a damaged gzip',
    'a.gz',
    Buffer.concat([gzipSync('x').subarray(0, 12), randomBytes(500)]),
    /damaged or cut/,
  ],
  ['a disk with a backing file', 'a.qcow2', qcow2, /the difference to another image/],
  [
    'an ESXi CD',
    'esxi.tar',
    tarOf({ 'boot.cfg': 'title=Loading ESXi installer', 'b.b00': 'x', 'efi/boot/bootx64.efi': 'MZ' }),
    /^It is VMware ESXi\. Its boot\.cfg .* Install ESXi from its own medium/,
  ],
  ['a text', 'notes.txt', Buffer.from('hello'), /Nothing recognises it/],
]
for (const [what, name, bytes, why] of hostile) {
  test(`${what} is refused with the reason, and nothing is kept`, async () => {
    await using at = await publishingScene()
    const { state, problem } = await at.publish(name, bytes)
    assert.equal(state, 'failed')
    assert.match(problem?.detail ?? '', why)
    assert.equal(problem?.code, 'unreadable_input')
    if (!/Nothing recognises/.test(problem?.detail ?? '')) assert.deepEqual(at.blobs(), [])
    for (const folder of ['uploads', 'scratch'])
      assert.deepEqual(readdirSync(join(at.started.data, folder)), [])
    assert.deepEqual((await at.client.call('listImages', { query: {} })).items, [])
  })
}

test('bytes that are not those that were announced are refused, and not kept', async () => {
  await using at = await publishingScene()
  const id = await at.uploads.create({ name: 'a.tar', size: 3, key: '' })
  await at.uploads.append(id, { from: 0, body: 'abc', length: 3 })
  const input = { upload: id, digest: `sha256:${'0'.repeat(64)}` }
  assert.equal((await at.ended(await at.start({ input }))).problem?.code, 'blob_corrupt')
  assert.deepEqual(at.blobs(), [])
})

test('an upload that is not finished, or not there, makes no release', async () => {
  await using at = await publishingScene()
  const id = await at.uploads.create({ name: 'a.tar', size: 3, key: '' })
  assert.equal((await at.ended(await at.start({ input: { upload: id } }))).problem?.code, 'upload_unfinished')
  assert.equal(await at.uploads.offset(id), 0)
  const none = await at.ended(await at.start({ input: { upload: '0'.repeat(32) } }))
  assert.equal(none.problem?.code, 'upload_not_found')
  const blob = await at.ended(await at.start({ input: { blob: `sha256:${'0'.repeat(64)}`, name: 'x' } }))
  assert.equal(blob.problem?.code, 'blob_missing')
})

test('an address is fetched and published where the operator allows it, and refused where not', async () => {
  const bytes = tarOf(osbuild)
  const server = createServer((_, response) => response.end(bytes))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/image.tar`
  try {
    await using open = await publishingScene('--fetch-private', 'yes')
    const made = await open.ended(await open.start({ input: { url, digest: `sha256:${sha256(bytes)}` } }))
    assert.equal(made.release?.variants[0]?.method, 'linux', made.problem?.detail)
    await using closed = await publishingScene()
    const refused = await closed.ended(await closed.start({ input: { url } }))
    assert.equal(refused.problem?.code, 'address_refused')
  } finally {
    server.closeAllConnections()
    server.close()
  }
})

test('a publication that is ended leaves nothing, and is not for others to see', async () => {
  await using at = await publishingScene()
  const server = createServer((_, response) => void response.write('never ends'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const port = (server.address() as AddressInfo).port
  await using open = await publishingScene('--fetch-private', 'yes')
  const started = await open.start({ input: { url: `http://127.0.0.1:${port}/x` } })
  while ((await open.client.call('showPublication', { params: { id: started.id } })).stage !== 'fetch')
    await sleep(10)
  await open.client.call('cancelPublication', { params: { id: started.id } })
  assert.equal((await open.ended(started)).problem?.code, 'interrupted')
  assert.deepEqual(open.blobs(), [])
  const unknown = { params: { id: '0'.repeat(32) } }
  await assert.rejects(at.client.call('showPublication', unknown), { code: 'publication_not_found' })
  server.closeAllConnections()
  server.close()
})

test('links of an archive are followed within it', async () => {
  await using at = await publishingScene()
  const folder = join(scratch, 'links')
  mkdirSync(join(folder, 'boot'), { recursive: true })
  writeFileSync(join(folder, 'boot/vmlinuz-6.1'), kernel)
  writeFileSync(join(folder, 'boot/initrd-6.1'), initrd)
  writeFileSync(join(folder, 'rootfs.img'), rootfs)
  symlinkSync('boot/vmlinuz-6.1', join(folder, 'vmlinuz'))
  symlinkSync('/boot/initrd-6.1', join(folder, 'initrd.img'))
  const tar = execFileSync('tar', ['-C', folder, '-cf', '-', '.'], { maxBuffer: 1e8 })
  const made = await at.publish('links.tar', tar)
  assert.equal(made.state, 'done', made.problem?.detail)
})

const bundleOf = async (at: Awaited<ReturnType<typeof publishingScene>>, image: string, number: number) => {
  const path = `/api/v1/images/${image}/releases/${number}/bundle`
  return await at.get(path, { authorization: `Bearer ${at.token}` })
}

test('a release goes to another platform as a bundle, and boots the same bytes there', async () => {
  await using from = await publishingScene()
  const byHand = { kernel: 'vmlinuz', initrds: ['initrd.img'], cmdline: 'inst.repo={{tree}} x={{initrd1}}' }
  await from.publish('first.tar', tarOf(osbuild))
  await from.publish('tree.tar', tarOf({ ...osbuild, 'a/b': 'text' }), { byHand })
  const { status, bytes } = await bundleOf(from, 'demo', 2)
  assert.equal(status, 200)
  await using to = await publishingScene()
  const made = await to.publish('demo.pxe', bytes)
  assert.equal(made.state, 'done', made.problem?.detail)
  assert.deepEqual(
    made.release?.variants,
    (await from.client.call('showRelease', { params: { name: 'demo', number: 2 } })).variants,
  )
  const [, tree = ''] = /inst\.repo=(\S+)/.exec(await to.script()) ?? []
  assert.equal((await to.get(`${tree}/a/b`)).bytes.toString(), 'text')
  assert.deepEqual((await to.get(`${tree}/rootfs.img`)).bytes, rootfs)
  const [file = ''] = /http:\S+\/vmlinuz/.exec(await to.script()) ?? []
  assert.deepEqual((await to.get(file)).bytes, kernel)

  const again = await to.publish('demo.pxe', bytes)
  assert.equal(again.problem?.code, 'bundle_replayed')
  const older = await to.publish('demo.pxe', (await bundleOf(from, 'demo', 1)).bytes)
  assert.match(older.problem?.detail ?? '', /demo 1 is not newer than demo 2/)
})

test('a bundle whose file was changed is refused, and nothing is kept', async () => {
  await using at = await publishingScene()
  await at.publish('image.tar', tarOf(osbuild))
  const { bytes } = await bundleOf(at, 'demo', 1)
  const where = bytes.indexOf(rootfs.subarray(0, 64))
  bytes.writeUInt8((bytes.readUInt8(where) ^ 1) & 255, where)
  await using other = await publishingScene()
  const made = await other.publish('demo.pxe', bytes)
  assert.match(made.problem?.detail ?? '', /was announced/)
  assert.deepEqual(other.blobs(), [])
})

test('where keys are trusted, an unsigned bundle and one of an unknown key are refused', async () => {
  await using from = await publishingScene()
  await from.publish('image.tar', tarOf(osbuild))
  const { bytes } = await bundleOf(from, 'demo', 1)
  const keys = join(scratch, 'keys')
  mkdirSync(keys)
  const [mine, other] = [newKeyPair(), newKeyPair()]
  writeFileSync(join(keys, 'mine.pub'), mine.publicKey)
  await using strict = await publishingScene('--trusted-keys', keys)
  const refused = await strict.publish('demo.pxe', bytes)
  assert.deepEqual(
    [refused.problem?.code, /is not signed/.test(refused.problem?.detail ?? '')],
    ['bundle_not_trusted', true],
  )
  const unknown = await strict.publish('demo.pxe', await signedBundle(bytes, other.privateKey))
  assert.match(unknown.problem?.detail ?? '', /signed by no key that is trusted/)
  const signed = await strict.publish('demo.pxe', await signedBundle(bytes, mine.privateKey))
  assert.equal(signed.state, 'done', signed.problem?.detail)
  const signedBy = { key: readPublicKey(mine.publicKey).id, name: 'mine' }
  assert.deepEqual(signed.release?.signedBy, signedBy)
  const { newest, releases } = await strict.client.call('showImage', { params: { name: 'demo' } })
  assert.deepEqual([newest?.signedBy, releases[0]?.signedBy], [signedBy, signedBy])
})

test('a release is told as signed only when its signature was verified here', async () => {
  await using from = await publishingScene()
  await from.publish('image.tar', tarOf(osbuild))
  const bundle = await signedBundle((await bundleOf(from, 'demo', 1)).bytes, newKeyPair().privateKey)
  await using trusting = await publishingScene()
  const made = await trusting.publish('demo.pxe', bundle)
  assert.equal(made.state, 'done', made.problem?.detail)
  assert.ok(made.release !== undefined && !('signedBy' in made.release))
})

test('a bundle needs a sign-in and a release that is there', async () => {
  await using at = await publishingScene()
  assert.equal((await at.get('/api/v1/images/demo/releases/1/bundle')).status, 401)
  assert.equal((await bundleOf(at, 'demo', 1)).status, 404)
  assert.equal((await bundleOf(at, '..%2fx', 1)).status, 400)
})
