import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ownPath, returnPath } from './own-path.ts'

for (const path of ['/', '/activate', '/activate?code=KQTF-RXMP&x=%2F%2Fevil', '/a/b//c', '/a%5cb']) {
  test(`${path} is a path of ours`, () => {
    assert.equal(ownPath(path), path)
  })
}

const foreign = [
  'http://evil.example/',
  '//evil.example',
  '/\\evil.example',
  '\\\\evil.example',
  '/\t/evil.example',
  '/\n/evil.example',
  ' //evil.example',
  '/..//evil.example',
  '/.//evil.example',
  '/a/../..//evil.example',
  '/%2e%2e//evil.example',
  'javascript:alert(1)',
  'evil',
  '',
  `/${'a'.repeat(2000)}`,
  '/\r\nSet-Cookie: a=b',
  '/ü',
]
for (const path of foreign) {
  test(`${JSON.stringify(path.slice(0, 40))} is none, and leads to the usual page`, () => {
    assert.equal(ownPath(path), undefined)
    assert.equal(returnPath(path), '/')
  })
}

test('whatever comes, a browser that follows it stays here', () => {
  const piece = fc.constantFrom('/', '\\', '..', '.', '%2e', '\t', '@', 'evil.example', ':', '?', '#', 'a')
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const path = ownPath(`/${pieces.join('')}`)
      return path === undefined || new URL(path, 'http://boot.example/sign-in').host === 'boot.example'
    }),
    { numRuns: 20_000 },
  )
})
