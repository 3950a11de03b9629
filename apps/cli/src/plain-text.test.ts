import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { columnsOf, fit, plain, safeJson, wrap } from './plain-text.ts'

const hostile: readonly (readonly [string, string])[] = [
  ['\u{1b}[31mred\u{1b}[0m', 'red'],
  ['\u{1b}]0;title\u{7}x', 'x'],
  ['\u{9b}2Jx', 'x'],
  ['a\nb\tc', 'a\u{fffd}b\u{fffd}c'],
  ['gpj.\u{202e}exe', 'gpj.\u{fffd}exe'],
  ['a\u{200b}b', 'a\u{fffd}b'],
  ['ThinkCentre M75q', 'ThinkCentre M75q'],
]
for (const [given, shown] of hostile) {
  test(`${JSON.stringify(given)} is shown as ${JSON.stringify(shown)}`, () =>
    assert.equal(plain(given), shown))
}

test('nothing that a terminal obeys is left in plain text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.doesNotMatch(plain(text), /[\p{Cc}\p{Cf}]/u)
    }),
  )
})

test('JSON keeps its value and has nothing that a terminal obeys', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const json = safeJson({ text })
      assert.deepEqual(JSON.parse(json), { text })
      assert.doesNotMatch(json, /[\p{Cc}\u200b-\u200f\u2028-\u202e]/u)
    }),
  )
})

test('text that is cut takes no more columns than there are', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 40 }), (text, columns) => {
      assert.ok(columnsOf(fit(plain(text), columns)) <= columns)
    }),
  )
})

test('wide characters take two columns, combining ones none', () => {
  assert.equal(columnsOf('日本'), 4)
  assert.equal(columnsOf('e\u{301}'), 1)
  assert.equal(fit('日本語', 5), '日本…')
})

test('wrapped lines stay within the terminal and keep every word', () => {
  assert.equal(wrap('one two three four', 9, '  '), 'one two\n  three\n  four')
  assert.equal(wrap('  indented words', 10), '  indented\nwords')
  assert.equal(wrap('a  b', 10), 'a  b')
  assert.equal(wrap('first line\nsecond', 20, '  '), 'first line\n  second')
})
