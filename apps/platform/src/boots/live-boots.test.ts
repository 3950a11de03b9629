import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BootEvent } from '@bootcast/boot'
import {
  address,
  asked,
  autoexec,
  decided,
  discover,
  fileBegins,
  fileSent,
  files,
  firstScript,
  ipxeDiscover,
  lease,
  mac,
  offer,
  request,
  scenes,
  scriptOffer,
  tftp,
  tftpBegins,
  ways,
} from '../../testing/boot-scenes.ts'
import { newId } from '../database/open.ts'
import type { Boot, Line } from './boot.ts'
import type { Change } from './lines.ts'
import { LiveBoots } from './live-boots.ts'

const second = 1000
const minute = 60 * second
const { kernel, initrd } = files

type Told = { readonly boot: Boot; readonly change: Change | undefined; readonly isNews: boolean }

/** Live boots and a clock that is set by hand; each event comes a second after the one before. */
function scene() {
  const told: Told[] = []
  let now = Date.parse('2026-11-26T08:00:00Z')
  const live = new LiveBoots({
    newId,
    onChange: (boot, change, isNews) => told.push({ boot, change, isNews }),
  })
  return {
    live,
    told,
    now: () => now,
    happens(...events: readonly BootEvent[]) {
      for (const event of events) {
        now += second
        live.take(event, now)
      }
    },
    /** Nothing happens, but the clock is looked at as it is every few seconds. */
    silence(ms: number) {
      for (const until = now + ms; now < until; ) {
        now += 5 * second
        live.look(now)
      }
    },
    last: () => told.at(-1)?.boot as Boot,
    boots: () => [...new Map(told.map(({ boot }) => [boot.id, boot])).values()],
    /** The timeline of a boot as it is in the end. */
    lines: (id = told.at(-1)?.boot.id) => {
      const lines = new Map<number, Line>()
      for (const { boot, change } of told)
        if (boot.id === id && change !== undefined) lines.set(change.line.n, change.line)
      return [...lines.values()]
    },
  }
}

const kinds = (lines: readonly Line[]) => lines.map(({ kind }) => kind)

test('a boot of UEFI beside another DHCP server is one timeline, from DISCOVER to its start', () => {
  const { happens, lines, last, told } = scene()
  happens(...ways.untilStart)
  assert.deepEqual(kinds(lines()), [
    ...['discover', 'offer', 'request', 'discover', 'offer', 'tftp'],
    ...['discover', 'offer', 'request', 'first-script', 'asked', 'decided', 'file', 'file', 'started'],
  ])
  const { state, facts, mac: of } = last()
  assert.deepEqual([of, state, facts.firmware, facts.architecture], [mac, 'started', 'uefi-x64', 'x86_64'])
  assert.equal(facts.bytes, 1_048_576 + kernel.size + initrd.size)
  assert.ok(told.every(({ isNews }) => isNews))
  const [, , , , , loader] = lines()
  assert.partialDeepStrictEqual(loader, {
    kind: 'tftp',
    outcome: 'done',
    ms: 300,
    blockSize: 1468,
    resent: 0,
  })
  assert.ok(!JSON.stringify(lines()).includes(mac), 'a line does not say whose it is')
})

test('TFTP and files know an address only, and find their machine among others', () => {
  const { happens, boots } = scene()
  const other = { mac: '52:54:00:b0:07:02', address: '10.77.0.101' }
  const ofOther = ways.untilStart.map((event) => ({
    ...event,
    ...('mac' in event && { mac: other.mac }),
    ...('address' in event && { address: other.address }),
    ...('wanted' in event && { wanted: other.address }),
    ...('from' in event && { from: other.address }),
    ...('transfer' in event && { transfer: `other ${event.transfer}` }),
  })) as readonly BootEvent[]
  for (const [n, event] of ways.untilStart.entries()) happens(event, ofOther[n] as BootEvent)
  assert.deepEqual(
    boots().map(({ mac: of, state }) => [of, state]),
    [
      [mac, 'started'],
      [other.mac, 'started'],
    ],
  )
})

