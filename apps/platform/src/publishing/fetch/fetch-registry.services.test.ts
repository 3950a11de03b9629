import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { Fingerprinter } from '@bootcast/content'
import {
  bufferSource,
  bundleIn,
  newKeyPair,
  parseRegistryReference,
  pushBundle,
  RegistryClient,
} from '@bootcast/image'
import {
  type DockerRegistry,
  missingRegistryPrograms,
  startDockerRegistry,
} from '@bootcast/image/testing/docker-registry'
import { type ContainerImageOptions, writeContainerImage } from '../../../testing/container-image.ts'
import { kernelLike } from '../../../testing/platform-suite.ts'
import { publishingScene, sha256 } from '../../../testing/publishing-scene.ts'
import { signedBundle } from '../../../testing/signed-bundle.ts'
import { tarOf } from '../../../testing/tar-of.ts'
import { Scratch } from '../scratch.ts'
import { fetchInput } from './fetch-input.ts'
import { createFetcher } from './fetcher.ts'
import { refusePrivate } from './private-addresses.ts'

const missing = missingRegistryPrograms()
const skip = missing === undefined ? false : `SKIPPED: not installed: ${missing} (apt-get install)`
const anyAddress = ['--fetch-private', 'yes'] as const
/** htpasswd -nbB me secret */
const htpasswd = 'me:$2b$05$kmgfL7NPrQ6QjC069sE5jOpK94g51V42UnKwDHzVgr7zAWEhgnAF.'

