import assert from 'node:assert/strict'
import { test } from 'node:test'
import { grantsChangeOf } from './grants-change.ts'

test('only what is another is sent', () => {
  const before = { everyone: false, users: ['ann', 'bob'], groups: ['lab'] }
  assert.deepEqual(grantsChangeOf(before, { everyone: true, users: ['bob', 'eve'], groups: [] }), {
    everyone: true,
    allow: { users: ['eve'], groups: [] },
    disallow: { users: ['ann'], groups: ['lab'] },
  })
  const none = { users: [], groups: [] }
  assert.deepEqual(grantsChangeOf(before, before), { allow: none, disallow: none })
})