test('what nobody knows the machine of is nobody’s, and behind NAT an address says nothing', () => {
  const { happens, told, lines } = scene()
  happens(firstScript, fileBegins(kernel, 'h1'), fileSent(kernel, 'h1'), tftpBegins(), lease)
  assert.equal(told.length, 0)
  happens({ ...asked, from: '192.0.2.1' } as BootEvent, { ...firstScript, address: '192.0.2.1' } as BootEvent)
  assert.deepEqual(kinds(lines()), ['asked'])
})

test('a machine that waits repeats itself for a day in one line each, and is no failure', () => {
  const { happens, silence, lines, last, told } = scene()
  happens(...scenes.firmwareInDhcp, tftpBegins(), tftp())
  const round = [ipxeDiscover('dhcp'), scriptOffer('dhcp'), request('dhcp', '10.77.0.1', true), lease]
  const wait = decided({ decision: 'wait', because: 'No image is assigned', files: [] })
  for (let n = 0; n < 8640; n += 1) happens(...round, firstScript, asked, wait)
  assert.equal(last().state, 'waiting')
  assert.equal(last().cause, undefined)
  assert.equal(lines().length, 11)
  assert.equal(lines().at(-1)?.times, 8640)
  assert.equal(told.filter(({ isNews }) => isNews).length, 12)
  silence(20 * minute)
  assert.deepEqual([last().state, last().cause?.code], ['abandoned', 'switched-off'])
  assert.ok(last().closedAt !== undefined)
})

test('a menu stands all night', () => {
  const { happens, silence, last } = scene()
  happens(...ways.untilAsked, decided({ decision: 'menu', because: 'sign in', files: [] }))
  silence(10 * 60 * minute)
  assert.deepEqual([last().state, last().closedAt], ['waiting', undefined])
})

test('a failure is told when the silence was long enough, and taken back when something comes after all', () => {
  const { happens, silence, last } = scene()
  happens(...scenes.firmwareInDhcp)
  silence(60 * second)
  assert.equal(last().state, 'booting')
  silence(15 * second)
  assert.deepEqual([last().state, last().cause?.code], ['failed', 'loader-not-asked'])
  happens(tftpBegins(), tftp())
  assert.deepEqual([last().state, last().cause], ['booting', undefined])
  silence(2 * minute)
  assert.equal(last().cause?.code, 'loader-silent')
})

test('a file that takes hours is no silence', () => {
  const { happens, silence, last } = scene()
  happens(...ways.untilPlan, fileBegins(kernel, 'h1'))
  silence(60 * minute)
  assert.equal(last().state, 'booting')
  happens(fileSent(kernel, 'h1', { bytes: 100, completed: false, end: 'client-gone' }))
  silence(2 * minute)
  assert.equal(last().cause?.code, 'file-cut-off')
})

test('a loader that asks for addresses for ever and never by HTTP comes no further: that is a failure, told once', () => {
  const { happens, silence, last, told } = scene()
  happens(...ways.untilLoader, autoexec)
  const round = [
    ipxeDiscover('proxy-dhcp'),
    scriptOffer('proxy-dhcp'),
    request('proxy-dhcp', '10.77.0.2', true),
  ]
  happens(...round)
  const before = told.length
  for (let n = 0; n < 60; n += 1) {
    silence(25 * second)
    happens(...round)
  }
  assert.deepEqual(
    [last().state, last().cause?.code, last().closedAt],
    ['failed', 'http-unreachable', undefined],
  )
  assert.equal(told.slice(before).filter(({ isNews }) => isNews).length, 1)
})

test('what goes wrong by itself is told at once, and taken back by the next try', () => {
  const { happens, last } = scene()
  const verdict = () => [last().state, last().cause?.code]
  happens(...scenes.firmwareInDhcp, tftpBegins(), tftp({ outcome: 'given-up', bytes: 1468 }))
  assert.deepEqual(verdict(), ['failed', 'tftp-stopped'])
  happens(tftpBegins('t2'))
  assert.deepEqual(verdict(), ['booting', undefined])
  happens(tftp({ transfer: 't2' }), ipxeDiscover('dhcp'), lease, firstScript, asked)
  happens({ kind: 'trouble', mac, where: 'script', reason: 'disk' })
  assert.deepEqual(verdict(), ['failed', 'platform-trouble'])
  happens(asked, decided(), fileBegins(kernel, 'h1'))
  assert.deepEqual(verdict(), ['booting', undefined])
  happens(fileSent(kernel, 'h1', { bytes: 9, completed: false, end: 'client-gone' }))
  assert.deepEqual(verdict(), ['failed', 'file-cut-off'])
  happens(fileBegins(kernel, 'h2'), fileSent(kernel, 'h2'), fileBegins(initrd, 'h3'), fileSent(initrd, 'h3'))
  assert.deepEqual(verdict(), ['started', undefined])
})