describe('publishing from a registry', { skip }, () => {
  const opened = new AsyncDisposableStack()
  const folder = mkdtempSync(join(tmpdir(), 'bootcast-oci-'))
  let registry: DockerRegistry
  let locked: DockerRegistry

  before(async () => {
    opened.defer(() => rmSync(folder, { recursive: true }))
    registry = opened.use(await startDockerRegistry())
    locked = opened.use(await startDockerRegistry({ htpasswd }))
  })
  after(() => opened.disposeAsync())

  const place = (tag: string, { host } = registry) => `oci://${host}/team/web:${tag}`
  const clientAt = (url: string) =>
    new RegistryClient(parseRegistryReference(url), { plainHttp: true, signal: AbortSignal.timeout(60_000) })

  /** A bundle of a platform that made a release of some files. */
  async function bundle(marker: string): Promise<Buffer> {
    await using at = await publishingScene()
    const files = {
      vmlinuz: kernelLike(marker),
      'initrd.img': gzipSync(marker),
      'rootfs.img': `root of ${marker}`,
    }
    const made = await at.publish('image.tar', tarOf(files))
    assert.equal(made.state, 'done', made.problem?.detail)
    const headers = { authorization: `Bearer ${at.token}` }
    return (await at.get('/api/v1/images/demo/releases/1/bundle', headers)).bytes
  }

  async function pushed(bytes: Buffer, url: string): Promise<void> {
    await pushBundle(await bundleIn(bufferSource(bytes)), clientAt(url), () => undefined)
  }

  /** A container image, brought to its tag by skopeo. */
  function imagePushed(url: string, options: Partial<ContainerImageOptions> = {}, ...more: string[]) {
    const path = mkdtempSync(join(folder, 'image-'))
    const made = writeContainerImage(path, { marker: url, ...options })
    skopeo(path, url, ...more)
    return made
  }

  const skopeo = (path: string, url: string, ...options: string[]) =>
    execFileSync('skopeo', [
      ...['copy', '--quiet', '--dest-tls-verify=false', ...options],
      ...[`oci:${path}`, url.replace('oci://', 'docker://')],
    ])

  test('a bundle is imported as one that is uploaded: the same release, and not twice', async () => {
    const bytes = await bundle('bundle')
    await pushed(bytes, place('bundle'))
    await using at = await publishingScene(...anyAddress)
    const made = await at.ended(await at.start({ input: { url: place('bundle') } }))
    assert.equal(made.state, 'done', made.problem?.detail)
    await using by = await publishingScene()
    assert.deepEqual(made.release?.variants, (await by.publish('demo.pxe', bytes)).release?.variants)
    const again = await at.ended(await at.start({ input: { url: place('bundle') } }))
    assert.equal(again.problem?.code, 'bundle_replayed')
    assert.deepEqual(readdirSync(join(at.started.data, 'scratch')), [])
  })

  test('where keys are trusted, only a bundle that one of them signed is taken from a registry', async () => {
    const bytes = await bundle('signed')
    const keys = join(folder, 'keys')
    mkdirSync(keys)
    const [mine, other] = [newKeyPair(), newKeyPair()]
    writeFileSync(join(keys, 'mine.pub'), mine.publicKey)
    await using at = await publishingScene(...anyAddress, '--trusted-keys', keys)
    const publish = async (tag: string) => await at.ended(await at.start({ input: { url: place(tag) } }))
    await pushed(bytes, place('unsigned'))
    assert.match((await publish('unsigned')).problem?.detail ?? '', /is not signed/)
    await pushed(await signedBundle(bytes, other.privateKey), place('other'))
    assert.equal((await publish('other')).problem?.code, 'bundle_not_trusted')
    assert.deepEqual(await at.kept(), [])
    await pushed(await signedBundle(bytes, mine.privateKey), place('mine'))
    const made = await publish('mine')
    assert.equal(made.state, 'done', made.problem?.detail)
  })

  for (const format of ['oci', 'v2s2']) {
    test(`a container image in the format ${format} is what its layers make of one another`, async () => {
      const image = imagePushed(place(format), {}, '--format', format)
      await using at = await publishingScene(...anyAddress)
      const made = await at.ended(await at.start({ input: { url: place(format) } }))
      assert.equal(made.state, 'done', made.problem?.detail)
      const [variant] = made.release?.variants ?? []
      assert.equal(variant?.recognised?.as, 'Talos Linux')
      assert.equal(variant?.files[0]?.digest, `sha256:${sha256(image.kernel)}`)
    })
  }

  test('of several platforms the first is taken, and another by its digest', async () => {
    const [arm64 = '', amd64 = ''] = imagePushed(
      place('several'),
      { architectures: ['arm64', 'amd64'] },
      '--all',
    ).digests
    const client = clientAt(place('several'))
    const sizeOf = async (digest: string) => (await client.manifest(digest))?.length
    const entry = async (digest: string, architecture: string, os = 'linux') => ({
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      digest,
      size: await sizeOf(digest),
      platform: { architecture, os },
    })
    const mediaType = 'application/vnd.oci.image.index.v1+json'
    // An attestation of BuildKit is no platform.
    const manifests = [
      await entry(arm64, 'unknown', 'unknown'),
      await entry(amd64, 'amd64'),
      await entry(arm64, 'arm64'),
    ]
    const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests }))
    await client.putManifest('several', mediaType, index)
    await using at = await publishingScene(...anyAddress)
    const pathsOf = async (url: string) => {
      const made = await at.ended(await at.start({ input: { url } }))
      assert.equal(made.state, 'done', made.problem?.detail)
      return made.release?.variants[0]?.recognised?.because ?? ''
    }
    assert.match(await pathsOf(place('several')), /install\/amd64/)
    assert.match(await pathsOf(`${place('several')}@${arm64}`), /install\/arm64/)
    const right = await at.ended(
      await at.start({ input: { url: place('several'), digest: `sha256:${sha256(index)}` } }),
    )
    assert.equal(right.state, 'done', right.problem?.detail)
    const wrong = await at.ended(await at.start({ input: { url: place('several'), digest: arm64 } }))
    assert.equal(wrong.problem?.code, 'blob_corrupt')
  })

  test('a registry that wants a user is told who asks, and a wrong password is said in words', async () => {
    imagePushed(place('locked', locked), {}, '--dest-creds', 'me:secret')
    await using at = await publishingScene(...anyAddress)
    const url = place('locked', locked)
    const publish = async (registry?: { user: string; password: string }) =>
      await at.ended(await at.start({ input: { url, ...(registry && { registry }) } }))
    const nobody = await publish()
    assert.deepEqual(
      [nobody.problem?.code, /answers 401.* Sign in with --user/.test(nobody.problem?.detail ?? '')],
      ['fetch_failed', true],
    )
    const wrong = await publish({ user: 'me', password: 'guess' })
    assert.match(wrong.problem?.detail ?? '', /answers 401.* the password is wrong/)
    assert.deepEqual(await at.kept(), [])
    const made = await publish({ user: 'me', password: 'secret' })
    assert.equal(made.state, 'done', made.problem?.detail)
    assert.ok(!at.logged.join('').includes('guess') && !at.logged.join('').includes('secret'))
  })

  const broken: readonly (readonly [
    what: string,
    tag: string,
    prepare: (tag: string) => Promise<void>,
    code: string,
    why: RegExp,
  ])[] = [
    [
      'a tag that is not there',
      'none',
      async () => undefined,
      'fetch_failed',
      /The registry has no none there/,
    ],
    [
      'an artifact of another kind',
      'chart',
      async (tag) => {
        const client = clientAt(place(tag))
        const bytes = Buffer.from('{}')
        const blob = { digest: `sha256:${sha256(bytes)}`, size: bytes.length }
        await client.putBlob(blob.digest, blob.size, async function* () {
          yield bytes
        })
        const config = { mediaType: 'application/vnd.cncf.helm.config.v1+json', ...blob }
        const layers = [{ mediaType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip', ...blob }]
        const mediaType = 'application/vnd.oci.image.manifest.v1+json'
        await client.putManifest(
          tag,
          mediaType,
          Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, config, layers })),
        )
      },
      'unreadable_input',
      /neither a bundle of Bootcast nor a container image \(it is application\/vnd\.cncf\.helm/,
    ],
    [
      'a layer that was changed',
      'layer',
      async (tag) => {
        await pushed(await bundle(tag), place(tag))
        assert.equal(await registry.tamper(`root of ${tag}`), 1)
      },
      'blob_corrupt',
      /gives other bytes for sha256:/,
    ],
    [
      'a manifest that was changed',
      'manifest',
      async (tag) => {
        imagePushed(place(tag))
        const text = String(await clientAt(place(tag)).manifest(tag))
        assert.equal(await registry.tamper(text.slice(-80)), 1)
      },
      'blob_corrupt',
      /gives other bytes for sha256:/,
    ],
    [
      'a manifest that an index names, and that was changed',
      'index',
      async (tag) => {
        await pushed(await bundle(tag), place(tag))
        const index = JSON.parse(String(await clientAt(place(tag)).manifest(tag)))
        const text = String(await clientAt(place(tag)).manifest(index.manifests[0].digest))
        assert.equal(await registry.tamper(text.slice(-300)), 1)
      },
      'blob_corrupt',
      /gives other bytes for sha256:/,
    ],
    [
      'an image without anything that boots',
      'empty',
      async (tag) => {
        imagePushed(place(tag), { home: 'opt/other' })
      },
      'unreadable_input',
      /Nothing recognises it/,
    ],
  ]
  for (const [what, tag, prepare, code, why] of broken) {
    test(`${what} is refused with the reason, and nothing is kept`, async () => {
      await prepare(tag)
      await using at = await publishingScene(...anyAddress)
      const { problem } = await at.ended(await at.start({ input: { url: place(tag) } }))
      assert.equal(problem?.code, code, problem?.detail)
      assert.match(problem?.detail ?? '', why)
      if (tag !== 'empty') assert.deepEqual(await at.kept(), [])
    })
  }

  test('an image larger than the platform takes is refused before it is fetched', async () => {
    imagePushed(place('large'))
    await using at = await publishingScene(...anyAddress, '--max-upload', '4KiB')
    const { problem } = await at.ended(await at.start({ input: { url: place('large') } }))
    assert.equal(problem?.code, 'blob_too_large')
    assert.deepEqual(await at.kept(), [])
  })

  test('a registry of an inner network is not reached unless that is allowed', async () => {
    await using at = await publishingScene()
    const port = registry.host.split(':')[1]
    for (const host of ['127.0.0.1', 'localhost', '[::1]']) {
      const { problem } = await at.ended(
        await at.start({ input: { url: `oci://${host}:${port}/team/web:1` } }),
      )
      assert.equal(problem?.code, 'address_refused', problem?.detail)
      assert.match(problem?.detail ?? '', /an address of an inner network.*--fetch-private/)
    }
  })

  test('a registry that sends for blobs to an inner address is refused there, and followed where that is allowed', async () => {
    let asked = 0
    const storage = createServer((request, response) => {
      asked += 1
      createReadStream(join(redirecting.folder, String(request.url))).pipe(response)
    })
    storage.listen(0, '127.0.0.2')
    await once(storage, 'listening')
    const redirect = `http://127.0.0.2:${(storage.address() as AddressInfo).port}`
    await using redirecting = await startDockerRegistry({ redirect })
    await using fingerprinter = Object.assign(new Fingerprinter(), {
      async [Symbol.asyncDispose]() {
        await fingerprinter.stop()
      },
    })
    const { signal } = new AbortController()
    const scratchFolder = join(folder, 'scratch')
    const scratch = await Scratch.open(scratchFolder, 1e9, signal)
    imagePushed(place('redirected', redirecting))
    const fetched = async (checkAddress: typeof refusePrivate | undefined) => {
      const fetcher = createFetcher({ checkAddress, s3: { access: { region: 'x' }, store: undefined } })
      const settings = { fetcher, scratch, fingerprinter, mostBytes: 1e9, onStage: () => undefined, signal }
      return await fetchInput({ url: place('redirected', redirecting) }, settings)
    }
    try {
      // As if the registry were on the internet.
      const butRegistry: typeof refusePrivate = (host, address) => {
        if (address !== '127.0.0.1') refusePrivate(host, address)
      }
      await assert.rejects(fetched(butRegistry), { code: 'address_refused', message: /127\.0\.0\.2/ })
      assert.deepEqual([asked, readdirSync(scratchFolder)], [0, []])
      await fetched(undefined)
      assert.ok(asked >= 3, `${asked}`)
    } finally {
      storage.closeAllConnections()
      storage.close()
    }
  })
})
