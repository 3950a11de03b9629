import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CommandLine } from '../testing/command-line.ts'
import { type Call, startFakePlatform } from '../testing/fake-platform.ts'

const text = (call: Call) => ({
  server: call.params['server'],
  title: 'dnsmasq',
  place: '/etc/dnsmasq.d/bootcast.conf',
  steps: ['Save it.', 'Restart dnsmasq.'],
  text: '# of 10.77.0.0/24\n\n  dhcp-boot=a\u001b[2Jb\n',
  missing: ['people with old machines'],
})

const network = () => ({
  dhcp: { mode: 'proxy', why: 'another server gives the addresses' },
  heard: { since: '2026-11-26T08:00:00.000Z', messages: 12, bootMessages: 3 },
  servers: [
    {
      ...{ address: '10.77.0.2', times: 4, isBootServer: true, verdict: 'in-the-way' },
      ...{ firstAt: '2026-11-26T08:00:00.000Z', lastAt: '2026-11-26T09:00:00.000Z' },
    },
  ],
  networks: [{ address: '10.77.0.1', subnet: '10.77.0.0/24', bootUrl: 'http://10.77.0.1:8080' }],
  loaders: [],
  findings: [
    {
      ...{ code: 'another-boot-server', level: 'wrong', what: '10.77.0.2 answers too' },
      ...{ why: 'Machines take one of the two.', todo: 'Switch its boot service off.' },
    },
    { code: 'loaders', level: 'fine', what: 'The usual loaders are there' },
  ],
})

test('the text for a DHCP server goes to a file alone, what to do with it is said beside', async () => {
  await using platform = await startFakePlatform({ showDhcpText: text })
  await using line = await CommandLine.at(platform.url)
  const said = await line.run(['network', 'dhcp-text', 'dnsmasq', '--address', '10.77.0.1'])
  assert.equal(said.exitCode, 0, said.stderr)
  assert.match(said.stdout, /^# of 10\.77\.0\.0\/24\n\n {2}dhcp-boot=a.*b\n$/)
  assert.ok(!said.stdout.includes('\u001b'), 'what steers a terminal is not in it')
  assert.match(said.stderr, /bootcast\.conf.*1\. Save it\..*2\. Restart.*old machines/s)
  assert.deepEqual(platform.calls.at(-1)?.query, { address: '10.77.0.1' })
})

test('as JSON it is what the platform says', async () => {
  await using platform = await startFakePlatform({ showDhcpText: text })
  await using line = await CommandLine.at(platform.url)
  const { stdout, stderr } = await line.run(['network', 'dhcp-text', 'dnsmasq', '--json'])
  assert.deepEqual([JSON.parse(stdout).steps.length, stderr], [2, ''])
})

test('a server without a text is told with those that have one', async () => {
  await using platform = await startFakePlatform({})
  await using line = await CommandLine.at(platform.url)
  const said = await line.run(['network', 'dhcp-text', 'pfsense'])
  assert.equal(said.exitCode, 2)
  assert.match(said.stderr, /“pfsense”.*dnsmasq, kea/s)
})

test('what is in the way of a boot comes with what to do', async () => {
  await using platform = await startFakePlatform({ showNetwork: network })
  await using line = await CommandLine.at(platform.url)
  const { stdout, exitCode, stderr } = await line.run(['network', 'show'])
  assert.equal(exitCode, 0, stderr)
  assert.match(stdout, /proxy: another server gives the addresses/)
  assert.match(stdout, /10\.77\.0\.0\/24 +http:\/\/10\.77\.0\.1:8080, TFTP off/)
  assert.match(stdout, /wrong {2}10\.77\.0\.2 answers too\n {7}Machines take.*To do: Switch/s)
  assert.match(stdout, /10\.77\.0\.2 +in the way, last heard/)
})
