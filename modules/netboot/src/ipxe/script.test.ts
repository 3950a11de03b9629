import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { runScript } from '../../testing/ipxe-reader.ts'
import { NotExpressible } from '../not-expressible.ts'
import { checkCommandLine } from './command-line.ts'
import { and, commandLine, IpxeScript, or, setting, shown, word } from './script.ts'

test('a script reads as it was built', () => {
  const script = new IpxeScript()
    .label('start')
    .echo('Starting', 'demo 3')
    .command('isset', setting('netX/ip'), or, 'dhcp', or, 'goto', 'start')
    .command(
      'kernel',
      word('http://10.0.0.1/k?m=', setting('serial', 'uristring')),
      commandLine('a=b  console=ttyS0'),
    )
    .command('iseq', setting('platform'), 'efi', and, 'exit', '1', or, 'exit')
  assert.equal(
    script.toString(),
    `#!ipxe
:start
echo Starting demo 3
isset \${netX/ip} || dhcp || goto start
kernel http://10.0.0.1/k?m=\${serial:uristring} a=b console=ttyS0
iseq \${platform} efi && exit 1 || exit
`,
  )
})

const refused: readonly (readonly [string, RegExp])[] = [
  ['root=${net0/ip}', /setting/],
  ['a || poweroff', /another command/],
  ['a && poweroff', /another command/],
  ['a ; poweroff', /another command/],
  ['a #b', /comment/],
  ['quoted="a #b"', /comment/],
  ['a\npoweroff', /a line break/],
  ['a\rb', /a line break/],
  ['a\u2028b', /U\+2028/],
  ['a\0b', /U\+0000/],
  ['größe=1', /U\+00F6/],
  ['x="two  spaces"', /within quotes/],
  ['x="a\ttab"', /within quotes/],
  ['x'.repeat(1781), /1781 characters/],
  ['x '.repeat(101), /101 words/],
]
for (const [text, reason] of refused) {
  test(`refused as a command line, with the reason: ${JSON.stringify(text.slice(0, 30))}`, () => {
    assert.match(checkCommandLine(text) ?? 'accepted', reason)
    assert.throws(() => commandLine(text), NotExpressible)
  })
}

const accepted = [
  '',
  'console=ttyS0,115200n8 quiet ---',
  'ds=nocloud;s=http://10.0.0.1/seed/ autoinstall',
  'dyndbg="file drivers/usb/* +p" x=a||b y=c#d z=$HOME w={1}',
  '-- -s //host/share path=C:\\boot\\',
]
for (const text of accepted) {
  test(`accepted as a command line, and unchanged: ${text}`, () => {
    assert.equal(checkCommandLine(text), undefined)
    const script = new IpxeScript().command('kernel', 'http://h/k', commandLine(text), or, 'goto', 'failed')
    const calls = runScript(script.toString())
    assert.deepEqual(calls[0], ['kernel', 'http://h/k', ...text.split(' ').filter((found) => found !== '')])
  })
}

test('a word that iPXE would read otherwise is refused', () => {
  for (const bad of ['', 'a b', '||', '&&', ';', '#x', 'a\nb', '${x}', '${', 'ä'])
    assert.throws(() => new IpxeScript().command('set', 'x', bad), NotExpressible, JSON.stringify(bad))
  assert.throws(() => word('|', '|'), NotExpressible)
  assert.throws(() => word('$', '{x}'), NotExpressible)
  assert.throws(() => word('a$', setting('mac')), NotExpressible)
  assert.throws(() => new IpxeScript().command('set', 'x', 'a\\'), NotExpressible)
  assert.throws(() => new IpxeScript().command(':label', 'x'), NotExpressible)
  assert.throws(() => new IpxeScript().label('a b'), NotExpressible)
  assert.throws(() => setting('x} || poweroff ${y'), NotExpressible)
})

test('text for the screen is cleaned, not refused', () => {
  const line = (text: string) => new IpxeScript().echo(text).toString().slice('#!ipxe\n'.length)
  assert.equal(
    line('Café\n"5" ≠ → ${mac} || poweroff ; #1 \\'),
    'echo Cafe "5" =? ? $(mac} , poweroff , (#)1 /\n',
  )
  assert.equal(line('-n no option'), 'echo -- -n no option\n')
  assert.equal(line(''), 'echo\n')
  assert.equal(line('x'.repeat(10_000)).length, 'echo \n'.length + 240)
})

/** Text that is likely to break out: pieces of the grammar between any characters. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '${',
        '}',
        '||',
        '&&',
        ';',
        '#',
        '\n',
        '\r',
        '\\',
        ' ',
        '\t',
        '-',
        '--',
        '$',
        '{',
        ':',
        '|',
        '&',
        '"',
        '\0',
        '\v',
        '\f',
        'a',
      ),
      fc.string({ unit: 'binary', maxLength: 3 }),
    ),
    { maxLength: 30 },
  )
  .map((pieces) => pieces.join(''))

test('no text for the screen runs a command, joins a line or opens a setting', () => {
  fc.assert(
    fc.property(hostile, hostile, (a, b) => {
      const script = new IpxeScript().echo(a, b).echo(shown(b)).command('goto', 'after')
      const calls = runScript(script.toString())
      assert.deepEqual(
        calls.map(([name]) => name),
        ['echo', 'echo', 'goto'],
      )
      assert.ok(!script.toString().includes('${'))
    }),
    { numRuns: Number(process.env['BOOTCAST_FUZZ_RUNS'] ?? 2000) },
  )
})

/** Mostly fine, so that what is accepted is tried as well. */
const likely = fc
  .array(fc.constantFrom('a', 'b=1', '=', '"', ' ', ' ', '|', '#', '$', '{', '}', ';', '&', '\\', '-', ':'), {
    maxLength: 20,
  })
  .map((pieces) => pieces.join(''))

test('a command line reaches the kernel word by word, or is refused', () => {
  fc.assert(
    fc.property(fc.oneof(hostile, likely), (text) => {
      if (checkCommandLine(text) !== undefined) return
      const script = new IpxeScript()
        .command('kernel', 'u', commandLine(text), or, 'goto', 'failed')
        .command('boot')
      const calls = runScript(script.toString())
      assert.deepEqual(calls, [
        ['kernel', 'u', ...text.split(/[ \t]+/).filter((found) => found !== '')],
        ['boot'],
      ])
    }),
    { numRuns: Number(process.env['BOOTCAST_FUZZ_RUNS'] ?? 5000) },
  )
})

test('a word reaches its command as it is, or is refused', () => {
  fc.assert(
    fc.property(fc.oneof(hostile, likely), likely, (a, b) => {
      try {
        const script = new IpxeScript().command('set', 'x', word(a, b), or, 'goto', 'failed').toString()
        assert.deepEqual(runScript(script), [['set', 'x', a + b]])
      } catch (error) {
        assert.ok(error instanceof NotExpressible)
      }
    }),
    { numRuns: Number(process.env['BOOTCAST_FUZZ_RUNS'] ?? 5000) },
  )
})
