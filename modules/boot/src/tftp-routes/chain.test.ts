import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { biosLoader } from '../../testing/loader-files.ts'
import { MemoryBootSource } from '../../testing/memory-boot-source.ts'
import { noJournal } from '../boot-journal.ts'
import { Counters } from '../counters.ts'
import { firstConfig } from '../grub/first-config.ts'
import { LoaderShelf } from '../loader-shelf.ts'
import { firstScript } from '../methods/first.ts'
import { BootCodes } from '../sessions/boot-codes.ts'
import { BootSessions } from '../sessions/boot-sessions.ts'
import { openTftpPath, routeOf, tftpRoutes } from './chain.ts'

const directory = mkdtempSync(join(tmpdir(), 'bootcast-tftp-'))
const log = () => {}
const shelf = await LoaderShelf.open({ directory, log })
await shelf.import('undionly.kpxe', [biosLoader()] as never)
after(() => rmSync(directory, { recursive: true }))
const source = new MemoryBootSource()
const baseUrl = 'http://10.77.0.1:8080'
const client = '10.77.0.100'
const sessions = new BootSessions({ isSameMachine: async () => false })
const codes = new BootCodes()
const shared = { shelf, source, sessions, codes, counters: new Counters(), log, journal: noJournal }
const context = { ...shared, baseUrl, client, activateUrl: 'https://boot.example/activate' }

/** The route that claims a path, and the whole of what it gives. */
async function opened(path: string): Promise<readonly [string, Buffer] | undefined> {
  const found = await openTftpPath(path, context)
  if (found === undefined) return undefined
  const { route, file } = found
  const bytes = Buffer.from(await file.read(0, file.size))
  file.close?.()
  return [route, bytes]
}

test('a loader is found by its name, however the firmware writes slashes', async () => {
  for (const path of [
    'undionly.kpxe',
    '/undionly.kpxe',
    '//undionly.kpxe',
    './undionly.kpxe',
    '\\undionly.kpxe',
  ])
    assert.deepEqual(await opened(path), ['loader', biosLoader()], path)
})

test('autoexec.ipxe is the first script', async () => {
  for (const path of ['autoexec.ipxe', '/autoexec.ipxe'])
    assert.deepEqual(await opened(path), ['autoexec', Buffer.from(firstScript(baseUrl).toString())])
})

test('GRUB gets its first configuration, and then says who asks in the path', async () => {
  assert.deepEqual(await opened('/grub/grub.cfg'), ['grub', Buffer.from(firstConfig)])
  const [route, script] = (await opened('/grub/machine.cfg?mac=52:54:00:b0:07:01&product=a/b%20?')) ?? []
  assert.equal(route, 'grub')
  assert.match(String(script), /nothing to boot yet/)
  assert.deepEqual(source.asked, [
    { mac: '52:54:00:b0:07:01', product: 'a/b ?', architecture: 'unknown', address: '10.77.0.100' },
  ])
})

test('files of releases come by the path that they have over HTTP', async () => {
  const hex = 'a'.repeat(64)
  source.files.set(`sha256:${hex}`, Buffer.from('a kernel'))
  const { key, session } = sessions.open({ mac: '52:54:00:b0:07:01' }, client)
  const path = `/b/${key}/files/${hex}/vmlinuz`
  assert.equal(await opened(path), undefined, 'nothing was promised to it')
  sessions.permit(session, {
    ...{ release: 'demo@3', leave: undefined, tree: undefined, documents: {}, fetched: {}, installs: false },
    ...{ files: [`sha256:${hex}`], missing: [`sha256:${hex}`] },
  })
  assert.deepEqual(await opened(path), ['file', Buffer.from('a kernel')])
  assert.deepEqual(
    source.startedBoots.map(({ release }) => release),
    ['demo@3'],
  )
  assert.equal(await opened(path.replace(hex, 'b'.repeat(64))), undefined)
  assert.equal(await opened(path.replace(key, 'A'.repeat(22))), undefined)
  source.broken = new Error('no store')
  await assert.rejects(opened(path), /no store/)
  source.broken = undefined
})

test('a path tells its route, and nothing is opened for it', () => {
  const asked = source.asked.length
  const paths = ['grub/machine.cfg?mac=52:54:00:b0:07:01', `/b/${'A'.repeat(22)}/files/${'a'.repeat(64)}/x`]
  assert.deepEqual(
    [...paths, '/undionly.kpxe', 'autoexec.ipxe', 'none'].map((path) => routeOf(path, shelf)),
    ['grub', 'file', 'loader', 'autoexec', undefined],
  )
  assert.equal(source.asked.length, asked)
})

test('what nobody claims is undefined', async () => {
  const strangers = [
    '',
    '/',
    'UNDIONLY.KPXE',
    '../undionly.kpxe',
    'x/../undionly.kpxe',
    'pxelinux.cfg/default',
    '__proto__',
    'revocations_sku.efi',
    'grub/',
    'grub/?mac=52:54:00:b0:07:01',
    `files/${'0'.repeat(64)}/vmlinuz`,
    `files/${'a'.repeat(63)}/vmlinuz`,
    `files/${'a'.repeat(64)}/a/b`,
  ]
  for (const path of [...strangers, `${'/'.repeat(600)}undionly.kpxe`])
    assert.equal(await opened(path), undefined, path)
})

test('every route has its own name', () => {
  assert.equal(new Set(tftpRoutes.map(({ name }) => name)).size, tftpRoutes.length)
})
