import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NotExpressible } from '@bootcast/netboot'
import { runScript } from '@bootcast/netboot/testing/ipxe-reader'
import fc from 'fast-check'
import { bootScript } from './boot-script.ts'
import { firstScript } from './methods/first.ts'

const base = 'http://10.77.0.1:8080'
const urls = { base, boot: `${base}/b/KEY`, features: [] } as const
const file = (digit: string, name: string) => ({ digest: `sha256:${digit.repeat(64)}`, size: 9, name })
const linux = {
  method: 'linux',
  title: 'demo 3',
  architecture: 'x86_64',
  kernel: file('a', 'vmlinuz'),
  initrds: [file('b', 'initrd.gz'), file('c', 'initrd.gz')],
  cmdline: 'console=ttyS0\tinitrd=initrd.gz quiet',
} as const

test('the first script', () => {
  assert.equal(
    firstScript(base).toString(),
    `#!ipxe
set pause:int32 1
set arch \${buildarch}
iseq \${buildarch} i386 && cpuid --ext 29 && set arch x86_64 ||
set cpu x86-64-v1
iseq \${arch} x86_64 && cpuid --ecx 0 && cpuid --ecx 9 && cpuid --ecx 13 && cpuid --ecx 19 && cpuid --ecx 20 && cpuid --ecx 23 && set cpu x86-64-v2 ||
iseq \${cpu} x86-64-v2 && cpuid --ecx 12 && cpuid --ecx 22 && cpuid --ecx 28 && cpuid --ecx 29 && cpuid --ext --ecx 5 && set cpu x86-64-v3 ||
isset \${netX/ip} && goto ask ||
isset \${net0/ip} && ifopen net0 && goto ask ||
isset \${net1/ip} && ifopen net1 && goto ask ||
isset \${net2/ip} && ifopen net2 && goto ask ||
isset \${net3/ip} && ifopen net3 && goto ask ||
:address
ifconf --configurator dhcp netX || ifconf --configurator dhcp || goto no_address
:ask
chain --replace --autofree http://10.77.0.1:8080/boot.ipxe?mac=\${netX/mac}&uuid=\${uuid}&address=\${netX/ip}&buildarch=\${arch}&platform=\${platform}&cpu=\${cpu}&serial=\${serial:uristring}&manufacturer=\${manufacturer:uristring}&product=\${product:uristring} ||
echo Bootcast: no boot script from http://10.77.0.1:8080 (the lines above say why)
goto again
:no_address
echo Bootcast: no address by DHCP (cable? VLAN? is a DHCP server there?)
:again
echo Bootcast: \${netX/mac} tries again in \${pause} s
sleep \${pause} ||
iseq \${pause} 32 || inc pause \${pause} ||
goto address
`,
  )
})

test('linux: kernel, two initrds of one name, and what happens when one of them fails', () => {
  assert.equal(
    bootScript(linux, urls).toString(),
    `#!ipxe
echo Bootcast: starting demo 3
imgfree ||
clear initrds ||
iseq \${platform} efi && set initrds initrd=initrd1 initrd=initrd2 ||
kernel --name vmlinuz http://10.77.0.1:8080/b/KEY/files/${'a'.repeat(64)}/vmlinuz \${initrds} console=ttyS0 quiet || goto failed
initrd --name initrd1 http://10.77.0.1:8080/b/KEY/files/${'b'.repeat(64)}/initrd.gz || goto failed
initrd --name initrd2 http://10.77.0.1:8080/b/KEY/files/${'c'.repeat(64)}/initrd.gz || goto failed
boot || goto failed
:failed
echo Bootcast: demo 3 could not be started (the lines above say why); again in 10 s
imgfree ||
:wait
sleep 10 ||
ifconf --configurator dhcp netX || ifconf --configurator dhcp ||
chain --replace --autofree http://10.77.0.1:8080/boot.ipxe ||
echo Bootcast: http://10.77.0.1:8080 does not answer; again in 10 s
goto wait
`,
  )
})

