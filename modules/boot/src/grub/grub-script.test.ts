import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kernelCommandLine, runGrubScript } from '@bootcast/netboot/testing/grub-reader'
import fc from 'fast-check'
import type { BootPlan } from '../boot-plan.ts'
import { firstConfig } from './first-config.ts'
import { grubScript, sorryScript } from './grub-script.ts'

const base = 'http://10.77.0.1:8080'
const urls = { base, boot: `${base}/b/KEY` }
const runs = Number(process.env['BOOTCAST_FUZZ_RUNS'] ?? 1000)
const file = (digit: string, name: string) => ({
  digest: `sha256:${digit.repeat(64)}`,
  size: 3 * 2 ** 20,
  name,
})
const linux = {
  method: 'linux',
  title: 'demo 3',
  architecture: 'x86_64',
  kernel: file('a', "vmlinuz 'odd' name"),
  initrds: [file('b', 'initrd.gz'), { ...file('c', 'preseed'), path: '/preseed.cfg' }],
  cmdline: 'console=ttyS0\tinitrd=initrd.gz root=live:{{tree}}/x "name=two words" quiet',
  tree: `sha256:${'d'.repeat(64)}`,
} as const
const textOf = (plan: BootPlan) => grubScript(plan, urls).script.toString()

test('linux: kernel and initrds from where GRUB came, URLs by HTTP for what is started', () => {
  assert.equal(
    textOf(linux),
    `set 'answer=yes'
echo -- 'Bootcast: starting demo 3: kernel, 3.0 MiB'
if linux '/b/KEY/files/${'a'.repeat(64)}/vmlinuz' 'console=ttyS0' 'root=live:${base}/b/KEY/trees/${'d'.repeat(64)}/x' 'name=two words' 'quiet'; then
  echo -- 'Bootcast: initrd, 6.0 MiB'
  if initrd '/b/KEY/files/${'b'.repeat(64)}/initrd1' 'newc:/preseed.cfg:/b/KEY/files/${'c'.repeat(64)}/initrd2'; then
    boot
  fi
fi
echo -- 'Bootcast: demo 3 could not be started (the lines above say why)'
again '10'
`,
  )
})

test('linux without initrds boots the kernel alone', () => {
  const { calls } = ran({ ...linux, initrds: [] })
  assert.deepEqual(
    calls.map(([name]) => name),
    ['set', 'echo', 'linux', 'boot', 'echo', 'again'],
  )
})

test('an EFI program gets its words as they are', () => {
  const plan: BootPlan = {
    method: 'efi',
    title: 'uki 1',
    architecture: 'x86_64',
    program: file('e', 'linux.efi'),
    arguments: `a="b c"  d\\e it's at={{boot}}`,
  }
  const chain = `'/b/KEY/files/${'e'.repeat(64)}/program.efi' 'a="b' 'c"' 'd\\e' 'it'"'"'s' 'at=${urls.boot}'`
  assert.ok(textOf(plan).includes(`if chainloader ${chain}; then\n  boot\nfi\n`), textOf(plan))
})

test('a menu is a file of its own, of this boot', () => {
  const plan: BootPlan = { method: 'menu', user: undefined, images: [], preselected: 'code', seconds: 60 }
  assert.equal(
    textOf(plan),
    `set 'answer=yes'
show_menu '/b/KEY'
`,
  )
})

test('a machine that waits, or leaves for its disk', () => {
  assert.equal(
    textOf({ method: 'wait', reason: 'no image is assigned', seconds: 30 }),
    `set 'answer=yes'
echo -- 'Bootcast: nothing to boot yet:' 'no image is assigned'
again '30'
`,
  )
  assert.equal(
    grubScript(
      { method: 'wait', reason: 'place 2 of 9 in the queue', seconds: 7.4, turnFor: 'demo 3' },
      urls,
      'choose.cfg?image=demo%40stable',
    ).script.toString(),
    `set 'answer=yes'
echo -- 'Bootcast: waiting for the turn of this machine to start demo 3:' 'place 2 of 9 in the queue'
again '7'
set 'turn=choose.cfg?image=demo%40stable'
`,
  )
  for (const [seconds, said] of [
    [Number.NaN, '1'],
    [-5, '1'],
    [1e9, '3600'],
  ] as const)
    assert.ok(textOf({ method: 'wait', reason: 'x', seconds }).includes(`again '${said}'`))
  assert.equal(
    textOf({ method: 'local-disk', reason: 'demo 3 is on its disk' }),
    `set 'answer=yes'
echo -- 'Bootcast: leaving the network boot:' 'demo 3 is on its disk'
start_disk
`,
  )
  assert.deepEqual(runGrubScript(sorryScript(10).toString()).at(-1), ['again', '10'])
})

