import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BootEvent } from '@bootcast/boot'
import { HeardDhcp } from './heard-dhcp.ts'

const mac = '52:54:00:00:00:01'
const offer = (server: string, more: object = {}): BootEvent => ({
  kind: 'other-offer',
  mac,
  server,
  ...more,
})

test('messages of clients are counted, those of machines that boot besides', () => {
  let now = 1_000
  const ear = new HeardDhcp({ now: () => now })
  assert.equal(ear.heard.lastAt, undefined)
  now = 2_000
  ear.note({ kind: 'system', mac })
  ear.note({ kind: 'discover', mac, via: 'proxy-dhcp', vendorClass: 'PXEClient', isIpxe: false })
  ear.note({ kind: 'request', mac, via: 'proxy-dhcp', isIpxe: false })
  ear.note({ kind: 'first-script', address: '10.77.0.100' })
  const { since, lastAt, messages, bootMessages } = ear.heard
  assert.deepEqual([since, lastAt, messages, bootMessages], [1_000, 2_000, 3, 2])
})

test('of another server all is kept that it ever named, the last one heard first', () => {
  let now = 0
  const ear = new HeardDhcp({ now: () => now })
  ear.note(offer('10.77.0.2', { offered: '10.77.0.100', file: 'pxelinux.0', fileServer: '10.77.0.9' }))
  ear.note(offer('10.77.0.3'))
  now = 5
  ear.note(offer('10.77.0.2', { offered: '10.77.0.101', fileServer: '10.77.0.2' }))
  assert.deepEqual(ear.heard.servers[0], {
    ...{ address: '10.77.0.2', firstAt: 0, lastAt: 5, times: 2, offered: '10.77.0.101' },
    ...{ file: 'pxelinux.0', fileServer: '10.77.0.9', isBootServer: false },
  })
  assert.equal(ear.heard.servers[1]?.address, '10.77.0.3')
})

test('made-up servers take no more memory than 32, and what they say is one bounded line', () => {
  const ear = new HeardDhcp()
  for (let n = 0; n < 1_000; n += 1)
    ear.note(offer(`10.0.${n >> 8}.${n & 255}`, { file: `a\n${'b'.repeat(500)}` }))
  assert.equal(ear.heard.servers.length, 32)
  assert.equal(ear.heard.servers[0]?.address, '10.0.3.231')
  assert.match(ear.heard.servers[0]?.file ?? '', /^a b{1,200}$/)
})

test('what it hears goes on to the journal behind it', () => {
  const told: BootEvent[] = []
  const ear = new HeardDhcp()
  ear.before({ note: (event) => void told.push(event) }).note({ kind: 'system', mac })
  assert.deepEqual([told.length, ear.heard.messages], [1, 1])
})
