import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findingsOf, type NetworkFacts, verdictOn } from './findings.ts'
import type { Heard, HeardServer } from './heard-dhcp.ts'
import type { Place } from './places.ts'

const place: Place = {
  interface: 'eth1',
  address: '10.77.0.1',
  netmask: '255.255.255.0',
  bootUrl: 'http://10.77.0.1:8080',
  tftp: '10.77.0.1:69',
}
const heard: Heard = { since: 0, lastAt: 1, messages: 7, bootMessages: 3, servers: [] }
const gives: HeardServer = {
  ...{ address: '10.77.0.2', firstAt: 0, lastAt: 1, times: 1, offered: '10.77.0.100', isBootServer: false },
}
const well: NetworkFacts = {
  dhcp: { mode: 'proxy', why: 'possible' },
  heard: { ...heard, servers: [gives] },
  places: [place],
  problems: [],
  lacks: [],
  loaders: new Set(['undionly.kpxe']),
}

const codes = (facts: Partial<NetworkFacts>) =>
  findingsOf({ ...well, ...facts }).map(({ code, level }) => `${level} ${code}`)
const withServer = (server: Partial<HeardServer>, facts: Partial<NetworkFacts> = {}) =>
  codes({ ...facts, heard: { ...heard, servers: [{ ...gives, ...server }] } })

test('a network in which all is well: nothing to do', () => {
  assert.deepEqual(codes({}), ['fine other-server', 'fine dhcp-proxy', 'fine heard'])
  for (const finding of findingsOf(well)) assert.equal(finding.todo, undefined)
})

test('every finding that is not fine says what follows from it, and what to do', () => {
  const bad = findingsOf({
    dhcp: { mode: 'proxy', why: 'configured' },
    heard: { ...heard, messages: 0, servers: [{ ...gives, file: 'x', fileServer: '10.77.0.9' }] },
    places: [{ ...place, bootUrl: 'http://127.0.0.1:8080', tftp: undefined }],
    problems: [{ service: 'tftp', address: '10.77.0.1:69', reason: 'taken', remedy: 'look' }],
    lacks: [{ what: 'no boot loader for PCs', why: 'they get no answer', todo: 'import one' }],
    loaders: new Set(),
  })
  const unwell = bad.filter(({ level }) => level !== 'fine')
  assert.equal(unwell.length, 6)
  for (const { what, why, todo } of unwell) {
    assert.match(what, /^[A-Z0-9t].*[^.]$/)
    assert.match(why ?? '', /^[A-Z].*\.$/s)
    assert.match(todo ?? '', /^[A-Z].*[.?]$/s)
  }
})

test('what is wrong comes before what is only to know', () => {
  const found = codes({ places: [{ ...place, bootUrl: 'http://127.0.0.1:8080' }] })
  assert.equal(found[0], 'wrong unreachable')
})

test('two servers that give addresses', () => {
  assert.ok(withServer({}, { dhcp: { mode: 'server', why: 'configured' } }).includes('wrong two-servers'))
})

test('another boot file is in the way, ours is not', () => {
  assert.ok(withServer({ file: 'pxelinux.0', fileServer: '10.77.0.9' }).includes('wrong in-the-way'))
  assert.ok(withServer({ file: 'undionly.kpxe', fileServer: '10.77.0.9' }).includes('wrong in-the-way'))
  assert.ok(withServer({ isBootServer: true }).includes('wrong in-the-way'))
  assert.ok(withServer({ file: 'undionly.kpxe', fileServer: '10.77.0.1' }).includes('fine points-here'))
  assert.ok(withServer({ file: 'http://10.77.0.1:8080/boot.ipxe' }).includes('fine points-here'))
  assert.equal(verdictOn({ ...gives, file: 'http://10.77.0.1:8080.evil/boot.ipxe' }, well), 'in-the-way')
})

test('nothing heard, and nobody who gives addresses', () => {
  assert.ok(codes({ heard: { ...heard, messages: 0, bootMessages: 0 } }).includes('note nothing-heard'))
  assert.ok(codes({ heard }).includes('note no-address-server'))
})

test('no part in DHCP: by choice, or for want of a right', () => {
  const off = codes({ dhcp: { mode: 'off', why: 'no interface' }, heard })
  assert.deepEqual(off, ['note dhcp-off'])
  assert.deepEqual(codes({ dhcp: { mode: 'off', why: 'no right' }, heard }), ['wrong no-right'])
})

test('a missing loader is to know, no loader at all is wrong', () => {
  const lacks = [{ what: 'no boot loader for x', why: 'they get no answer', todo: 'import one' }]
  assert.ok(codes({ lacks }).includes('note no-loader'))
  assert.ok(codes({ lacks, loaders: new Set() }).includes('wrong no-loader'))
})
