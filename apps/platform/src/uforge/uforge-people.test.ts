import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryIdentityStore } from '../../testing/memory-identity-store.ts'
import { Attempts, TooManyAttempts } from '../identity/attempts.ts'
import { createPasswordHasher } from '../identity/password.ts'
import { PasswordGate, SignInFailed } from '../identity/password-gate.ts'
import { NotSignedIn } from '../identity/sessions.ts'
import { signedPath } from './credentials.ts'
import { readDocument } from './documents/read-document.ts'
import * as types from './documents/schema.ts'
import { UforgePeople } from './uforge-people.ts'
import { uforgeRefusal } from './uforge-refusal.ts'

const passwords = createPasswordHasher()
const pair = { publicKey: 'PUB', secretKey: 'SEC' }

async function peopleOf() {
  const clock = { at: 1_000_000_000_000 }
  const users = new MemoryIdentityStore()
  const judged: string[] = []
  await users.addUser({
    ...{ name: 'admin', role: 'administrator', groups: [], createdAt: 1 },
    passwordPhc: await passwords.hash('correct horse'),
  })
  await users.addUser({
    ...{ name: 'guest', role: 'user', groups: [], createdAt: 1 },
    passwordPhc: await passwords.hash('guest:pass word'),
  })
  const gate = new PasswordGate({
    ...{ users, passwords, attempts: new Attempts({ now: () => clock.at }) },
    audit: { note: ({ refused }) => void judged.push(refused ? 'refused' : 'right') },
  })
  const keys = {
    findKey: async (key: string) => (key === 'PUB' ? { secretKey: 'SEC', user: 'guest' } : undefined),
  }
  const people = new UforgePeople({ gate, users, keys, now: () => clock.at })
  const ask = async (authorization: string | undefined, path = 'users/guest/images', from = '192.0.2.1') =>
    (await people.whoAsks({ authorization, path, from })).name
  return { clock, users, judged, people, ask }
}

const basic = (user: string, password: string) =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`

test('a user and a password say who asks, in base64 and as the published samples write them', async () => {
  const { ask, people } = await peopleOf()
  assert.equal(await ask(basic('guest', 'guest:pass word')), 'guest')
  assert.equal(await ask('Basic guest:guest:pass word'), 'guest')
  const { id, ...person } = await people.whoAsks({
    ...{ authorization: basic('admin', 'correct horse'), path: '', from: '::1' },
  })
  assert.deepEqual(person, { name: 'admin', role: 'administrator', source: 'local', by: 'password' })
})

test('an address signed with an API key says whose key it is', async () => {
  const { ask } = await peopleOf()
  assert.equal(await ask(undefined, signedPath('users/guest/images?img=true', pair)), 'guest')
})

test('no credentials, a wrong signature and an unknown key are of nobody', async () => {
  const { ask, users } = await peopleOf()
  const wrong = {
    nothing: [undefined, 'users/guest'],
    'another scheme': ['Bearer bct_x', 'users/guest'],
    'another secret': [undefined, signedPath('users/guest', { ...pair, secretKey: 'SEC2' })],
    'another key': [undefined, signedPath('users/guest', { ...pair, publicKey: 'PUB2' })],
    'another path': [undefined, signedPath('users/guest', pair).replace('guest', 'admin')],
  } as const
  for (const [name, [authorization, path]] of Object.entries(wrong))
    await assert.rejects(ask(authorization, path), NotSignedIn, name)
  await users.changeUser('guest', { disabled: true })
  await assert.rejects(ask(undefined, signedPath('users/guest', pair)), NotSignedIn)
})

test('a right password is judged once a minute, and at once when anything about the user changed', async () => {
  const { ask, judged, clock, users, people } = await peopleOf()
  const right = basic('guest', 'guest:pass word')
  await Promise.all(Array.from({ length: 20 }, () => ask(right)))
  assert.deepEqual(judged, ['right'], 'many at once are one sign-in')
  clock.at += 61_000
  await ask(right)
  assert.deepEqual(judged, ['right', 'right'])
  await users.changeUser('guest', { role: 'viewer' })
  const { role } = await people.whoAsks({ authorization: right, path: '', from: '192.0.2.1' })
  assert.deepEqual([role, judged.length], ['viewer', 2])
  await ask(right, '', '192.0.2.2')
  assert.equal(judged.length, 3, 'from elsewhere it is another sign-in')
  await users.changeUser('guest', { passwordPhc: await passwords.hash('another one') })
  await assert.rejects(ask(right), SignInFailed)
  await ask(basic('guest', 'another one'))
  await users.changeUser('guest', { disabled: true })
  await assert.rejects(ask(basic('guest', 'another one')), SignInFailed)
})

test('guesses are counted by the gate, also beside somebody who is signed in there', async () => {
  const { ask } = await peopleOf()
  await ask(basic('admin', 'correct horse'))
  for (let guess = 0; guess < 5; guess += 1)
    await assert.rejects(ask(basic('admin', `guess ${guess}`)), SignInFailed)
  await assert.rejects(ask(basic('admin', 'correct horse')), TooManyAttempts)
})

test('who is nobody gets a challenge, and an error that clients of UForge read', () => {
  const asked = { method: 'GET', url: '/api/users/guest?apiKey=a&signature=secret', incident: 'req-1' }
  const { status, headers, body } = uforgeRefusal(new NotSignedIn('Sign in'), asked)
  assert.equal(status, 401)
  assert.deepEqual(headers, {
    'content-type': 'application/xml',
    'content-length': String(Buffer.byteLength(body)),
    'www-authenticate': 'Basic realm="Bootcast"',
  })
  const { timestamp = 0, ...told } = readDocument('uforgeError', types.uforgeError, body)
  assert.ok(Math.abs(Date.now() - timestamp) < 60_000)
  assert.deepEqual(told, {
    localizedErrorMsg: { message: 'Sign in', messageId: 'not_signed_in', parameters: [] },
    ...{ requestMethod: 'GET', requestUri: '/api/users/guest', statusCode: 401 },
  })
})

test('other refusals keep their status, and failures of ours tell nothing', () => {
  const asked = { method: 'GET', url: '/api/users/guest', incident: 'req-2' }
  const late = uforgeRefusal(new TooManyAttempts(7), asked)
  assert.deepEqual([late.status, late.headers['retry-after']], [429, '7'])
  const broken = uforgeRefusal(new Error('the database said: secret'), asked)
  assert.equal(broken.status, 500)
  assert.match(broken.body, /req-2/)
  assert.doesNotMatch(broken.body, /secret/)
})
