import assert from 'node:assert/strict'
import type { NetworkInterfaceInfo } from 'node:os'
import { test } from 'node:test'
import { HeardDhcp } from './heard-dhcp.ts'
import { NetworkDesk, NetworkNotFound } from './network-desk.ts'

const info = (address: string, netmask: string, internal = false): NetworkInterfaceInfo => ({
  ...{ address, netmask, internal, family: 'IPv4', mac: '00:00:00:00:00:00', cidr: null },
})
const interfaces = {
  lo: [info('127.0.0.1', '255.0.0.0', true)],
  eth0: [info('192.168.1.5', '255.255.255.0')],
  eth1: [info('10.77.0.1', '255.255.252.0')],
}

function deskWith(names: string[], known: Record<string, NetworkInterfaceInfo[]> = interfaces) {
  const config = {
    ...{ interface: names, dhcpRange: undefined, tftpPort: 69, bootUrl: undefined },
    listen: { address: '0.0.0.0', port: 8080 },
  }
  return new NetworkDesk({
    config,
    reaching: { config, port: 8080, interfaces: known },
    services: { status: () => ({ listening: [], problems: [] }) },
    shelf: {
      nameFor: ({ name }) => (name === 'bios' ? 'undionly.kpxe' : undefined),
      list: () => [],
      lacks: () => [],
    },
    dhcp: { mode: 'proxy', why: 'possible' },
    heard: new HeardDhcp(),
  })
}

test('named interfaces are the networks; without one, all addresses of this computer are', () => {
  const [one, ...none] = deskWith(['eth1']).look().places
  assert.deepEqual(
    [one?.interface, one?.bootUrl, one?.tftp],
    ['eth1', 'http://10.77.0.1:8080', '10.77.0.1:69'],
  )
  assert.deepEqual(none, [])
  const all = deskWith([]).look().places
  assert.deepEqual(
    all.map(({ address }) => address),
    ['192.168.1.5', '10.77.0.1'],
  )
})

test('a computer without a network has at least itself, and that is found wrong', () => {
  const { places, findings } = deskWith([], { lo: interfaces.lo }).look()
  assert.equal(places[0]?.address, '127.0.0.1')
  assert.ok(findings.some(({ code }) => code === 'unreachable'))
})

test('a text is for the network that is asked for, else for the first', () => {
  const desk = deskWith([])
  assert.match(desk.dhcpText('windows', '10.77.0.1').text, /\$scope = '10\.77\.0\.0'/)
  assert.match(desk.dhcpText('windows').text, /\$scope = '192\.168\.1\.0'/)
  assert.throws(() => desk.dhcpText('kea', '10.0.0.1'), NetworkNotFound)
})

test('each kind of firmware is told with its loader, and whether one has to miss it', () => {
  const { firmwares } = deskWith([]).look()
  const bios = firmwares.find(({ firmware }) => firmware === 'bios')
  const arm = firmwares.find(({ firmware }) => firmware === 'uefi-arm64')
  assert.deepEqual(
    [bios?.loader, bios?.isUsual, arm?.loader, arm?.isUsual],
    ['undionly.kpxe', true, undefined, true],
  )
})
