import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { kernelCommandLine, runGrubScript } from '../../testing/grub-reader.ts'
import { NotExpressible } from '../not-expressible.ts'
import { screenText } from '../screen-text.ts'
import { checkGrubCommandLine } from './command-line.ts'
import { GrubScript, grubCommandLine, variable } from './script.ts'

const runs = Number(process.env['BOOTCAST_FUZZ_RUNS'] ?? 3000)

test('a script reads as it was built', () => {
  const script = new GrubScript()
    .command('set', 'answer=yes')
    .echo('Starting', "somebody's demo 3", variable('mac'))
    .when(['linux', '/files/k', grubCommandLine('a=b  "name=two words"\tc')], (inner) =>
      inner.when(['initrd', '/files/i'], (deep) => deep.command('boot')),
    )
    .when(['true'], () => undefined)
    .command('again', '10')
  assert.equal(
    script.toString(),
    `set 'answer=yes'
echo -- 'Starting' 'somebody'"'"'s demo 3' "$mac"
if linux '/files/k' 'a=b' 'name=two words' 'c'; then
  if initrd '/files/i'; then
    boot
  fi
fi
if true; then
  true
fi
again '10'
`,
  )
  assert.deepEqual(runGrubScript(script.toString()), [
    ['set', 'answer=yes'],
    ['echo', '--', 'Starting', "somebody's demo 3", ''],
    ['linux', '/files/k', 'a=b', 'name=two words', 'c'],
    ['initrd', '/files/i'],
    ['boot'],
    ['true'],
    ['true'],
    ['again', '10'],
  ])
})

test('entries of a menu, and what another script says', () => {
  const script = new GrubScript()
    .command('set', 'default=one')
    .entry('one', "somebody's } menuentry 'x' {", (inner) => inner.command('source', '/b/k/one.cfg'))
    .entry('two', ' \n', () => undefined)
    .append(new GrubScript().when(['true'], (inner) => inner.echo('x')))
  assert.equal(
    script.toString(),
    `set 'default=one'
menuentry 'somebody'"'"'s } menuentry '"'"'x'"'"' {' --id 'one' {
  source '/b/k/one.cfg'
}
menuentry 'two' --id 'two' {
  true
}
if true; then
  echo -- 'x'
fi
`,
  )
  assert.deepEqual(runGrubScript(script.toString()), [
    ['set', 'default=one'],
    ['menuentry', "somebody's } menuentry 'x' {", '--id', 'one'],
    ['source', '/b/k/one.cfg'],
    ['menuentry', 'two', '--id', 'two'],
    ['true'],
    ['true'],
    ['echo', '--', 'x'],
  ])
})

const refused: readonly (readonly [string, RegExp])[] = [
  ['name="two words"', /only around a whole word/],
  ['"one"', /only around a whole word/],
  ['"never closed', /only around a whole word/],
  ['"a b"c', /only around a whole word/],
  ["it's", /apostrophe/],
  ['path=C:\\boot', /backslash/],
  ['a "b\\ c"', /backslash/],
  ['"a\tb c"', /only around a whole word/],
  ['a\npoweroff', /a line break/],
  ['größe=1', /U\+00F6/],
  ['x'.repeat(1781), /1781 characters/],
]
for (const [text, reason] of refused) {
  test(`refused as a command line, with the reason: ${JSON.stringify(text.slice(0, 30))}`, () => {
    assert.match(checkGrubCommandLine(text) ?? 'accepted', reason)
    assert.throws(() => grubCommandLine(text), NotExpressible)
  })
}

const accepted = [
  '',
  'console=ttyS0,115200n8 quiet ---',
  'ds=nocloud;s=http://10.0.0.1/seed/ autoinstall',
  'a=b||c && d ; # $HOME ${mac} {1} <x> *.img ? [[ ]] `x` ~ ! % ^ if then',
  '"dyndbg=file drivers/usb/* +p" quiet',
]
for (const text of accepted) {
  test(`accepted as a command line, and unchanged: ${text}`, () => {
    assert.equal(checkGrubCommandLine(text), undefined)
    const [call = []] = runGrubScript(`linux 'k' ${grubCommandLine(text).text}\n`)
    assert.equal(kernelCommandLine(call.slice(2)), text)
  })
}

test('a name that is none of a command is refused', () => {
  for (const name of ['', 'if', 'done', 'function', 'a b', 'x;reboot', '$x', 'Linux', "'"])
    assert.throws(() => new GrubScript().command(name), NotExpressible, name)
  for (const name of ['', 'a b', 'x}', '1', '?']) assert.throws(() => variable(name), NotExpressible, name)
})

/** Text that is likely to break out: pieces of the grammar between any characters. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...`'|"|$|\${|}|{|;|#|\n|\r|\\|\\'|\\\n| |\t|-|--|*|?|<|>|if|fi|&&|;;|\0|a|é`.split('|'),
        '|',
      ),
      fc.string({ unit: 'binary', maxLength: 3 }),
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join(''))

test('no text for the screen runs a command, ends a line or opens a variable', () => {
  fc.assert(
    fc.property(hostile, hostile, (a, b) => {
      const script = new GrubScript()
        .echo(a, b)
        .when(['true'], (inner) => inner.echo(b))
        .command('boot')
      const said = (...texts: readonly string[]) => [
        'echo',
        '--',
        ...texts.map(screenText).filter((text) => text !== ''),
      ]
      assert.deepEqual(runGrubScript(script.toString()), [said(a, b), ['true'], said(b), ['boot']])
    }),
    { numRuns: runs },
  )
})

test('a word reaches its command as it is, or is refused', () => {
  fc.assert(
    fc.property(hostile, hostile, (a, b) => {
      try {
        const script = new GrubScript().command('set', a, b).command('boot').toString()
        assert.deepEqual(runGrubScript(script), [['set', a, b], ['boot']])
      } catch (error) {
        assert.ok(error instanceof NotExpressible, String(error))
      }
    }),
    { numRuns: runs },
  )
})

const likely = fc
  .array(
    fc.constantFrom(
      'a',
      'b=1',
      '=',
      '"',
      '"a b"',
      ' ',
      ' ',
      '|',
      '#',
      '$',
      '{',
      ';',
      '&',
      "'",
      '\\',
      '-',
      '*',
    ),
    {
      maxLength: 20,
    },
  )
  .map((parts) => parts.join(''))

test('a command line reaches the kernel character by character, or is refused', () => {
  const told = { accepted: 0 }
  fc.assert(
    fc.property(fc.oneof(hostile, likely), (text) => {
      if (checkGrubCommandLine(text) !== undefined) return
      told.accepted += 1
      const script = new GrubScript().when(['linux', 'k', grubCommandLine(text)], (inner) =>
        inner.command('boot'),
      )
      const [[, , ...words] = [], ...after] = runGrubScript(script.toString())
      // White space outside of quotes only separates.
      const parts = text.match(/"[^"]*"|[^ \t]+/g) ?? []
      assert.equal(kernelCommandLine(words), parts.join(' '))
      assert.deepEqual(after, [['boot']])
    }),
    { numRuns: runs },
  )
  assert.ok(told.accepted > runs / 20, `${told.accepted} were accepted`)
})
