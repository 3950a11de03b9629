import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryIdentityStore } from '../../testing/memory-identity-store.ts'
import { Attempts } from '../identity/attempts.ts'
import { createPasswordHasher } from '../identity/password.ts'
import { PasswordGate } from '../identity/password-gate.ts'
import { type Session, Sessions } from '../identity/sessions.ts'
import type { Call } from './handlers.ts'
import { tokenHandlers, userHandlers } from './user-handlers.ts'

const passwords = createPasswordHasher()
const phc = await passwords.hash('twelve letters')

async function platform() {
  const store = new MemoryIdentityStore()
  for (const [name, role] of [
    ['admin', 'administrator'],
    ['ann', 'publisher'],
    ['bob', 'viewer'],
  ] as const)
    await store.addUser({ name, role, passwordPhc: phc, groups: [], createdAt: 1 })
  const audit = { note: () => undefined }
  const gate = new PasswordGate({ users: store, passwords, attempts: new Attempts(), audit })
  const sessions = new Sessions({ tokens: store, gate })
  const handlers = {
    ...userHandlers({ users: store, passwords, gate, sessions }),
    ...tokenHandlers({ users: store, tokens: store, sessions }),
  }
  const as = async (name: string) => {
    const { token } = await sessions.signIn(name, 'twelve letters', '::1')
    const session = await sessions.sessionOf(`Bearer ${token}`)
    return { user: name, session, from: '::1' } satisfies { session: Session } & Partial<Call<'me'>>
  }
  return { store, sessions, handlers, as }
}

const ci = { name: 'ci', role: 'viewer', seconds: 60 } as const

test('each sees and ends their own tokens, an administrator those of all', async () => {
  const { handlers, as } = await platform()
  const [admin, ann, bob] = [await as('admin'), await as('ann'), await as('bob')]
  const { id, token } = await handlers.makeToken({ ...ann, body: ci })
  assert.match(token, /^bct_/)
  await handlers.makeToken({ ...bob, body: ci })
  const users = async (caller: typeof ann) =>
    (await handlers.listTokens(caller)).items.map(({ user }) => user)
  assert.deepEqual(
    [await users(admin), await users(ann), await users(bob)],
    [['ann', 'bob'], ['ann'], ['bob']],
  )
  assert.ok(!JSON.stringify(await handlers.listTokens(admin)).includes('bct_'))
  await assert.rejects(handlers.removeToken({ ...bob, params: { id } }), { code: 'token_not_found' })
  await handlers.removeToken({ ...ann, params: { id } })
  await handlers.removeToken({
    ...admin,
    params: { id: (await handlers.listTokens(bob)).items[0]?.id ?? '' },
  })
  assert.deepEqual(await users(admin), [])
})

test('what somebody is signed in by is no token for a program, and is not ended as one', async () => {
  const { handlers, as } = await platform()
  const [admin, ann] = [await as('admin'), await as('ann')]
  const params = { id: ann.session.tokenId }
  await assert.rejects(handlers.removeToken({ ...admin, params }), { code: 'token_not_found' })
})

test('a user has a hundred tokens at most', async () => {
  const { handlers, as } = await platform()
  const ann = await as('ann')
  for (let n = 0; n < 100; n++) await handlers.makeToken({ ...ann, body: { ...ci, name: `ci-${n}` } })
  await assert.rejects(handlers.makeToken({ ...ann, body: ci }), { code: 'tokens_full' })
})

test('changing the own password takes the one of today, and guesses at it are counted', async () => {
  const { handlers, sessions, as } = await platform()
  const ann = await as('ann')
  const change = (current: string) =>
    handlers.changePassword({ ...ann, body: { current, password: 'other letters' } })
  for (let n = 0; n < 5; n++) await assert.rejects(change('wrong'), { code: 'sign_in_failed' })
  await assert.rejects(change('twelve letters'), { code: 'too_many_attempts' })
  const changed = await handlers.changePassword({
    ...{ ...ann, from: '10.0.0.2' },
    body: { current: 'twelve letters', password: 'other letters' },
  })
  assert.equal((await sessions.sessionOf(`Bearer ${changed.token}`)).user, 'ann')
  await sessions.signIn('ann', 'other letters', '10.0.0.3')
})
