import { closeSync, openSync, readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DhcpServer } from '../../../modules/contract/src/network.ts'
import { DebianFiles } from '../../../tools/deployer/debian-files.ts'
import { scratchDirectory } from './lab-run.ts'
import { type LabNetwork, otherAddress } from './network.ts'
import { startInside, until } from './processes.ts'

const [first, last] = ['10.77.0.100', '10.77.0.199']

/** A DHCP server of somebody else, as its documents say that it is set up, with our text where its steps put it. */
type ForeignServer = {
  /** What it says when it serves. */
  readonly ready: RegExp
  /** Puts the text into its place below `home`. @returns the command line of the server */
  readonly prepare: (home: string, text: string) => Promise<readonly [string, ...string[]]>
}

async function dnsmasq(home: string, text: string): Promise<readonly [string, ...string[]]> {
  await mkdir(join(home, 'dnsmasq.d'))
  await writeFile(join(home, 'dnsmasq.d/bootcast.conf'), text)
  return [
    'dnsmasq',
    ...['--keep-in-foreground', '--port=0', '--interface=eth0', '--bind-interfaces', '--user=root'],
    ...['--pid-file=', '--dhcp-leasefile=/dev/null', '--log-facility=-', '--log-dhcp'],
    ...['--conf-file=/dev/null', `--conf-dir=${join(home, 'dnsmasq.d')}`],
    ...[`--dhcp-range=${first},${last},1h`, `--dhcp-option=3,${otherAddress}`, '--no-ping'],
  ]
}

async function kea(home: string, text: string): Promise<readonly [string, ...string[]]> {
  // Its own JSON may have comments, that of everybody else not.
  const ours = JSON.parse(text.replace(/^\/\/.*$/m, '')).Dhcp4
  const settings = {
    'interfaces-config': { interfaces: ['eth0'] },
    'lease-database': { type: 'memfile', persist: false },
    'valid-lifetime': 3600,
    subnet4: [
      {
        ...{ id: 1, subnet: '10.77.0.0/24', pools: [{ pool: `${first} - ${last}` }] },
        'option-data': [{ name: 'routers', data: otherAddress }],
      },
    ],
    loggers: [{ name: 'kea-dhcp4', severity: 'INFO', output_options: [{ output: 'stderr' }] }],
    ...ours,
  }
  await writeFile(join(home, 'kea.json'), JSON.stringify({ Dhcp4: settings }))
  const places = ['KEA_PIDFILE_DIR', 'KEA_LOCKFILE_DIR'].map((name) => `${name}=${home}`)
  return ['env', ...places, 'kea-dhcp4', '-c', join(home, 'kea.json')]
}

/** From Debian's package, not installed: its set-up would start a server. */
async function iscDhcpd(home: string, text: string): Promise<readonly [string, ...string[]]> {
  const debian = new DebianFiles(process.arch === 'arm64' ? 'arm64' : 'amd64')
  const tree = await debian.unpacked('isc-dhcp-server', async () => 'isc-dhcp-server', ['./usr/sbin/dhcpd'])
  await writeFile(join(home, 'bootcast.conf'), text)
  await writeFile(join(home, 'leases'), '')
  await writeFile(
    join(home, 'dhcpd.conf'),
    `authoritative;
subnet 10.77.0.0 netmask 255.255.255.0 { range ${first} ${last}; option routers ${otherAddress}; }
include "${join(home, 'bootcast.conf')}";
`,
  )
  const files = ['-cf', join(home, 'dhcpd.conf'), '-lf', join(home, 'leases'), '-pf', join(home, 'pid')]
  return [join(tree, 'usr/sbin/dhcpd'), '-4', '-f', '-d', '--no-pid', ...files, 'eth0']
}

export const foreignServers = {
  dnsmasq: { prepare: dnsmasq, ready: /DHCP, IP range/ },
  kea: { prepare: kea, ready: /DHCP4_STARTED/ },
  'isc-dhcpd': { prepare: iscDhcpd, ready: /Server starting service/ },
} as const satisfies Partial<Record<DhcpServer, ForeignServer>>
export type ForeignServerName = keyof typeof foreignServers

/** Serves in the namespace `other` until that is gone; what it says is in `log`. */
export async function startForeignServer(
  network: LabNetwork,
  name: ForeignServerName,
  { text, log }: { readonly text: string; readonly log: string },
): Promise<void> {
  const { prepare, ready } = foreignServers[name]
  const [command, ...args] = await prepare(scratchDirectory(), text)
  const file = openSync(log, 'a')
  const child = startInside(network.other, command, args, { stdio: ['ignore', file, file] })
  closeSync(file)
  // Ends with its namespace.
  child.unref()
  await until(`${name} serves the second namespace`, 30, () => {
    const said = readFileSync(log, 'utf8')
    if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}:\n${said}`)
    return ready.test(said)
  })
}