test('firmware that begins anew begins a new boot, and tells what the one before failed by', () => {
  const { happens, boots, lines } = scene()
  happens(...scenes.firmwareInDhcp, discover('dhcp'), offer('dhcp', { offered: address }))
  assert.equal(boots().length, 1)
  happens(request('dhcp', '10.77.0.1'), lease, tftpBegins(), tftp({ outcome: 'given-up', bytes: 1468 }))
  happens(...scenes.firmwareInDhcp)
  const [first, second_] = boots()
  assert.deepEqual([first?.state, first?.cause?.code], ['failed', 'tftp-stopped'])
  assert.ok(first?.closedAt !== undefined && second_ !== undefined)
  assert.deepEqual([second_.state, kinds(lines(second_.id))[0]], ['booting', 'discover'])
  assert.ok(first.id < second_.id)
})

test('a ROM with iPXE that starts once more is a new boot', () => {
  const { happens, silence, boots } = scene()
  const boot = [ipxeDiscover('dhcp'), scriptOffer('dhcp'), lease, firstScript, asked, decided()]
  const whole = [...boot, fileSent(kernel, 'h1'), fileSent(initrd, 'h2')]
  happens(...whole)
  silence(5 * minute)
  happens(...whole)
  assert.deepEqual(
    boots().map(({ state }) => state),
    ['started', 'started'],
  )
})

test('a loader that is there again right after the start says that the system did not start', () => {
  const { happens, silence, last, boots, lines } = scene()
  happens(...ways.untilStart)
  silence(10 * second)
  happens(ipxeDiscover('proxy-dhcp'))
  assert.deepEqual([last().state, last().cause?.code], ['failed', 'kernel-came-back'])
  assert.match(last().cause?.text ?? '', /11 s later its loader was there again/)
  happens(asked, decided(), fileBegins(kernel, 'h3'), fileSent(kernel, 'h3'), fileSent(initrd, 'h4'))
  assert.equal(last().state, 'failed', 'it will come back once more')
  silence(30 * second)
  assert.equal(last().state, 'started', 'it did not')
  assert.equal(boots().length, 1)
  assert.ok(kinds(lines()).includes('came-back'))
})

test('the system that asks for an address is told after the start only', () => {
  const { happens, lines } = scene()
  const system: BootEvent = { kind: 'system', mac, vendorClass: 'udhcp 1.36.1' }
  happens(system, ...scenes.firmwareInProxy, system)
  assert.ok(!kinds(lines()).includes('system'))
  happens(...ways.untilStart.slice(3), system)
  assert.equal(lines().at(-1)?.kind, 'system')
})

test('an installation that phones home is done when it says so, failed when it never does', () => {
  const plan = ways.untilStart.map((event) =>
    event.kind === 'decided' ? decided({ phonesHome: true }) : event,
  )
  const well = scene()
  well.happens(...plan)
  well.silence(90 * minute)
  assert.equal(well.last().state, 'started')
  well.happens({ kind: 'phone-home', mac, state: 'line', text: 'installing' })
  well.silence(90 * minute)
  well.happens({ kind: 'phone-home', mac, state: 'done' })
  assert.equal(well.last().state, 'done')
  const badly = scene()
  badly.happens(...plan)
  badly.silence(121 * minute)
  assert.deepEqual([badly.last().state, badly.last().cause?.code], ['failed', 'no-word-from-the-system'])
})

test('the last words of a system stay, the first of very many go', () => {
  const { happens, lines, last } = scene()
  happens(...ways.untilStart)
  for (let n = 0; n < 500; n += 1) happens({ kind: 'phone-home', mac, state: 'line', text: `line ${n}` })
  const words = lines().flatMap((line) => (line.kind === 'phone-home' ? [line.text] : []))
  assert.equal(words.length, 40)
  assert.ok(words.includes('line 499') && words.includes('line 460') && !words.includes('line 459'))
  assert.equal(last().dropped, 460)
})