test('linux without an initrd and without arguments', () => {
  const lines = bootScript({ ...linux, initrds: [], cmdline: '' }, urls)
    .toString()
    .split('\n')
  assert.deepEqual(lines.slice(2, 5), [
    'imgfree ||',
    `kernel --name vmlinuz http://10.77.0.1:8080/b/KEY/files/${'a'.repeat(64)}/vmlinuz || goto failed`,
    'boot || goto failed',
  ])
})

test('linux: a file with a path in the initrd, and URLs put in the places of the command line', () => {
  const plan = {
    ...linux,
    initrds: [file('b', 'initrd'), { ...file('c', 'demo.iso'), path: '/proxmox.iso' }],
    cmdline: 'fetch={{rootfs}} repo={{tree}}/ {{unknown}}',
    files: { rootfs: file('e', 'filesystem.squashfs') },
    tree: `sha256:${'d'.repeat(64)}`,
  }
  const url = (digit: string) => `http://10.77.0.1:8080/b/KEY/files/${digit.repeat(64)}`
  assert.deepEqual(bootScript(plan, urls).toString().split('\n').slice(3, 8), [
    'clear initrds ||',
    'iseq ${platform} efi && set initrds initrd=initrd.magic ||',
    `kernel --name vmlinuz ${url('a')}/vmlinuz \${initrds} fetch=${url('e')}/filesystem.squashfs ` +
      `repo=http://10.77.0.1:8080/b/KEY/trees/${'d'.repeat(64)}/ {{unknown}} || goto failed`,
    `initrd --name initrd1 ${url('b')}/initrd || goto failed`,
    `initrd --name initrd2 ${url('c')}/demo.iso /proxmox.iso || goto failed`,
  ])
})

test('efi: the program on EFI, a sentence on BIOS', () => {
  const plan = {
    method: 'efi',
    title: 'demo 3',
    architecture: 'x86_64',
    program: file('a', 'uki.efi'),
    arguments: 'repo={{tree}} quiet',
    tree: `sha256:${'d'.repeat(64)}`,
  } as const
  assert.deepEqual(bootScript(plan, urls).toString().split('\n').slice(1, 9), [
    'echo Bootcast: starting demo 3',
    'imgfree ||',
    'iseq ${platform} efi && goto load ||',
    'echo Bootcast: this is an EFI program, and this machine has started by BIOS',
    'goto failed',
    ':load',
    `kernel --name program.efi http://10.77.0.1:8080/b/KEY/files/${'a'.repeat(64)}/uki.efi ` +
      `repo=http://10.77.0.1:8080/b/KEY/trees/${'d'.repeat(64)} quiet || goto failed`,
    'boot || goto failed',
  ])
})

test('iso: a disk for the firmware, with what that is worth', () => {
  const plan = { method: 'iso', title: 'demo 3', iso: file('a', 'demo.iso') } as const
  assert.deepEqual(bootScript(plan, urls).toString().split('\n').slice(1, 5), [
    'echo Bootcast: starting the CD of demo 3 (best effort: its system may not find the CD again)',
    'imgfree ||',
    `sanboot --no-describe http://10.77.0.1:8080/b/KEY/files/${'a'.repeat(64)}/demo.iso ||`,
    'echo Bootcast: the CD of demo 3 could not be started (the lines above say why); again in 10 s',
  ])
})

test('wim: wimboot, and each file under the name that wimboot looks for', () => {
  const files = [
    { ...file('a', 'BCD'), as: 'BCD' },
    { ...file('b', 'BOOT.WIM'), as: 'boot.wim' },
  ]
  const plan = { method: 'wim', title: 'PE 1', loader: 'wimboot', files } as const
  assert.deepEqual(bootScript(plan, urls).toString().split('\n').slice(1, 7), [
    'echo Bootcast: starting PE 1',
    'imgfree ||',
    'kernel --name wimboot http://10.77.0.1:8080/loaders/wimboot || goto failed',
    `initrd --name BCD http://10.77.0.1:8080/b/KEY/files/${'a'.repeat(64)}/BCD BCD || goto failed`,
    `initrd --name boot.wim http://10.77.0.1:8080/b/KEY/files/${'b'.repeat(64)}/BOOT.WIM boot.wim || goto failed`,
    'boot || goto failed',
  ])
})

