import assert from 'node:assert/strict'
import type { IncomingHttpHeaders } from 'node:http'
import { test } from 'node:test'
import fc from 'fast-check'
import { judgePreconditions, rangeCounts, type Verdict } from './preconditions.ts'

const etag = '"sha256:abc"'

const rows: readonly (readonly [IncomingHttpHeaders, Verdict])[] = [
  [{}, 'go-on'],
  [{ 'if-none-match': '"sha256:abc"' }, 'not-modified'],
  [{ 'if-none-match': 'W/"sha256:abc"' }, 'not-modified'],
  [{ 'if-none-match': '"x", W/"y" ,"sha256:abc", "z"' }, 'not-modified'],
  [{ 'if-none-match': '"x",, "sha256:abc"' }, 'not-modified'],
  [{ 'if-none-match': ' ,\t, "sha256:abc"' }, 'not-modified'],
  [{ 'if-none-match': '"a,b", "sha256:abc"' }, 'not-modified'],
  [{ 'if-none-match': ' * ' }, 'not-modified'],
  [{ 'if-none-match': '"sha256:ab"' }, 'go-on'],
  [{ 'if-none-match': 'sha256:abc' }, 'go-on'],
  [{ 'if-none-match': '"sha256:abc' }, 'go-on'],
  [{ 'if-none-match': 'junk "sha256:abc"' }, 'go-on'],
  [{ 'if-none-match': '' }, 'go-on'],
  [{ 'if-match': '"sha256:abc"' }, 'go-on'],
  [{ 'if-match': '*' }, 'go-on'],
  [{ 'if-match': 'W/"sha256:abc"' }, 'precondition-failed'],
  [{ 'if-match': '"other"' }, 'precondition-failed'],
  [{ 'if-match': '"other"', 'if-none-match': '"sha256:abc"' }, 'precondition-failed'],
  [{ 'if-modified-since': 'Mon, 23 Nov 2026 00:00:00 GMT' }, 'go-on'],
  [{ 'if-unmodified-since': 'Mon, 23 Nov 1998 00:00:00 GMT' }, 'go-on'],
]

for (const [headers, verdict] of rows) {
  test(`${JSON.stringify(headers)}: ${verdict}`, () =>
    assert.equal(judgePreconditions(headers, etag), verdict))
}

test('If-Range counts with the same strong tag only', () => {
  assert.equal(rangeCounts(undefined, etag), true)
  assert.equal(rangeCounts(etag, etag), true)
  for (const other of [`W/${etag}`, '"x"', 'Mon, 23 Nov 2026 00:00:00 GMT', '', '*', `${etag}, ${etag}`])
    assert.equal(rangeCounts(other, etag), false, other)
})

test('any text is judged; only a list with the tag in it matches', () => {
  const piece = fc.oneof(fc.constantFrom('"', 'W/', ',', ' ', '*', '"x"', '"sha256:'), fc.string())
  const header = fc.array(piece).map((parts) => parts.join(''))
  const numRuns = Number(process.env['BOOTCAST_FUZZ_RUNS'] ?? 5000)
  fc.assert(
    fc.property(header, (text) => {
      const verdict = judgePreconditions({ 'if-none-match': text }, etag)
      if (text.trim() !== '*' && !text.includes(etag)) assert.equal(verdict, 'go-on')
      if (/^[\x20-\x7e]*$/.test(text)) judgePreconditions({ 'if-match': text, 'if-range': text }, etag)
    }),
    { numRuns },
  )
})

test('a list is found through whatever tags stand around it', () => {
  const tag = fc.stringMatching(/^(W\/)?"[\x21\x23-\x7e]{0,12}"$/)
  fc.assert(
    fc.property(fc.array(tag), fc.array(tag), (before, after) => {
      const list = [...before, etag, ...after].join(', ')
      assert.equal(judgePreconditions({ 'if-none-match': list }, etag), 'not-modified')
    }),
  )
})

test('a header as long as Node takes is judged at once', () => {
  const before = process.cpuUsage()
  for (const piece of ['"', '"x",', 'W/', ' ', ',', ', ,', '\t'])
    for (let i = 0; i < 20; i++)
      judgePreconditions({ 'if-none-match': piece.repeat(16_000 / piece.length) }, etag)
  assert.ok(process.cpuUsage(before).user < 2_000_000, 'microseconds of this process')
})
