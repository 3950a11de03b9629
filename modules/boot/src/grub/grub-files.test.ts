import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runGrubScript } from '@bootcast/netboot/testing/grub-reader'
import { MemoryBootSource } from '../../testing/memory-boot-source.ts'
import { MemoryJournal } from '../../testing/memory-journal.ts'
import { Counters } from '../counters.ts'
import { BootCodes } from '../sessions/boot-codes.ts'
import { BootSessions } from '../sessions/boot-sessions.ts'
import { firstConfig } from './first-config.ts'
import { grubFile } from './grub-files.ts'

const baseUrl = 'http://10.77.0.1:8080'
const activateUrl = 'https://boot.example/activate'

function scene() {
  const source = new MemoryBootSource()
  const counters = new Counters()
  const sessions = new BootSessions({ isSameMachine: async () => false })
  const codes = new BootCodes()
  const logged: string[] = []
  const journal = new MemoryJournal()
  const log = (level: string, message: string, fields = {}) =>
    logged.push(`${level} ${message} ${JSON.stringify(fields)}`)
  const ask = (path: string, search = '') =>
    grubFile(
      { path, search, client: '10.77.0.100', baseUrl, activateUrl },
      { source, counters, log, journal, sessions, codes },
    )
  return { source, counters, logged, journal, ask }
}

test('the first configuration is the same under all names that GRUB tries', async () => {
  const { ask } = scene()
  for (const path of ['grub.cfg', 'grub.cfg-01-52-54-00-b0-07-01', 'grub.cfg-0A4D0064', 'grub.cfg-0'])
    assert.equal(await ask(path), firstConfig, path)
})

test('there are no modules; other files are not there', async () => {
  const { ask } = scene()
  for (const path of ['x86_64-efi/command.lst', 'arm64-efi/terminal.lst'])
    assert.equal(await ask(path), '\n', path)
  for (const path of [
    '',
    'grub.cfg/x',
    '../grub.cfg',
    'x86_64-efi/normal.mod',
    'x86_64-efi/grub.cfg',
    'grub.cfg-',
  ])
    assert.equal(await ask(path), undefined, path)
})

test('a machine tells what it is, as GRUB does it, and is told what to boot', async () => {
  const { source, counters, logged, journal, ask } = scene()
  source.plans.set('52:54:00:b0:07:01', { method: 'local-disk', reason: 'installed' })
  const said =
    'mac=52:54:00:b0:07:01&uuid=b007ca57-0000-4000-8000-525400b00701&buildarch=x86_64&platform=efi' +
    '&serial=LAB-01%20&manufacturer=Dell%20Inc.%20&product=PowerEdge%20R640%20(SKU+1)%20'
  const script = (await ask('machine.cfg', said)) ?? ''
  assert.deepEqual(runGrubScript(script).at(-1), ['start_disk'])
  assert.partialDeepStrictEqual(journal.events, [
    { kind: 'asked', mac: '52:54:00:b0:07:01', from: '10.77.0.100', loader: 'GRUB' },
    { kind: 'decided', decision: 'local-disk' },
  ])
  assert.deepEqual(source.asked, [
    {
      mac: '52:54:00:b0:07:01',
      uuid: 'b007ca57-0000-4000-8000-525400b00701',
      serial: 'LAB-01',
      manufacturer: 'Dell Inc.',
      product: 'PowerEdge R640 (SKU+1)',
      firmware: 'uefi',
      architecture: 'x86_64',
      address: '10.77.0.100',
    },
  ])
  assert.deepEqual(counters.all(), { 'plan.local-disk': 1 })
  assert.deepEqual(logged, [
    'info a machine was told what to boot {"mac":"52:54:00:b0:07:01","method":"local-disk","reason":"installed","because":"a test said so"}',
  ])
})

test('what GRUB cannot do is in the log, too', async () => {
  const { source, logged, ask } = scene()
  const iso = { digest: `sha256:${'a'.repeat(64)}`, size: 9, name: 'x.iso' }
  source.plans.set('52:54:00:b0:07:01', { method: 'iso', title: 'cd 1', iso })
  assert.match((await ask('machine.cfg', 'mac=52:54:00:b0:07:01')) ?? '', /cd 1 cannot be started here/)
  assert.match(logged[0] ?? '', /^warn a loader cannot boot this .*only through iPXE/)
})

test('when the source is broken the machine is told so, and asks again', async () => {
  const { source, logged, ask } = scene()
  source.broken = new Error('disk\nI/O error')
  const script = (await ask('machine.cfg', 'mac=52:54:00:b0:07:01')) ?? ''
  assert.match(script, /the platform cannot answer now/)
  assert.deepEqual(runGrubScript(script).at(-1), ['again', '10'])
  assert.match(logged[0] ?? '', /^error .*"reason":"disk I\/O error"/)
})

test('a question that names no machine gets nothing', async () => {
  const { source, ask } = scene()
  for (const search of ['', 'mac=', 'mac=no', 'uuid=b007ca57-0000-4000-8000-525400b00701'])
    assert.equal(await ask('machine.cfg', search), undefined, search)
  assert.deepEqual(source.asked, [])
})
