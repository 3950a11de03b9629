import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { BootEvent } from '@bootcast/boot'
import {
  asked,
  at4011,
  decided,
  discover,
  fileBegins,
  fileSent,
  files,
  firstScript,
  ignored,
  ipxeDiscover,
  lease,
  mac,
  offer,
  otherOffer,
  request,
  scenes,
  scriptOffer,
  tftp,
  tftpBegins,
  ways,
} from '../../testing/boot-scenes.ts'
import { causeCodes, causeOf } from './cause-of.ts'

const { kernel } = files
const { untilLoader, untilScript, untilAsked, untilPlan, untilKernel, untilStart } = ways
const { firmwareInDhcp, firmwareInProxy } = scenes
const refused: BootEvent = {
  kind: 'refused-file',
  mac,
  name: 'vmlinuz',
  why: 'the key is of another machine',
}
const stranger = tftp({ path: 'pxelinux.0', outcome: 'refused', bytes: 0 })
const silence = { outcome: 'given-up', reason: 'the client fell silent after block 3' } as const
const phone = (state: 'done' | 'failed' | 'line', text?: string): BootEvent => ({
  kind: 'phone-home',
  mac,
  state,
  ...(text !== undefined && { text }),
})
const disk = (state: 'write' | 'failed'): BootEvent => ({
  kind: 'disk-report',
  mac,
  release: 'demo@3',
  state,
  done: 2 ** 20,
  total: 2 ** 30,
})
const phonesHome = untilStart.map((event) =>
  event.kind === 'decided' ? decided({ phonesHome: true }) : event,
)

