import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatJoinToken, hashOf, newSecret, parseJoinToken } from './join-token.ts'

const token = { site: 'grenoble', secret: newSecret(), fingerprint: 'f'.repeat(43) }

test('a token is read as it was written, also one for another upstream', () => {
  assert.deepEqual(parseJoinToken(formatJoinToken(token)), token)
  assert.deepEqual(parseJoinToken(` ${formatJoinToken(token)}\n`), token)
  const through = { ...token, via: 's1' }
  assert.deepEqual(parseJoinToken(formatJoinToken(through)), through)
})

test('whatever text comes, it is a token of the right form or none', () => {
  const part = fc.oneof(fc.string(), fc.constantFrom(...Object.values(token)))
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
      const text = parts.join('.')
      const found = parseJoinToken(text)
      if (found !== undefined) assert.equal(formatJoinToken(found), text.trim())
    }),
  )
  assert.equal(parseJoinToken('a'.repeat(10_000)), undefined)
  assert.equal(parseJoinToken(`${formatJoinToken({ ...token, via: 's1' })}.more`), undefined)
})

test('the platform keeps a digest that tells nothing of the secret', () => {
  assert.match(hashOf(token.secret), /^[0-9a-f]{64}$/)
  assert.notEqual(newSecret(), newSecret())
  assert.equal(newSecret().length, 22)
})
