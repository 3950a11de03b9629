import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { LoaderShelf } from '@bootcast/boot'
import { biosLoader, efiLoader } from '@bootcast/boot/testing/loader-files'
import { eventually } from '../../testing/eventually.ts'
import { LoaderSync, type ToldLoader } from './loader-sync.ts'

const told = (name: string, bytes: Buffer): ToldLoader => ({
  ...{ name, size: bytes.length },
  digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`,
})
const [efi, bios] = [efiLoader(), biosLoader()]
const both = [told('ipxe.efi', efi), told('undionly.kpxe', bios)]

async function scene(t: TestContext) {
  const directory = await mkdtemp(join(tmpdir(), 'bootcast-loaders-'))
  const log: string[] = []
  const shelf = await LoaderShelf.open({ directory, log: () => undefined })
  /** By name; absent: the upstream is away. */
  const upstream = new Map<string, Buffer>([
    ['ipxe.efi', efi],
    ['undionly.kpxe', bios],
  ])
  const fetched: string[] = []
  const sync = new LoaderSync({
    shelf,
    log: (level, message) => log.push(`${level}: ${message}`),
    retryMs: 20,
    async *bytesOf({ name }) {
      fetched.push(name)
      const bytes = upstream.get(name)
      if (bytes === undefined) throw new Error('the upstream is away')
      yield bytes
    },
  })
  t.after(async () => {
    sync.stop()
    await rm(directory, { recursive: true, force: true })
  })
  const names = () => shelf.list().map(({ name }) => name)
  return { shelf, sync, upstream, fetched, log, names }
}

test('loaders of the upstream come, once, and go when they are none of its any more', async (t) => {
  const { sync, names, fetched } = await scene(t)
  assert.equal(await sync.follow(both), true)
  assert.equal(await sync.follow(both), true)
  assert.deepEqual(fetched, ['ipxe.efi', 'undionly.kpxe'])
  assert.equal(await sync.follow(both.slice(1)), true)
  assert.deepEqual(names(), ['undionly.kpxe'])
})

test('other bytes than those that were signed are not taken: what is there stays, and is asked for again', async (t) => {
  const { sync, shelf, upstream } = await scene(t)
  await sync.follow(both)
  const newer = efiLoader({ text: '\0iPXE\0iPXE/%s\0\x002.0.0+test-2\0https\0' })
  upstream.set('ipxe.efi', bios)
  assert.equal(await sync.follow([told('ipxe.efi', newer), ...both.slice(1)]), false)
  assert.equal(shelf.find('ipxe.efi')?.digest, both[0]?.digest)
  upstream.set('ipxe.efi', newer)
  await eventually(() => shelf.find('ipxe.efi')?.digest === told('ipxe.efi', newer).digest)
})

test('while the upstream is away what is there stays; what is missing comes when it is back', async (t) => {
  const { sync, upstream, names } = await scene(t)
  upstream.delete('undionly.kpxe')
  assert.equal(await sync.follow(both), false)
  assert.deepEqual(names(), ['ipxe.efi'])
  upstream.set('undionly.kpxe', bios)
  await eventually(() => names().length === 2)
})

test('a shelf that cannot be changed is told of, and the next loaders are followed', async (t) => {
  const { sync, shelf, names, log } = await scene(t)
  await sync.follow(both)
  const remove = t.mock.method(shelf, 'remove', async () => {
    throw new Error('EROFS')
  })
  assert.equal(await sync.follow(both.slice(1)), false)
  assert.ok(log.includes('error: the boot loaders cannot be kept'))
  remove.mock.restore()
  assert.equal(await sync.follow(both), true)
  assert.deepEqual(names(), ['ipxe.efi', 'undionly.kpxe'])
})