test('leaving for the local disk is done, and the next start a new boot', () => {
  const { happens, last, boots } = scene()
  const leaves = decided({ decision: 'local-disk', because: 'demo 3 is on its disk', files: [] })
  happens(...ways.untilAsked, leaves)
  assert.equal(last().state, 'done')
  happens(ipxeDiscover('proxy-dhcp'))
  assert.equal(boots().length, 2)
})

test('TFTP: the question for the size and the file are one try, other tries have lines of their own', () => {
  const { happens, lines } = scene()
  const measured = tftp({ outcome: 'measured', bytes: 0, reason: 'client: error 8' })
  happens(...scenes.firmwareInDhcp, tftpBegins('a'), { ...measured, transfer: 'a' } as BootEvent)
  for (const transfer of ['b', 'c', 'd'])
    happens(tftpBegins(transfer), tftp({ transfer, outcome: 'given-up', bytes: 1468, resent: 8 }))
  happens(tftpBegins('e'), tftp({ transfer: 'e', resent: 2 }))
  const tries = lines().flatMap((line) =>
    line.kind === 'tftp' ? [[line.outcome, line.times, line.resent]] : [],
  )
  assert.deepEqual(tries, [
    ['given-up', 2, 8],
    ['given-up', undefined, 8],
    ['given-up', undefined, 8],
    ['done', undefined, 2],
  ])
})

test('a boot through shim and GRUB, all of it by TFTP, is started when its files were sent', () => {
  const { happens, lines, last } = scene()
  const byTftp = (transfer: string, path: string, route: string, more: object = {}) => {
    const about = { transfer, path, route, ...more }
    return [{ ...tftpBegins(transfer, path), ...about }, tftp(about)] as BootEvent[]
  }
  happens(...scenes.firmwareInDhcp)
  happens(...byTftp('1', 'shimx64.efi', 'loader'), ...byTftp('2', 'grubx64.efi', 'loader'))
  happens(...byTftp('3', 'grub/grub.cfg', 'grub'))
  assert.equal(last().facts.hasFirstScript, 'grub')
  happens({ ...asked, loader: 'GRUB' } as BootEvent, decided())
  happens(
    ...byTftp('4', kernel.name, 'file', { digest: kernel.digest, bytes: kernel.size, size: kernel.size }),
  )
  assert.equal(last().state, 'booting')
  happens(
    ...byTftp('5', initrd.name, 'file', { digest: initrd.digest, bytes: initrd.size, size: initrd.size }),
  )
  assert.deepEqual([last().state, kinds(lines()).at(-1)], ['started', 'started'])
})

test('a kernel that breaks off by TFTP is named, and so is a second loader', () => {
  const { happens, last } = scene()
  happens(
    ...scenes.firmwareInDhcp,
    tftpBegins('1', 'shimx64.efi'),
    tftp({ transfer: '1', path: 'shimx64.efi' }),
  )
  const silence = { outcome: 'given-up', bytes: 1468, reason: 'the client fell silent' } as const
  happens(tftpBegins('2', 'grubx64.efi'), tftp({ transfer: '2', path: 'grubx64.efi', ...silence }))
  assert.match(last().cause?.text ?? '', /^grubx64\.efi stopped after 1\.4 KiB/)
  happens(
    asked,
    decided(),
    tftp({ transfer: '3', path: 'vmlinuz', route: 'file', digest: kernel.digest, ...silence }),
  )
  assert.match(
    last().cause?.text ?? '',
    /^vmlinuz was cut off after 1\.4 KiB of 7\.6 MiB: the client fell silent/,
  )
})

test('thousands of parts of a file, and of files of a tree, are one line each with all their bytes', () => {
  const { happens, lines, told } = scene()
  happens(...ways.untilStart)
  const before = lines().length
  const root = { name: 'root.squashfs', digest: `sha256:${'c'.repeat(64)}`, size: 2 ** 30 }
  for (let n = 0; n < 3000; n += 1) {
    const part = { status: 206, bytes: 1000, ms: 2 }
    happens(fileBegins(root, `p${n}`), fileSent(root, `p${n}`, part))
    const deb = { name: `pool/${n}.deb`, digest: `sha256:${'d'.repeat(64)}`, size: 10 }
    happens({ ...fileBegins(deb, `t${n}`), what: 'tree' } as BootEvent)
    happens({ ...fileSent(deb, `t${n}`), what: 'tree' } as BootEvent)
  }
  const added = lines().slice(before)
  assert.deepEqual(
    added.map((line) =>
      line.kind === 'file' ? [line.what, line.name, line.bytes, line.ms, line.times] : [],
    ),
    [
      ['file', 'root.squashfs', 3_000_000, 6000, 3000],
      ['tree', 'pool/2999.deb', 30_000, 1_500_000, 3000],
    ],
  )
  assert.ok(told.filter(({ isNews }) => isNews).length < 40)
})