const impossible: readonly (readonly [string, BootPlan, RegExp])[] = [
  ['a CD', { method: 'iso', title: 'cd 1', iso: file('a', 'x.iso') }, /only through iPXE/],
  ['Windows PE', { method: 'wim', title: 'pe 1', loader: 'wimboot', files: [] }, /only through iPXE/],
  ['quotes within a word', { ...linux, cmdline: 'a="b c"' }, /"name=two words", not name="two words"/],
  ['a path with a colon', { ...linux, initrds: [{ ...file('b', 'x'), path: '/a:b' }] }, /at \/a:b/],
]
for (const [what, plan, reason] of impossible) {
  test(`${what}: the screen and the log say that it cannot be, and the machine asks again`, () => {
    const { script, cannot } = grubScript(plan, urls)
    assert.match(cannot ?? 'it can', reason)
    const calls = runGrubScript(script.toString())
    assert.deepEqual(
      calls.map(([name]) => name),
      ['set', 'echo', 'echo', 'again'],
    )
    assert.match(String(calls[2]), /iPXE|GRUB/)
  })
}

test('whatever a plan says, the script is one that GRUB reads, and nothing of it becomes a command', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc
      .array(fc.constantFrom(`'`, '"', '$', '{', ';', '\n', '\\', ' ', 'fi', 'boot', 'x'), { maxLength: 20 })
      .map((parts) => parts.join('')),
  )
  const known = ['set', 'echo', 'linux', 'initrd', 'boot', 'again', 'chainloader', 'start_disk']
  fc.assert(
    fc.property(text, text, text, (title, line, path) => {
      const plans: readonly BootPlan[] = [
        { ...linux, title, cmdline: line, initrds: [{ ...file('b', title), path }] },
        {
          method: 'efi',
          title,
          architecture: 'x86_64',
          program: { ...file('e', path), name: path },
          arguments: line,
        },
        { method: 'iso', title, iso: file('a', path) },
        { method: 'local-disk', reason: line },
        { method: 'wait', reason: line, seconds: 3 },
      ]
      for (const plan of plans) {
        const calls = runGrubScript(textOf(plan))
        assert.deepEqual(calls[0], ['set', 'answer=yes'])
        for (const [name = ''] of calls) assert.ok(known.includes(name), name)
        const [last = ''] = calls.at(-1) ?? []
        assert.ok(['again', 'start_disk'].includes(last), last)
      }
    }),
    { numRuns: runs },
  )
})

test('the kernel gets the published line', () => {
  const line = '"lab.quoted=two words" lab.odd=a&&b||c;%41{d}#e$f*?<>[[h]]~!@^ if then lab.end=`x`'
  const { calls } = ran({ ...linux, cmdline: line })
  const [, , ...words] = calls.find(([name]) => name === 'linux') ?? []
  assert.equal(kernelCommandLine(words), line)
})

test('the first configuration defines what scripts call, and has no value in it', () => {
  for (const name of ['again', 'start_disk', 'ask', 'show_menu', 'await_code', 'keep_address'])
    assert.ok(firstConfig.includes(`function ${name} {`), name)
  assert.ok(firstConfig.includes('set answer=no\n'))
  assert.doesNotMatch(firstConfig, /[^\n\x20-\x7e]|\d+\.\d+\.\d+\.\d+|http:/)
})

function ran(plan: BootPlan) {
  return { calls: runGrubScript(textOf(plan)) }
}
