import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BootEvent } from '@bootcast/boot'
import { calls } from '../protocol.ts'
import { bootEventSchema, siteEventSchema } from './boot-event.ts'

const mac = '52:54:00:00:00:01'
const events: readonly BootEvent[] = [
  {
    kind: 'discover',
    mac,
    via: 'proxy-dhcp',
    vendorClass: 'PXEClient',
    isIpxe: false,
    architecture: 'x86_64',
  },
  {
    kind: 'decided',
    mac,
    boot: 'b1',
    decision: 'boot',
    because: 'why',
    files: [{ name: 'k', digest: 'd', size: 1 }],
  },
  { kind: 'first-script', address: '10.0.0.1', by: 'grub' },
  { kind: 'file', what: 'tree', name: 'a', status: 206, bytes: 1, ms: 0.5, completed: true },
  { kind: 'phone-home', mac, state: 'line', text: 'hello' },
]

test('events arrive as they were', () => {
  for (const event of events)
    assert.deepEqual(siteEventSchema.parse(JSON.parse(JSON.stringify(event))), event)
})

test('texts that are too long are cut, so that one machine does not hold up the events of a site', () => {
  const long = bootEventSchema.parse({ kind: 'lease', mac, leased: 'x'.repeat(100_000) })
  assert.equal('leased' in long && long.leased.length, 512)
})

test('what is no event keeps its number and is nothing', () => {
  const wrong = [
    { kind: 'sabotage', mac },
    { kind: 'lease', mac },
    { kind: 'tftp', mac, bytes: 'many' },
    { kind: 'file', what: 'file', name: 'a', status: 200, bytes: -1, ms: 0, completed: true },
    {
      kind: 'decided',
      mac,
      decision: 'boot',
      because: '',
      files: Array(300).fill({ name: '', digest: '', size: 1 }),
    },
    null,
    'x',
    [],
    JSON.parse(`${'['.repeat(5000)}${']'.repeat(5000)}`),
  ]
  const sent = { sentAt: 1, first: 7, events: [...wrong, events[0]].map((event) => ({ at: 1, event })) }
  const { events: heard } = calls.events.request.parse(sent)
  assert.equal(heard.length, wrong.length + 1)
  assert.deepEqual(heard.at(-1)?.event, events[0])
  for (const { event } of heard.slice(0, -1)) assert.equal(event, undefined)
})

test('the number and time of events are demanded', () => {
  for (const wrong of [
    { sentAt: 1, first: 0, events: [] },
    { sentAt: 1, first: 1, events: [{ event: events[0] }] },
  ])
    assert.ok(!calls.events.request.safeParse(wrong).success)
})
