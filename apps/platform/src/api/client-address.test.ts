import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { kernelLike } from '../../testing/platform-suite.ts'
import { publishingScene } from '../../testing/publishing-scene.ts'
import { tarOf } from '../../testing/tar-of.ts'
import { proxiesOf } from './client-address.ts'

const from = (remoteAddress: string, forwarded?: string) =>
  ({
    socket: { remoteAddress },
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
  }) as unknown as IncomingMessage

const rows: readonly (readonly [string, IncomingMessage, string])[] = [
  ['a stranger is who asks, whatever it says', from('192.0.2.1', '10.1.2.3'), '192.0.2.1'],
  ['behind a proxy it is who that one heard', from('10.0.0.5', '10.1.2.3'), '10.1.2.3'],
  ['the same, of a socket for IPv6', from('::ffff:10.0.0.5', '10.1.2.3'), '10.1.2.3'],
  [
    'what the sender made up stands before, and does not count',
    from('10.0.0.5', '1.1.1.1, 10.1.2.3'),
    '10.1.2.3',
  ],
  ['two proxies in a row', from('10.0.0.5', '10.1.2.3, 2001:db8::7'), '10.1.2.3'],
  ['a proxy that says nothing', from('10.0.0.5'), '10.0.0.5'],
  ['what is no address', from('10.0.0.5', 'unknown'), '10.0.0.5'],
  ['with its port', from('10.0.0.5', '10.1.2.3:51234'), '10.1.2.3'],
  ['with its port, IPv6', from('10.0.0.5', '[2001:db9::1]:51234'), '2001:db9::1'],
  ['an empty header', from('10.0.0.5', ''), '10.0.0.5'],
]
for (const [what, request, address] of rows)
  test(`${what}: ${address}`, () => {
    assert.equal(proxiesOf(['10.0.0.0/28', '2001:db8::/64'])?.clientAddress(request), address)
  })

test('without proxies there is nothing to read', () => {
  assert.equal(proxiesOf([]), undefined)
})

for (const [flags, isOpen] of [
  [[], false],
  [['--trusted-proxy', '127.0.0.1'], true],
] as const) {
  test(`an opening by subnet ${isOpen ? 'is for whom a trusted proxy names' : 'hears no X-Forwarded-For'}`, async () => {
    await using at = await publishingScene(...flags)
    const { client, get, publish } = at
    const files = {
      vmlinuz: kernelLike('x'),
      'initrd.img': gzipSync('x'),
      'rootfs.img': Buffer.alloc(9_000, 'x'),
    }
    assert.equal((await publish('image.tar', tarOf(files))).problem, undefined)
    const machines = { subnet: '10.1.2.0/24' }
    await client.call('addOpening', { body: { image: 'demo', machines, boot: true } })
    const headers = { 'x-forwarded-for': '10.1.2.3:51234' }
    const script = await get('/boot.ipxe?mac=52:54:00:12:34:56&buildarch=x86_64&platform=efi', headers)
    assert.equal(/starting demo 1/.test(script.bytes.toString()), isOpen, script.bytes.toString())
    const asJson = { ...headers, authorization: `Bearer ${at.token}`, 'content-type': 'application/json' }
    const settings = { method: 'PATCH', headers: asJson, body: '{"defaultImage":"demo"}' }
    assert.equal((await fetch(`${at.url}/api/v1/settings`, settings)).status, 200)
    const { items } = await client.call('listAudit', { query: {} })
    const from = items.filter(({ action }) => action === 'changeSettings').map((row) => row.from ?? '')
    assert.equal(from.includes('10.1.2.3'), isOpen, from.join(' '))
  })
}
