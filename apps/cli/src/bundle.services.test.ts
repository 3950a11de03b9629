import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import {
  type DockerRegistry,
  missingRegistryPrograms,
  startDockerRegistry,
} from '@bootcast/image/testing/docker-registry'
import { bzImage, emptyInitrd } from '../testing/boot-files.ts'
import { CommandLine } from '../testing/command-line.ts'
import { type RealPlatform, startRealPlatform } from '../testing/real-platform.ts'

const run = promisify(execFile)
const missing = missingRegistryPrograms()
const skip = missing === undefined ? false : `SKIPPED: not installed: ${missing} (apt-get install)`

describe('bundles, keys and a registry', { skip }, () => {
  const opened = new AsyncDisposableStack()
  let platform: RealPlatform
  let line: CommandLine
  let registry: DockerRegistry

  before(async () => {
    platform = opened.use(await startRealPlatform('--fetch-private', 'yes'))
    line = opened.use(await CommandLine.open())
    registry = opened.use(await startDockerRegistry())
    await ok(['sign-in', platform.url, '-u', 'admin', '--password-stdin'], `${platform.password}\n`)
    const folder = line.path('web')
    await mkdir(folder)
    await writeFile(join(folder, 'vmlinuz'), bzImage(5_000_000, 1))
    await writeFile(join(folder, 'initrd.img'), emptyInitrd())
    await writeFile(join(folder, 'rootfs.img'), Buffer.alloc(3_000_000, 'root'))
    await ok(['publish', folder])
    await ok(['key', 'new', 'work'])
    await ok(['bundle', 'pack', 'web', line.path('web.pxe'), '--sign', 'work'])
  })
  after(() => opened.disposeAsync())

  async function ok(args: readonly string[], stdin?: string) {
    const said = await line.run(args, stdin === undefined ? {} : { stdin })
    assert.equal(said.exitCode, 0, said.stderr)
    return said
  }
  const place = (tag: string) => `oci://${registry.host}/team/web:${tag}`

  test('a bundle goes to a registry and comes back, signed, the same release', async () => {
    const pushed = JSON.parse((await ok(['push', line.path('web.pxe'), place('1'), '--json'])).stdout)
    const pulled = JSON.parse((await ok(['pull', place('1'), line.path('back.pxe'), '--json'])).stdout)
    assert.equal(pulled.index, pushed.digest)
    assert.match(
      (await ok(['bundle', 'verify', line.path('back.pxe')])).stdout,
      /web@1, complete and unchanged, signed by/,
    )
    const again = await ok(['push', line.path('back.pxe'), place('again')])
    assert.match(again.stdout, new RegExp(pushed.digest))
    const published = await ok(['publish', line.path('back.pxe'), '--name', 'other', '--json'])
    assert.deepEqual(
      JSON.parse(published.stdout).variants[0].files,
      JSON.parse((await ok(['image', 'show', 'web', '--json'])).stdout).newest.variants[0].files,
    )
  })

  test('the platform fetches a bundle from its place in a registry', async () => {
    await ok(['push', line.path('web.pxe'), place('fetched')])
    const published = await ok(['publish', place('fetched'), '--name', 'fetched', '--json'])
    assert.deepEqual(
      JSON.parse(published.stdout).variants[0].files,
      JSON.parse((await ok(['image', 'show', 'web', '--json'])).stdout).newest.variants[0].files,
    )
    const none = await line.run(['publish', place('none'), '--name', 'fetched'])
    assert.match(none.stderr, /The file could not be fetched\.\n.*The registry has no none there/s)
  })

  test('a container image is no bundle to pull, and the way on is said', async () => {
    const layout = line.path('image')
    await mkdir(join(layout, 'blobs/sha256'), { recursive: true })
    const put = async (mediaType: string, text: string) => {
      const hex = createHash('sha256').update(text).digest('hex')
      await writeFile(join(layout, 'blobs/sha256', hex), text)
      return { mediaType, digest: `sha256:${hex}`, size: text.length }
    }
    const config = await put(
      'application/vnd.oci.image.config.v1+json',
      '{"architecture":"amd64","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":[]}}',
    )
    const mediaType = 'application/vnd.oci.image.manifest.v1+json'
    const image = { schemaVersion: 2, mediaType, config, layers: [] }
    const manifests = [await put(mediaType, JSON.stringify(image))]
    await writeFile(join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}')
    await writeFile(join(layout, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }))
    const target = place('image').replace('oci://', 'docker://')
    await run('skopeo', ['copy', '--dest-tls-verify=false', `oci:${layout}`, target])
    const said = await line.run(['pull', place('image'), line.path('image.pxe')])
    assert.match(said.stderr, /is a container image, not a bundle.*bootcast publish oci:\/\//s)
  })

  test('skopeo, which is not ours, reads what we pushed', async () => {
    await ok(['push', line.path('web.pxe'), place('skopeo')])
    const target = `docker://${registry.host}/team/web:skopeo`
    const { stdout } = await run('skopeo', ['inspect', '--raw', '--tls-verify=false', target])
    const index = JSON.parse(stdout)
    assert.equal(index.artifactType, 'application/vnd.bootcast.release.v1+json')
    assert.equal(index.manifests[0].platform.architecture, 'amd64')
    const layout = line.path('layout')
    await run('skopeo', [
      'copy',
      '--all',
      '--src-tls-verify=false',
      '--override-os',
      'linux',
      target,
      `oci:${layout}:1`,
    ])
    const blobs = await readdir(join(layout, 'blobs/sha256'))
    for (const { digest } of index.manifests) assert.ok(blobs.includes(digest.slice(7)))
    assert.ok(blobs.length >= 6)
  })

  test('skopeo, which is not ours, reads the unpacked layout', async () => {
    await ok(['bundle', 'unpack', line.path('web.pxe'), line.path('folder')])
    const { stdout } = await run('skopeo', ['inspect', '--raw', `oci:${line.path('folder')}:web-1`])
    assert.equal(JSON.parse(stdout).annotations['com.bootcast.image'], 'web')
    assert.match((await ok(['bundle', 'verify', line.path('folder')])).stdout, /complete and unchanged/)
  })

  test('a registry that changes bytes is found out, and no file is left', async () => {
    await ok(['push', line.path('web.pxe'), place('evil')])
    const changed = await registry.tamper('root'.repeat(100))
    assert.ok(changed > 0)
    const said = await line.run(['pull', place('evil'), line.path('evil.pxe')])
    assert.equal(said.exitCode, 1)
    assert.match(said.stderr, /gives other bytes/)
    await assert.rejects(stat(line.path('evil.pxe')), { code: 'ENOENT' })
    assert.deepEqual(
      (await readdir(line.path('.'))).filter((name) => name.endsWith('.part')),
      [],
    )
  })

  test('what is not in the registry, and what is no place, is told', async () => {
    assert.match(
      (await line.run(['pull', place('none'), line.path('x.pxe')])).stderr,
      /The registry has no none there/,
    )
    assert.match(
      (await line.run(['pull', 'oci://A B', line.path('x.pxe')])).stderr,
      /is no place in a registry/,
    )
    const dead = await line.run(['push', line.path('web.pxe'), 'oci://127.0.0.1:1/x:1'])
    assert.match(dead.stderr, /cannot be reached/)
  })

  test('a key that is not trusted, a changed file, and a file without a signature are refused', async () => {
    await ok(['bundle', 'pack', 'web@1', line.path('plain.pxe')])
    assert.match((await line.run(['bundle', 'verify', line.path('plain.pxe')])).stderr, /is not signed/)
    await ok(['bundle', 'verify', line.path('plain.pxe'), '--unsigned'])
    await ok(['key', 'untrust', 'work'])
    assert.match(
      (await line.run(['bundle', 'verify', line.path('web.pxe')])).stderr,
      /signed by no key that you trust/,
    )
    await writeFile(line.path('work.pub'), (await ok(['key', 'show', 'work'])).stdout)
    await ok(['key', 'trust', line.path('work.pub')])
    await ok(['bundle', 'verify', line.path('web.pxe')])
    const bytes = await readFile(line.path('web.pxe'))
    bytes.writeUInt8(0, bytes.indexOf('rootrootroot') + 7)
    await writeFile(line.path('changed.pxe'), bytes)
    assert.match((await line.run(['bundle', 'verify', line.path('changed.pxe')])).stderr, /was announced/)
  })

  test('a rotated key signs, and what the old one signed counts until it is untrusted', async () => {
    await ok(['key', 'new', 'team'])
    await ok(['bundle', 'pack', 'web', line.path('team.pxe'), '--sign', 'team'])
    const { old } = JSON.parse((await ok(['key', 'rotate', 'team', '--json'])).stdout)
    await ok(['bundle', 'verify', line.path('team.pxe')])
    await ok(['key', 'untrust', old])
    assert.equal((await line.run(['bundle', 'verify', line.path('team.pxe')])).exitCode, 1)
    await ok(['bundle', 'sign', line.path('team.pxe'), '--key', 'team'])
    await ok(['bundle', 'verify', line.path('team.pxe')])
    const { items } = JSON.parse((await ok(['key', 'list', '--json'])).stdout)
    assert.ok(items.some(({ name, isOwn }: { name: string; isOwn: boolean }) => name === 'team' && isOwn))
    assert.equal((await stat(line.path('config/keys/own/team.key'))).mode & 0o077, 0)
  })
})