/** A boot that ends with these events, the code of its cause, and words of it. */
const rows: readonly (readonly [string, readonly BootEvent[], RegExp])[] = [
  ['silent', [], /fell silent before it asked/],
  [
    'no-loader',
    [discover('proxy-dhcp'), ignored('no loader', 'no loader for uefi-ia32')],
    /there is no loader for uefi-ia32/,
  ],
  [
    'not-served',
    [discover('proxy-dhcp'), ignored('architecture not served', 'Itanium: no iPXE for it')],
    /Itanium/,
  ],
  ['no-free-address', [discover('dhcp'), ignored('no free address in the range')], /no address was free/],
  [
    'not-answered',
    [discover('dhcp'), ignored('the store of leases is too slow')],
    /store of leases is too slow/,
  ],
  [
    'address-refused',
    [...firmwareInDhcp.slice(0, 3), { kind: 'address-refused', mac, why: 'not yours' }],
    /not yours/,
  ],
  ['no-address', firmwareInDhcp.slice(0, 2), /that we offered was never taken/],
  ['no-address', firmwareInProxy.slice(0, 2), /no DHCP server gave it one/],
  [
    'other-server',
    [...firmwareInDhcp.slice(0, 2), request('dhcp', '10.77.0.2')],
    /never asked for the loader: it took the address of another DHCP server, 10\.77\.0\.2$/,
  ],
  [
    'other-boot-server',
    [...firmwareInDhcp.slice(0, 2), otherOffer({ file: 'other.efi' }), request('dhcp', '10.77.0.2')],
    /the firmware never asked for what we offered: another server, 10\.77\.0\.2, offered other\.efi/,
  ],
  [
    'other-boot-server',
    [discover('proxy-dhcp'), otherOffer({ isBootServer: true }), ...firmwareInProxy.slice(1)],
    /another server, 10\.77\.0\.2, answers as a boot server too/,
  ],
  ['nothing-on-4011', firmwareInProxy, /took an address from 10\.77\.0\.2, and asked nothing on port 4011/],
  [
    'nothing-on-4011',
    [...firmwareInProxy, otherOffer({ file: 'ipxe-amd64.efi', fileServer: '10.77.0.1' })],
    /port 4011/,
  ],
  [
    'other-boot-server',
    [discover('proxy-dhcp'), otherOffer({ file: 'pxelinux.0' }), ...firmwareInProxy.slice(1)],
    /10\.77\.0\.2, offered pxelinux\.0/,
  ],
  ['loader-not-asked', firmwareInDhcp, /load ipxe-amd64\.efi and never asked for it: TFTP \(UDP 69\)/],
  ['loader-not-asked', [...firmwareInProxy, at4011, offer('pxe')], /TFTP \(UDP 69\)/],
  [
    'loader-not-asked',
    [
      discover('dhcp', { vendorClass: 'HTTPClient' }),
      offer('dhcp', { file: 'http://10.77.0.1/l.efi' }),
      lease,
    ],
    /HTTP does not reach/,
  ],
  ['unknown-file', [...firmwareInDhcp, tftpBegins(), stranger], /asked for pxelinux\.0, which is no loader/],
  [
    'tftp-unanswered',
    [...firmwareInDhcp, tftpBegins(), tftp({ ...silence, bytes: 0 })],
    /took none of our TFTP packets \(blocks of 1468 bytes\)/,
  ],
  [
    'tftp-stopped',
    [...firmwareInDhcp, tftpBegins(), tftp({ ...silence, bytes: 4404 })],
    /stopped after 4\.3 KiB of 1 MiB at block size 1468: a firewall, or a small MTU/,
  ],
  [
    'loader-not-taken',
    [...firmwareInDhcp, tftp({ outcome: 'measured', bytes: 0 })],
    /how large .* \(1 MiB\)/,
  ],
  [
    'loader-cut-off',
    [...firmwareInDhcp, tftp({ outcome: 'broken-off', bytes: 2048, reason: 'client: error 3' })],
    /2 KiB of 1 MiB: client: error 3/,
  ],
  ['loader-cut-off', [...firmwareInDhcp, tftpBegins()], /not fetched to its end/],
  ['loader-silent', untilLoader, /ipxe-amd64\.efi was sent, and nothing came from it/],
  ['loader-without-address', [...untilLoader, ipxeDiscover('proxy-dhcp')], /the loader asked for an address/],
  ['loader-without-address', [ipxeDiscover('dhcp'), scriptOffer('dhcp')], /iPXE in the network card asked/],
  [
    'http-unreachable',
    [ipxeDiscover('dhcp'), scriptOffer('dhcp'), request('dhcp', '10.77.0.1', true), lease],
    /card runs and never asked for its script at http:\/\/10\.77\.0\.1:8080\/boot\.ipxe: HTTP does not reach/,
  ],
  [
    'script-not-asked',
    [...untilScript, request('proxy-dhcp', '10.77.0.2', true)],
    /the loader took its address from 10\.77\.0\.2 and never asked for its script at http:.*: that server names/,
  ],
  [
    'other-server',
    [ipxeDiscover('dhcp'), scriptOffer('dhcp'), request('dhcp', '10.77.0.2', true)],
    /iPXE in the network card never asked for its script: it took the address of another/,
  ],
  ['http-unreachable', [...untilLoader, firstScript('tftp')], /HTTP does not reach the platform/],
  [
    'other-boot-server',
    [
      ...untilLoader,
      ipxeDiscover('proxy-dhcp'),
      otherOffer({ file: 'pxelinux.0' }),
      scriptOffer('proxy-dhcp'),
    ],
    /the loader never asked for what we offered/,
  ],
  ['script-lost', [...untilScript, firstScript('http')], /it got no address/],
  [
    'platform-trouble',
    [...untilAsked, { kind: 'trouble', mac, where: 'script', reason: 'disk I/O error' }],
    /could not answer: disk I\/O error/,
  ],
  [
    'refused',
    [...untilAsked, decided({ decision: 'refuse', because: 'nobody opened it' })],
    /nobody opened it/,
  ],
  ['switched-off', [...untilAsked, decided({ decision: 'wait', because: 'none', files: [] })], /waited/],
  ['switched-off', [...untilAsked, decided({ decision: 'menu', because: 'menu', files: [] })], /waited/],
  ['first-file-not-asked', untilPlan, /script was sent, and vmlinuz was never asked for/],
  [
    'file-unfinished',
    [...untilPlan, fileBegins(kernel, 'h1')],
    /vmlinuz was asked for and not fetched to its end/,
  ],
  [
    'file-cut-off',
    [...untilPlan, fileSent(kernel, 'h1', { bytes: 3 * 2 ** 20, completed: false, end: 'client-stalled' })],
    /vmlinuz was cut off after 3 MiB of 7\.6 MiB: the machine took no more of it for a minute/,
  ],
  [
    'file-missing',
    [...untilPlan, fileSent(kernel, 'h1', { status: 404, bytes: 0 })],
    /vmlinuz is not here any more/,
  ],
  ['file-refused', [...untilPlan, refused], /vmlinuz was not given to it: the key is of another machine/],
  ['next-file-not-asked', untilKernel, /initrd\.img was never asked for/],
  ['no-word-from-the-system', phonesHome, /started and never said how it ended$/],
  ['no-word-from-the-system', [...phonesHome, { kind: 'system', mac }], /since it asked for an address/],
  ['no-word-from-the-system', [...phonesHome, disk('write')], /written to 1 MiB of 1024 MiB/],
  ['system-failed', [...phonesHome, phone('line', 'x'), phone('failed', 'no disk')], /it failed: no disk/],
  ['disk-failed', [...phonesHome, disk('failed')], /could not be written, after 1 MiB of 1024 MiB/],
]

