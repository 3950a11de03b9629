import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { bufferSource, OutsideOfSource } from '../byte-source.ts'
import type { NetbootConfig } from '../netboot-config.ts'
import { readDirectory } from '../readers/directory.ts'
import { readTar } from '../readers/tar.ts'
import { tarEnd, tarHeader, tarPadding } from '../tar-writer.ts'
import { type Tree, Unreadable } from '../tree.ts'
import { type BundleRelease, digestOf, makeBundle } from './bundle.ts'
import { blobPath, mediaTypes } from './documents.ts'
import { readBundle, verifyBlobs } from './read-bundle.ts'
import { newKeyPair, readPublicKey, signatureManifest, signerOf, signStatement } from './signature.ts'

const scratch = mkdtempSync(join(tmpdir(), 'bootcast-bundle-'))
after(() => rmSync(scratch, { recursive: true }))

const contents = ['kernel', 'initrd', '{"table":1}', 'tree blob'].map((text) => Buffer.from(text))
const [kernel, initrd, table, treeBlob] = contents.map((bytes) => ({
  digest: digestOf(bytes),
  size: bytes.length,
}))
assert.ok(kernel && initrd && table && treeBlob)
const boot = {
  method: 'linux',
  kernel: 'kernel',
  initrds: [{ file: 'initrd1' }],
  cmdline: 'x={{tree}}',
} as const
const config = (architecture: NetbootConfig['architecture']): NetbootConfig => ({
  schema: 1,
  architecture,
  boot: { ...boot, initrds: [...boot.initrds] },
  parameters: [],
  provenance: [],
})
const files = [
  { role: 'kernel', name: 'vmlinuz', ...kernel },
  { role: 'initrd1', name: 'initrd.img', ...initrd },
]
const release: BundleRelease = {
  image: 'demo',
  number: 3,
  createdAt: 1_700_000_000_000,
  variants: [
    { config: config('x86_64'), files, tree: { table, blobs: [treeBlob] } },
    { config: { ...config('arm64'), cpuLevel: 'x86-64-v3' }, files },
  ],
}

/** All files of the layout: path → content. */
function layout(): Map<string, Buffer> {
  const { documents, blobs } = makeBundle(release)
  const all = new Map(documents)
  for (const { digest } of blobs)
    all.set(blobPath(digest), contents.find((bytes) => digestOf(bytes) === digest) ?? Buffer.alloc(0))
  return all
}

async function treeOf(all: ReadonlyMap<string, Buffer>): Promise<Tree> {
  const parts = [...all].flatMap(([path, bytes]) => [
    tarHeader({ path, size: bytes.length }),
    bytes,
    Buffer.alloc(tarPadding(bytes.length)),
  ])
  const tree = await readTar(bufferSource(Buffer.concat([...parts, tarEnd])))
  assert.ok(tree)
  return tree
}

test('a release comes back from its tar and from its folder as it was', async () => {
  const folder = join(scratch, 'layout')
  for (const [path, bytes] of layout()) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), bytes)
  }
  for (const tree of [await treeOf(layout()), await readDirectory(folder)]) {
    const bundle = await readBundle(tree)
    assert.ok(bundle)
    assert.deepEqual(bundle.release, release)
    assert.deepEqual(bundle.index.digest, makeBundle(release).index.digest)
    await verifyBlobs(tree, bundle)
  }
})

test('the same release is the same bytes, for ever', () => {
  assert.equal(makeBundle(release).index.digest, makeBundle(structuredClone(release)).index.digest)
  assert.equal(makeBundle(release).index.digest.slice(7, 23), '65e97016cbc5a009')
})

test('an image layout of somebody else is no bundle', async () => {
  const index = Buffer.from(JSON.stringify({ schemaVersion: 2, manifests: [] }))
  const all = new Map([
    ['oci-layout', Buffer.from('{}')],
    ['index.json', index],
  ])
  assert.equal(await readBundle(await treeOf(all)), undefined)
})

const indexPath = blobPath(makeBundle(release).index.digest)
const broken: readonly (readonly [string, (all: Map<string, Buffer>) => void, RegExp])[] = [
  [
    'a document that was changed',
    (all) => all.set(indexPath, Buffer.from(String(all.get(indexPath)).replace('"3"', '"4"'))),
    /it was changed/,
  ],
  ['a file that is not there', (all) => all.delete(blobPath(kernel.digest)), /is it complete\?/],
  [
    'a file of another size',
    (all) => all.set(blobPath(kernel.digest), Buffer.from('k')),
    /bytes, 6 were announced/,
  ],
  ['an index that is no JSON', (all) => all.set('index.json', Buffer.from('{')), /is no JSON/],
  ['an index of another form', (all) => all.set('index.json', Buffer.from('[]')), /not of the right form/],
]
for (const [what, change, why] of broken) {
  test(`${what} is refused`, async () => {
    const all = layout()
    change(all)
    await assert.rejects(readBundle(await treeOf(all)), (error: Error) => {
      assert.ok(error instanceof Unreadable, String(error))
      assert.match(error.message, why)
      return true
    })
  })
}

