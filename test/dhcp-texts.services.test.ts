import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { type DhcpServerName, dhcpText } from '../modules/boot/src/index.ts'
import { loaderKinds } from '../modules/boot/src/loaders.ts'
import { DebianFiles } from '../tools/deployer/debian-files.ts'

/** All kinds of firmware have a loader: nothing of a text is left out. */
const settings = {
  address: '10.77.0.1',
  netmask: '255.255.255.0',
  baseUrl: 'http://10.77.0.1:8080',
  shelf: {
    nameFor: ({ platform, architecture }: { platform: string; architecture: string }) =>
      loaderKinds.find((kind) => kind.platform === platform && kind.architecture === architecture)?.names[0],
  },
}

type Judge = {
  readonly server: DhcpServerName
  /** The program that looks the configuration at `path` through, and the words that it says of a good one. */
  readonly command: (path: string) => readonly [string, ...string[]]
  readonly program: () => Promise<string>
  readonly broken: (text: string) => string
}

const ofPath = (name: string) => async () => name

/** From Debian's package, not installed: its set-up would start a server. */
async function dhcpd(): Promise<string> {
  const debian = new DebianFiles(process.arch === 'arm64' ? 'arm64' : 'amd64')
  const tree = await debian.unpacked('isc-dhcp-server', async () => 'isc-dhcp-server', ['./usr/sbin/dhcpd'])
  return join(tree, 'usr/sbin/dhcpd')
}

const judges: readonly Judge[] = [
  {
    server: 'dnsmasq',
    program: ofPath('dnsmasq'),
    command: (path) => ['--test', `--conf-file=${path}`],
    broken: (text) => text.replace('dhcp-boot=', 'dhcp-boots='),
  },
  {
    server: 'opnsense',
    program: ofPath('dnsmasq'),
    command: (path) => ['--test', `--conf-file=${path}`],
    broken: (text) => text.replace('option:client-arch', 'option:no-such'),
  },
  {
    server: 'kea',
    program: ofPath('kea-dhcp4'),
    command: (path) => ['-t', path],
    broken: (text) => text.replace("member('bootcast-ipxe')", "member('somebody-else')"),
  },
  {
    server: 'isc-dhcpd',
    program: dhcpd,
    command: (path) => ['-t', '-cf', path, '-lf', '/dev/null'],
    broken: (text) => text.replace('elsif', 'elseif'),
  },
]

describe('the servers themselves take the texts that are written for them', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bootcast-dhcp-texts-'))
  })
  after(() => rm(folder, { recursive: true, force: true }))

  for (const { server, program, command, broken } of judges) {
    test(`${server}, and no broken one`, async (t) => {
      const found = await program().catch((error: Error) => error)
      if (found instanceof Error) return t.skip(`skipped: ${found.message}`)
      if (spawnSync(found, ['--version']).error !== undefined) return t.skip(`skipped: no ${found} here`)
      const path = join(folder, `${server}.conf`)
      const judge = async (text: string) => {
        await writeFile(path, text)
        await promisify(execFile)(found, command(path), { timeout: 30_000 })
      }
      const { text } = dhcpText(server, settings)
      await judge(text)
      assert.notEqual(broken(text), text)
      await assert.rejects(judge(broken(text)))
    })
  }
})
