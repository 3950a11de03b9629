import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decided, namesIn, readTemplate } from './template-text.ts'

/** With each placeholder as <name>. */
function shown(text: string, set: readonly string[] = []): string {
  const { pieces } = readTemplate(text)
  return decided(pieces, (name) => set.includes(name))
    .map((piece) => (piece.kind === 'text' ? piece.text : `<${[piece.name, ...piece.filters].join(':')}>`))
    .join('')
}

test('placeholders, filters, conditions and braces are read', () => {
  assert.equal(shown('a {{x}} {{ y:shell }} \\{{z}} }}'), 'a <x> <y:shell> {{z}} }}')
  const text = 'one\n  {{#if a}}\n  two {{b}}\n  {{/if}}\nthree {{#if c}}four{{/if}}.\n'
  assert.equal(shown(text), 'one\nthree .\n')
  assert.equal(shown(text, ['a', 'c']), 'one\n  two <b>\nthree four.\n')
  assert.deepEqual(
    [...namesIn(readTemplate(text).pieces)],
    [
      ['a', { line: 2, column: 3 }],
      ['b', { line: 3, column: 7 }],
      ['c', { line: 5, column: 7 }],
    ],
  )
  assert.equal(shown('{{#if a}}{{#if b}}both{{/if}}{{/if}}', ['a']), '')
  assert.equal(shown('{{#if a}}\r\nx\r\n{{/if}}\r\n', ['a']), 'x\r\n')
})

test('what is no placeholder is refused with its line and column', () => {
  const wrong: readonly (readonly [string, number, number, RegExp])[] = [
    ['a\n {{X}}', 2, 2, /no placeholder/],
    ['{{ v1.local_hostname }}', 1, 1, /no placeholder/],
    ['\n\nü😀 {{x:lower}}', 3, 5, /no filter lower/],
    ['{{', 1, 1, /two opening braces/],
    ['{{/if}}', 1, 1, /without/],
    ['x\n  {{#if a}}\ny', 2, 3, /never closed/],
    ['\uE000', 1, 1, /U\+E000/],
    ['{{#if a}}'.repeat(9) + '{{/if}}'.repeat(9), 1, 73, /eight/],
  ]
  for (const [text, line, column, message] of wrong) {
    const [problem] = readTemplate(text).problems
    assert.deepEqual([problem?.line, problem?.column], [line, column], text)
    assert.match(problem?.message ?? '', message)
  }
})

test('text without braces comes out as it is, whatever it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const plain = text.replaceAll('{{', '').replaceAll('\uE000', '')
      assert.equal(shown(plain), plain)
    }),
  )
})
