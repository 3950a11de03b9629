import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Credentials, credentialsOf, isSignedBy, signedPath } from './credentials.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')
const password = (header: string) => credentialsOf(header, 'users/guest')
const guest = { kind: 'password', user: 'guest', password: 'a:b' }

test('a password comes as base64 or as it is, and may have colons', () => {
  assert.deepEqual(password(`Basic ${base64('guest:a:b')}`), guest)
  assert.deepEqual(password('Basic guest:a:b'), guest)
  assert.deepEqual(password(`basic  ${base64('zoë:pässword')}`), {
    kind: 'password',
    user: 'zoë',
    password: 'pässword',
  })
})

test('what is no password is nobody', () => {
  const long = `Basic ${'x'.repeat(300)}:y`
  for (const header of [
    '',
    'Basic',
    'Basic ',
    'Basic guest',
    `Basic ${base64('guest')}`,
    'Basic :x',
    'Bearer a:b',
    long,
  ])
    assert.equal(password(header), undefined, header)
  assert.equal(credentialsOf(undefined, 'users/guest'), undefined)
})

/** Accepted by an independent check of the published client's signer. */
const vector = 'users/guest/images?apiKey=PUB&signature=z%2BlQIOu6z%2FnT7C2Po1JTEa2lXPY%3D'
const keyed = (path: string) => credentialsOf(undefined, path) as Extract<Credentials, { kind: 'api-key' }>

test('an address that is signed names its key, and only its secret made the signature', () => {
  const credentials = keyed(vector)
  assert.equal(credentials.publicKey, 'PUB')
  assert.equal(isSignedBy('SEC', credentials), true)
  assert.equal(isSignedBy('SEc', credentials), false)
  assert.equal(signedPath('users/guest/images', { publicKey: 'PUB', secretKey: 'SEC' }), vector)
})

test('parameters stay as they came; whatever is changed, the signature is another one', () => {
  const key = { publicKey: 'a b&c', secretKey: 'secret' }
  fc.assert(
    fc.property(fc.webPath(), fc.webQueryParameters(), fc.nat(), (path, query, place) => {
      const signed = signedPath(query === '' ? path : `${path}?${query.replaceAll('apiKey=', '')}`, key)
      assert.equal(isSignedBy('secret', keyed(signed)), true)
      const at = place % Math.max(1, signed.indexOf('apiKey='))
      const other = `${signed.slice(0, at)}~${signed.slice(at + (signed[at] === '~' ? 0 : 1))}`
      const credentials = credentialsOf(undefined, other)
      assert.ok(credentials?.kind !== 'api-key' || !isSignedBy('secret', credentials))
    }),
  )
})

test('an address that is signed badly is nobody', () => {
  const bad = [
    'users/guest?apiKey=PUB',
    'users/guest?apiKey=PUB&signature=',
    'users/guest?apiKey=PUB&signature=short',
    'users/guest?apiKey=PUB&signature=%ff',
    'users/guest?apiKey=PUB&signature=z%2BlQIOu6z%2FnT7C2Po1JTEa2lXPY%3D&more=1',
    'users/guest?apiKey=&signature=z%2BlQIOu6z%2FnT7C2Po1JTEa2lXPY%3D',
    'users/guest?apiKey=A&apiKey=B&signature=z%2BlQIOu6z%2FnT7C2Po1JTEa2lXPY%3D',
    'users/guest?signature=z%2BlQIOu6z%2FnT7C2Po1JTEa2lXPY%3D',
  ]
  for (const path of bad) assert.equal(credentialsOf(undefined, path), undefined, path)
})
