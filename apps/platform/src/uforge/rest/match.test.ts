import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { matchResource } from './match.ts'
import type { Resource } from './resource.ts'

const answer = () => Promise.reject(new Error('not asked'))
const resources = (['users/:uid', 'users/:uid/images', 'users/:uid/images/status', 'orgs/1'] as const).map(
  (path): Resource => ({ method: 'GET', path, who: 'user', answer }),
)
const match = (path: string, method = 'GET') => {
  const found = matchResource(resources, method, path)
  return found && [found.resource.path, found.params['uid']]
}

test('a path leads to its resource, each part of it decoded by itself', () => {
  assert.deepEqual(match('users/ann'), ['users/:uid', 'ann'])
  assert.deepEqual(match('users/a%2Fb%20c/images'), ['users/:uid/images', 'a/b c'])
  assert.deepEqual(match('orgs/1', 'HEAD'), ['orgs/1', undefined])
  for (const path of [
    '',
    '/',
    'users',
    'users/',
    'users//images',
    'orgs/2',
    'users/%zz',
    'orgs/1/',
    `users${'/a'.repeat(99)}`,
  ])
    assert.equal(match(path), undefined, path)
  assert.equal(match('users/ann', 'POST'), undefined)
})

test('any path is matched or not, and nothing else happens', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary-ascii' }), (path) => void match(path)))
})