for (const [code, events, words] of rows) {
  test(`${code}: ${events.at(-1)?.kind ?? 'nothing'} is the last that happened`, () => {
    const cause = causeOf(events.map((event, at) => ({ event, at })))
    assert.equal(cause.code, code, cause.text)
    assert.match(cause.text, words)
    assert.ok(cause.todo.length > 0)
  })
}

test('what was repaired meanwhile is not blamed: the last try counts', () => {
  const later = [tftpBegins('t2'), tftp({ transfer: 't2' })]
  const twice = [...firmwareInDhcp, tftpBegins(), tftp({ ...silence, bytes: 0 }), ...later]
  assert.equal(causeOf(twice.map((event, at) => ({ event, at }))).code, 'loader-silent')
  const cut = fileSent(kernel, 'h1', { bytes: 1, completed: false, end: 'client-gone' })
  const again = [...untilPlan, cut, fileBegins(kernel, 'h2'), fileSent(kernel, 'h2')]
  assert.equal(causeOf(again.map((event, at) => ({ event, at }))).code, 'next-file-not-asked')
  const anew = [...untilPlan, refused, asked, decided()]
  assert.equal(causeOf(anew.map((event, at) => ({ event, at }))).code, 'first-file-not-asked')
})

test('a file that comes in parts is whole when all parts were sent', () => {
  const part = (bytes: number) => fileSent(kernel, 'h1', { status: 206, bytes })
  const half = [...untilPlan, part(kernel.size / 2)]
  assert.equal(causeOf(half.map((event, at) => ({ event, at }))).code, 'file-unfinished')
  const whole = [...half, part(kernel.size / 2)]
  assert.equal(causeOf(whole.map((event, at) => ({ event, at }))).code, 'next-file-not-asked')
})

test('every cause has a row here, codes of its own, and a section for operators', () => {
  const ofJudge = ['kernel-came-back', 'platform-stopped'] // live-boot.test.ts
  const tried = new Set([...rows.map(([code]) => code), ...ofJudge])
  assert.deepEqual([...tried].sort(), [...causeCodes].sort())
  const page = readFileSync(join(import.meta.dirname, '../../../../docs/operate/troubleshooting.md'), 'utf8')
  for (const code of causeCodes) assert.ok(page.includes(`### \`${code}\``), code)
})