test('more lines than a timeline holds are counted; its state stays true', () => {
  const { happens, last, lines } = scene()
  happens(...scenes.firmwareInDhcp)
  for (let n = 0; n < 1000; n += 1) happens({ ...lease, leased: `10.0.${n >> 8}.${n & 255}` } as BootEvent)
  happens(lease, ...ways.untilStart.slice(5))
  assert.equal(lines().length, 120)
  assert.equal(last().state, 'started')
  assert.ok(last().dropped > 800)
})

test('texts of strangers are one bounded line, and URLs lose what may be a secret', () => {
  const { happens, lines } = scene()
  happens(discover('dhcp'))
  happens(offer('dhcp', { file: 'http://x/boot.ipxe?token=hunter2' }))
  happens({ kind: 'other-offer', mac, server: '10.0.0.9', file: `evil\u001b[2J\n${'x'.repeat(900)}` })
  const text = JSON.stringify(lines())
  assert.ok(!text.includes('hunter2') && text.includes('http://x/boot.ipxe"'), text)
  assert.ok(!/\\u00|\\n/.test(text) && text.length < 900, text)
})

test('made-up machines make room for each other, and not of machines that boot', () => {
  const { live, happens, boots, now, last } = scene()
  happens(...ways.untilLoader)
  const hex = (n: number) => n.toString(16).padStart(2, '0')
  for (let n = 0; n < 20_000; n += 1)
    live.take({ ...discover('dhcp'), mac: `02:00:00:00:${hex(n >> 8)}:${hex(n & 255)}` } as BootEvent, now())
  assert.equal(live.size, 5001)
  happens(...ways.untilStart.slice(7))
  assert.deepEqual([last().mac, last().state], [mac, 'started'])
  assert.equal(boots().filter((boot) => boot.mac === mac).length, 1)
})

test('a boot session leads its files to its boot, whatever their address', () => {
  const { happens, lines, last } = scene()
  const boot = 'session-1'
  happens(asked, { ...decided(), boot } as BootEvent)
  const nat = { address: '192.0.2.1', boot }
  happens(
    { ...fileSent(kernel, 'h1'), ...nat } as BootEvent,
    { ...fileSent(initrd, 'h2'), ...nat } as BootEvent,
  )
  assert.equal(last().state, 'started')
  assert.ok(!JSON.stringify(lines()).includes(boot))
})

test('after a restart boots go on where they were, or are given up when nobody knows', () => {
  const before = scene()
  before.happens(...ways.untilKernel)
  const interrupted = before.last()
  const { live, told, lines } = scene()
  live.takeUp([interrupted], interrupted.lastAt + 10 * second)
  assert.deepEqual([told.at(-1)?.boot.state, kinds(lines())], ['booting', ['restarted']])
  live.take(fileSent(initrd, 'h9'), interrupted.lastAt + 12 * second)
  assert.deepEqual([told.at(-1)?.boot.state, told.at(-1)?.boot.id], ['started', interrupted.id])

  const later = scene()
  later.live.takeUp([interrupted], interrupted.lastAt + 5 * minute)
  assert.deepEqual([later.last().state, later.last().cause?.code], ['abandoned', 'platform-stopped'])

  const twice = scene()
  const older = {
    ...interrupted,
    id: newId(interrupted.beganAt - minute),
    lastAt: interrupted.lastAt - minute,
  }
  twice.live.takeUp([interrupted, older], interrupted.lastAt + second)
  assert.equal(twice.live.size, 1)
  assert.deepEqual(
    twice.boots().map(({ id, state, closedAt }) => [id, state, closedAt !== undefined]),
    [
      [older.id, 'failed', true],
      [interrupted.id, 'booting', false],
    ],
  )
})
