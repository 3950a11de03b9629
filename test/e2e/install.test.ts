import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { whyNoLab } from './lab/capability.ts'
import { DebianMirror } from './lab/debian-mirror.ts'
import { withEvidence } from './lab/evidence.ts'
import { installerTree } from './lab/inputs/images.ts'
import { installerArchive, ownSuite } from './lab/installer-archive.ts'
import { scratchDirectory } from './lab/lab-run.ts'
import { Machine, macOf } from './lab/machine.ts'
import { LabNetwork, serverAddress } from './lab/network.ts'
import { Platform } from './lab/platform.ts'
import { cpioEntry } from './lab/tiny-linux.ts'

const skip = whyNoLab() ?? false
const deployer = join(import.meta.dirname, '../../deployer')
const mirrorPort = 3142

describe('an installation is prepared for each machine, and done once', { skip }, () => {
  const opened = new AsyncDisposableStack()
  let network: LabNetwork
  let platform: Platform

  before(async () => {
    network = opened.use(await LabNetwork.open())
    platform = opened.use(await Platform.start(network, 'server'))
  })
  after(() => opened.disposeAsync())

  test('a machine gets its answers once, phones home, and starts from its disk from then on', async (t) => {
    const files = ['--kernel', join(deployer, 'vmlinuz'), '--initrd', join(deployer, 'initrd.img')]
    const words = ['--initrd', await answeringInitrd(), '--cmdline', 'console=ttyS0 lab.answers={{answers}}']
    await platform.cli(['publish', 'phoning', ...files, ...words])
    const mac = macOf(1)
    const answers = join(scratchDirectory(), 'answers')
    await writeFile(answers, 'PHONE={{phone-home}}\nNAME={{hostname}}\nSECRET={{word:shell}}\n')
    const options = ['--name', 'answers', '--format', 'text', '--installs', 'yes', '--secret', 'word']
    await platform.cli(['template', 'set', 'phoning', answers, ...options])
    await platform.cli(['machine', 'assign', mac, 'phoning'])
    assert.match(String((await platform.machine(mac))['boots']), /word has no value/)
    await platform.cli(['machine', 'set-value', mac, 'word', `it's $HOME "quoted"`])
    await platform.cli(['machine', 'set-value', mac, 'hostname', 'lab-1'])
    await using machine = await Machine.start({ network, firmware: 'bios-ipxe-rom', number: 1 })
    await withEvidence(t.name, machine, platform, async () => {
      const [, name, word] = await machine.console.expect(/ANSWERS for (\S+): (.*)\n/, 240)
      assert.deepEqual([name, word], ['lab-1', `it's $HOME "quoted"`])
      await machine.console.expect(/AGAIN: .*403/, 60)
      await machine.console.expect(/leaving the network boot: phoning@1 is installed on its disk/, 180)
      const { installed, calls } = await platform.machine(mac)
      assert.equal(installed, 'phoning@1')
      assert.deepEqual(
        (calls as { state: string; text: string }[]).map(({ state, text }) => [state, text]),
        [
          ['log', 'half way'],
          ['done', ''],
        ],
      )
      assert.ok(!platform.wholeLog.includes('quoted'))
    })
  })

  test('the Debian installer installs onto an empty disk, without a key pressed, and the machine starts from it', async (t) => {
    if (process.env['BOOTCAST_TEST_LONG'] !== 'yes') {
      const reason = 'it takes the better part of an hour: npm run test:boot -- --long install'
      process.stderr.write(`\nSKIPPED: the Debian installer: ${reason}\n\n`)
      return t.skip(reason)
    }
    const archive = await installerArchive()
    await using mirror = await DebianMirror.within(network, mirrorPort, archive.files)
    // Asked before it has its answers: the network of the lab has no router and no name server.
    const early = `netcfg/no_default_route=true netcfg/get_nameservers=${serverAddress}`
    const own = `mirror/udeb/suite=${ownSuite} debian-installer/allow_unauthenticated=true ${early}`
    // Of the installed system, too. On a busy computer an emulated timer comes too late for the kernel's check of it.
    const installed = 'console=ttyS0 no_timer_check'
    const words = ['--cmdline', `${own} DEBIAN_FRONTEND=text TERM=dumb --- ${installed}`]
    const tree = await installerTree('installer-13', '13 (lab)', archive.installer)
    await platform.cli(['publish', tree, '--name', 'debian', ...words])
    const answers = join(scratchDirectory(), 'answers')
    await platform.cli(['template', 'example', 'preseed', '--to', answers])
    await platform.cli(['template', 'set', 'debian', answers])
    const mac = macOf(2)
    await platform.cli(['machine', 'assign', mac, 'debian'])
    for (const [name, value] of [
      ['hostname', 'lab-debian'],
      ['password', 'correct horse'],
      ['mirror-host', `${serverAddress}:${mirrorPort}`],
      ['services', ''],
      ['packages', ''],
      // Smaller, hence faster under emulation.
      ['kernel', 'linux-image-cloud-amd64'],
    ] as const)
      await platform.cli(['machine', 'set-value', mac, name, value])
    const order = {
      network,
      firmware: 'bios-ipxe-rom',
      number: 2,
      memoryMiB: 1024,
      disk: { sizeMiB: 4096 },
    } as const
    await using machine = await Machine.start(order)
    await withEvidence(t.name, machine, platform, async () => {
      const clock = stages(t)
      const question = /Prompt: '\?' for help|Press enter|Go Back/.source
      for (const [stage, words] of installation) {
        const [said] = await machine.console.expect(new RegExp(`${words.source}|${question}`), 5400)
        clock(stage)
        assert.match(
          said,
          words,
          `the installer asks something; missing in the mirror: ${[...mirror.missing].join(' ')}`,
        )
      }
      const { calls, ...kept } = await platform.machine(mac)
      assert.equal(kept['installed'], 'debian@1')
      const states = (calls as { state: string }[]).map(({ state }) => state)
      assert.deepEqual(states, ['log', 'done'])
      await machine.console.expect(/lab-debian login:/, 1800)
      clock('login prompt of the installed system')
    })
  })
})