test('a file of the right size and other bytes is found', async () => {
  const all = layout()
  all.set(blobPath(kernel.digest), Buffer.from('kernfl'))
  const tree = await treeOf(all)
  const bundle = await readBundle(tree)
  assert.ok(bundle)
  await assert.rejects(verifyBlobs(tree, bundle), /was announced/)
})

const statement = { image: 'demo', number: 3, index: makeBundle(release).index.digest }

test('a signature counts for its key, its release and its number, and for nothing else', () => {
  const [mine, other] = [newKeyPair(), newKeyPair()]
  const [key, stranger] = [readPublicKey(mine.publicKey), readPublicKey(other.publicKey)]
  const envelope = signStatement(statement, mine.privateKey)
  assert.equal(signerOf([envelope], statement, [stranger, key])?.id, key.id)
  assert.equal(signerOf([envelope], statement, [stranger]), undefined)
  assert.equal(signerOf([], statement, [key]), undefined)
  for (const change of [{ number: 4 }, { image: 'evil' }, { index: `sha256:${'0'.repeat(64)}` }])
    assert.equal(signerOf([envelope], { ...statement, ...change }, [key]), undefined)
  const forged = JSON.parse(envelope.toString())
  forged.payload = Buffer.from(JSON.stringify({ ...statement, number: 9 })).toString('base64')
  assert.equal(signerOf([Buffer.from(JSON.stringify(forged))], { ...statement, number: 9 }, [key]), undefined)
})

test('the signature lies in the layout and is found for its release only', async () => {
  const { privateKey, publicKey } = newKeyPair()
  const envelope = signStatement(statement, privateKey)
  const add = (subject: string): Map<string, Buffer> => {
    const all = layout()
    const blob = { mediaType: mediaTypes.envelope, digest: digestOf(envelope), size: envelope.length }
    const manifest = signatureManifest(blob, { mediaType: mediaTypes.index, digest: subject, size: 1 })
    all.set(blobPath(blob.digest), envelope)
    all.set(blobPath(digestOf(manifest)), manifest)
    const index = JSON.parse(String(all.get('index.json')))
    const descriptor = { mediaType: mediaTypes.manifest, digest: digestOf(manifest), size: manifest.length }
    index.manifests.push({ ...descriptor, artifactType: mediaTypes.signature })
    return all.set('index.json', Buffer.from(JSON.stringify(index)))
  }
  const envelopes = async (subject: string) => (await readBundle(await treeOf(add(subject))))?.envelopes ?? []
  assert.ok(signerOf(await envelopes(statement.index), statement, [readPublicKey(publicKey)]))
  assert.deepEqual(await envelopes(`sha256:${'1'.repeat(64)}`), [])
})

test('keys of another kind and broken ones are refused', () => {
  assert.throws(() => readPublicKey('nonsense'))
  assert.throws(() => signStatement(statement, 'nonsense'))
})

const numRuns = Number(process.env['FUZZ_RUNS'] ?? 500)
test('no bytes make reading fail in any other way than with Unreadable', async () => {
  const good = layout()
  const paths = [...good.keys()]
  const flip = fc.tuple(fc.constantFrom(...paths), fc.nat(400), fc.nat(255))
  const { publicKey } = newKeyPair()
  await fc.assert(
    fc.asyncProperty(fc.array(flip, { minLength: 1, maxLength: 4 }), async (flips) => {
      const all = new Map([...good].map(([path, bytes]) => [path, Buffer.from(bytes)]))
      for (const [path, at, value] of flips) {
        const bytes = all.get(path)
        if (bytes !== undefined && bytes.length > 0) bytes.writeUInt8(value, at % bytes.length)
      }
      try {
        const tree = await treeOf(all)
        const bundle = await readBundle(tree)
        if (bundle !== undefined) await verifyBlobs(tree, bundle)
        signerOf([...all.values()], statement, [readPublicKey(publicKey)])
      } catch (error) {
        assert.ok(
          error instanceof Unreadable || error instanceof OutsideOfSource,
          String((error as Error).stack),
        )
      }
    }),
    { numRuns },
  )
})
