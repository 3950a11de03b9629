import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { biosLoader } from '../../testing/loader-files.ts'
import { LoaderShelf } from '../loader-shelf.ts'
import { firstScript } from '../methods/first.ts'
import { openTftpPath, tftpRoutes } from './chain.ts'

const directory = mkdtempSync(join(tmpdir(), 'bootcast-tftp-'))
const shelf = await LoaderShelf.open({ directory, log: () => {} })
await shelf.import('undionly.kpxe', [biosLoader()] as never)
after(() => rmSync(directory, { recursive: true }))
const context = { shelf, baseUrl: 'http://10.77.0.1:8080' }

test('a loader is found by its name, however the firmware writes slashes', () => {
  for (const path of [
    'undionly.kpxe',
    '/undionly.kpxe',
    '//undionly.kpxe',
    './undionly.kpxe',
    '\\undionly.kpxe',
  ])
    assert.deepEqual(openTftpPath(path, context), { route: 'loader', content: biosLoader() }, path)
})

test('autoexec.ipxe is the first script', () => {
  const content = Buffer.from(firstScript(context.baseUrl).toString())
  for (const path of ['autoexec.ipxe', '/autoexec.ipxe'])
    assert.deepEqual(openTftpPath(path, context), { route: 'autoexec', content })
})

test('what nobody claims is undefined', () => {
  const strangers = [
    '',
    '/',
    'UNDIONLY.KPXE',
    '../undionly.kpxe',
    'x/../undionly.kpxe',
    'pxelinux.cfg/default',
    '__proto__',
  ]
  for (const path of [...strangers, `${'/'.repeat(600)}undionly.kpxe`])
    assert.equal(openTftpPath(path, context), undefined, path)
})

test('every route has its own name', () => {
  assert.equal(new Set(tftpRoutes.map(({ name }) => name)).size, tftpRoutes.length)
})
