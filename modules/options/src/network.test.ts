import assert from 'node:assert/strict'
import type { NetworkInterfaceInfo } from 'node:os'
import { test } from 'node:test'
import { bootOptions } from './boot-options.ts'
import { baseUrlFor, bootInterfaces, bootPlaces, dhcpModeOf, mayOpenPort, urlsForPeople } from './network.ts'
import { readConfig } from './read-config.ts'
import { originUrl } from './value-schemas.ts'

const ipv4 = (address: string, netmask = '255.255.255.0', internal = false): NetworkInterfaceInfo => ({
  address,
  netmask,
  internal,
  family: 'IPv4',
  mac: '52:54:00:00:00:01',
  cidr: null,
})
const interfaces = {
  lo: [ipv4('127.0.0.1', '255.0.0.0', true)],
  eth0: [ipv4('192.0.2.7')],
  eth1: [ipv4('10.1.0.1'), ipv4('10.77.0.1')],
}

const program = {
  name: 'A program',
  about: 'It boots machines.',
  command: 'program',
  examples: [],
  prefix: 'PROGRAM_',
  othersVariables: [],
  usualFile: '/etc/program.toml',
  options: {
    ...bootOptions,
    publicUrl: { argument: 'URL', schema: originUrl.optional(), about: 'For people.', example: 'https://a' },
  },
  disagreements: () => [],
}

function config(...argv: string[]) {
  const asked = readConfig(program, { argv, env: {}, interfaces, readFile: () => undefined })
  assert.ok(asked.kind === 'run')
  return asked.config
}

test('machines are sent to the address by which they know us, or to a URL that is named', () => {
  const reach = (...argv: string[]) => baseUrlFor({ config: config(...argv), port: 8080, interfaces })
  assert.equal(reach()('10.77.0.1'), 'http://10.77.0.1:8080')
  assert.equal(reach()('0.0.0.0'), 'http://192.0.2.7:8080')
  assert.equal(reach('--listen', '10.1.0.1:80')('10.77.0.1'), 'http://10.1.0.1:8080')
  assert.equal(reach('--listen', '[2001:db8::1]:80')('10.77.0.1'), 'http://[2001:db8::1]:8080')
  assert.equal(reach('--public-url', 'http://boot.example/')('10.77.0.1'), 'http://boot.example')
  const forPeople = ['--public-url', 'https://boot.example']
  assert.equal(reach(...forPeople)('10.77.0.1'), 'http://10.77.0.1:8080', 'loaders trust no certificate')
  assert.equal(reach(...forPeople, '--boot-url', 'http://10.9.9.9:80')('10.77.0.1'), 'http://10.9.9.9')
})

test('people are told every URL that works, the best first', () => {
  const urls = (...argv: string[]) => urlsForPeople({ config: config(...argv), port: 8080, interfaces })
  assert.deepEqual(urls(), [
    'http://192.0.2.7:8080',
    'http://10.1.0.1:8080',
    'http://10.77.0.1:8080',
    'http://127.0.0.1:8080',
  ])
  assert.deepEqual(urls('--listen', '127.0.0.1:1', '--public-url', 'http://boot'), [
    'http://boot',
    'http://127.0.0.1:8080',
  ])
})

test('an interface with two networks is known by the one of the range', () => {
  const server = ['--interface', 'eth1', '--dhcp', 'server', '--dhcp-range', '10.77.0.5-10.77.0.9']
  assert.deepEqual(bootInterfaces(config(...server), interfaces), [
    { name: 'eth1', address: '10.77.0.1', netmask: '255.255.255.0' },
  ])
  assert.equal(bootInterfaces(config('--interface', 'eth1'), interfaces)[0]?.address, '10.1.0.1')
  assert.deepEqual(bootInterfaces(config(), interfaces), [{ address: '0.0.0.0', netmask: '0.0.0.0' }])
})

test('without a word on DHCP it is proxy where that is possible, and the reason is told', async () => {
  const mode = async (may: boolean, ...argv: string[]) => await dhcpModeOf(config(...argv), async () => may)
  assert.deepEqual(await mode(true, '--interface', 'eth1'), { mode: 'proxy', why: 'possible' })
  assert.deepEqual(await mode(false, '--interface', 'eth1'), { mode: 'off', why: 'no right' })
  assert.deepEqual(await mode(true), { mode: 'off', why: 'no interface' })
  const off = { mode: 'off', why: 'configured' }
  assert.deepEqual(await mode(true, '--interface', 'eth1', '--dhcp', 'off'), off)
})

test('a high port may be opened by anybody', async () => {
  assert.equal(await mayOpenPort(30_067), true)
})

test('screens send people to the URL for people, and to none when there is none', () => {
  const places = (...argv: string[]) => bootPlaces({ config: config(...argv), port: 8080, interfaces })
  assert.equal(places('--public-url', 'https://a').activateUrl?.(), 'https://a/activate')
  assert.equal(places().activateUrl, undefined)
  assert.equal(places().baseUrl('10.77.0.1'), 'http://10.77.0.1:8080')
})