test('a command line that no script can say is an error, not another command', () => {
  assert.throws(() => bootScript({ ...linux, cmdline: 'a || poweroff' }, urls), NotExpressible)
})

test('local disk: an error status on EFI, the first disk on BIOS', () => {
  assert.equal(
    bootScript({ method: 'local-disk', reason: 'installed on 2 May' }, urls).toString(),
    `#!ipxe
echo Bootcast: leaving the network boot: installed on 2 May
iseq \${platform} efi && exit 1 ||
sanboot --no-describe --drive 0x80 ||
echo Bootcast: no disk started; back to the firmware
exit 1
`,
  )
})

test('wait: why, which machine, and asking again', () => {
  assert.equal(
    bootScript({ method: 'wait', reason: 'no default image', seconds: 30 }, urls).toString(),
    `#!ipxe
echo Bootcast: nothing to boot yet: no default image
echo Bootcast: this machine is \${netX/mac} and asks again in 30 s
:wait
sleep 30 ||
ifconf --configurator dhcp netX || ifconf --configurator dhcp ||
chain --replace --autofree http://10.77.0.1:8080/boot.ipxe ||
echo Bootcast: http://10.77.0.1:8080 does not answer; again in 30 s
goto wait
`,
  )
})

test('who waits for its turn comes back with the same question, or to the first script when that fails', () => {
  const plan = {
    method: 'wait',
    reason: 'place 2 of 9 in the queue',
    seconds: 7.4,
    turnFor: 'demo 3',
  } as const
  const question = 'session/choose?image=demo%40stable'
  const script = bootScript(plan, { ...urls, question }).toString()
  assert.ok(
    script.includes(
      `echo Bootcast: waiting for the turn of this machine to start demo 3: place 2 of 9 in the queue
echo Bootcast: this machine is \${netX/mac} and asks again in 7 s
:wait
sleep 7 ||
ifconf --configurator dhcp netX || ifconf --configurator dhcp ||
chain --replace --autofree ${urls.boot}/${question} || chain --replace --autofree ${base}/boot.ipxe ||
`,
    ),
    script,
  )
  assert.ok(
    !bootScript(plan, urls).toString().includes(urls.boot),
    'at the entry there is no question to keep',
  )
  const { turnFor, ...nothing } = plan
  assert.ok(
    turnFor &&
      !bootScript(nothing, { ...urls, question })
        .toString()
        .includes(urls.boot),
  )
})

test('a pause is between a second and an hour', () => {
  const pause = (seconds: number) =>
    /sleep (\d+)/.exec(bootScript({ method: 'wait', reason: '', seconds }, urls).toString())?.[1]
  assert.deepEqual([0, -5, 0.4, 1.6, 1e9, Number.NaN].map(pause), ['1', '1', '1', '2', '3600', '1'])
})

test('no title, reason or file name runs anything of its own', () => {
  const hostile = fc
    .array(
      fc.oneof(
        fc.constantFrom('${', '}', '||', '&&', ';', '#', '\n', '\\', ' ', '/', '"'),
        fc.string({ unit: 'binary', maxLength: 4 }),
      ),
    )
    .map((pieces) => pieces.join(''))
  const names = (script: string) => runScript(script).map(([name]) => name)
  const expected = names(bootScript(linux, urls).toString())
  fc.assert(
    fc.property(hostile, hostile, (title, name) => {
      if (!name.isWellFormed()) return
      const plan = { ...linux, title, kernel: { ...linux.kernel, name } }
      assert.deepEqual(names(bootScript(plan, urls).toString()), expected)
    }),
    { numRuns: 500 },
  )
})