/** What the installer shows on its way, in this order. */
const installation = [
  ['the installer starts', /Starting system log daemon/],
  ['it has an address', /Configuring the network with DHCP/],
  ['it loads its parts', /Loading additional components/],
  ['it partitions the disk', /Partitions formatting|Starting up the partitioner/],
  ['it installs the base system', /Installing the base system/],
  ['it configures apt', /Configuring apt/],
  ['it installs GRUB', /Installing GRUB boot loader/],
  ['it finishes', /Finishing the installation/],
  ['the machine is sent to its disk', /leaving the network boot: debian@1 is installed on its disk/],
] as const

function stages(t: { diagnostic(text: string): void }): (stage: string) => void {
  const began = Date.now()
  return (stage) => {
    const line = `${Math.round((Date.now() - began) / 1000)} s: ${stage}`
    process.stderr.write(`${line}\n`)
    t.diagnostic(line)
  }
}

/** In place of the deploy environment's work: fetches its answers twice and phones home. */
async function answeringInitrd(): Promise<string> {
  const script = `#!/bin/sh
url=$(sed 's/ /\\n/g' /proc/cmdline | sed -n 's/^lab\\.answers=//p')
wget -q -O /tmp/answers "$url" && . /tmp/answers && echo "ANSWERS for $NAME: $SECRET"
echo "AGAIN: $(wget -O /dev/null "$url" 2>&1 | tail -n 1)"
wget -q -O /dev/null "$PHONE?state=log&text=half+way"
wget -q -O /dev/null --post-data 'state=done' "$PHONE"
sleep 1
reboot -f
`
  const path = join(scratchDirectory(), 'answering.img')
  const archive = [cpioEntry('bin/deploy.sh', 0o100755, Buffer.from(script)), cpioEntry('TRAILER!!!', 0)]
  await writeFile(path, gzipSync(Buffer.concat(archive)))
  return path
}
