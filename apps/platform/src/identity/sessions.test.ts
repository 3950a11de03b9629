import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Role } from '@bootcast/contract'
import { MemoryIdentityStore } from '../../testing/memory-identity-store.ts'
import { Attempts, TooManyAttempts } from './attempts.ts'
import { createPasswordHasher } from './password.ts'
import { PasswordGate, SignInFailed } from './password-gate.ts'
import { NotSignedIn, Sessions } from './sessions.ts'

const passwords = createPasswordHasher()
const phc = await passwords.hash('correct horse')
const day = 24 * 60 * 60 * 1000

async function signedUp(role: Role = 'administrator') {
  const clock = { at: 1_000_000_000_000 }
  const now = () => clock.at
  const store = new MemoryIdentityStore()
  const user = { passwordPhc: phc, groups: [], createdAt: 1 }
  await store.addUser({ ...user, name: 'admin', role: 'administrator' })
  await store.addUser({ ...user, name: 'ann', role })
  const audit = { note: () => undefined }
  const gate = new PasswordGate({ users: store, passwords, attempts: new Attempts({ now }), audit })
  const sessions = new Sessions({ tokens: store, gate, now })
  const signedIn = async (name: string) => {
    const { token } = await sessions.signIn(name, 'correct horse', '::1')
    return await sessions.sessionOf(`Bearer ${token}`)
  }
  return { clock, store, sessions, signedIn }
}

test('a token signs in for 90 days, and ends at sign-out', async () => {
  const { clock, sessions } = await signedUp()
  const { token, expiresAt } = await sessions.signIn('admin', 'correct horse', '::1')
  assert.match(token, /^bct_[\w-]{43}$/)
  assert.equal(expiresAt.getTime(), clock.at + 90 * day)
  const { tokenId: _, ...session } = await sessions.sessionOf(`Bearer ${token}`)
  assert.deepEqual(session, { user: 'admin', role: 'administrator', kind: 'sign-in', tokenName: undefined })
  clock.at += 90 * day - 1
  assert.equal((await sessions.sessionOf(`bearer ${token}`)).user, 'admin')
  clock.at += 1
  await assert.rejects(sessions.sessionOf(`Bearer ${token}`), /expired/)
  const second = await sessions.signIn('admin', 'correct horse', '::1')
  await sessions.signOut((await sessions.sessionOf(`Bearer ${second.token}`)).tokenId)
  await assert.rejects(sessions.sessionOf(`Bearer ${second.token}`), NotSignedIn)
})

test('in a browser, and of who comes from elsewhere, it signs in for 12 hours', async () => {
  const { clock, store, sessions } = await signedUp()
  const external = { source: 'ldap', subject: 'x', name: 'eve', role: 'viewer', groups: [] } as const
  const eve = await store.putExternal(external, 1)
  const admin = await store.findUser('admin')
  assert.ok(admin)
  for (const [user, kind] of [
    [admin, 'browser'],
    [eve, 'browser'],
    [eve, 'sign-in'],
  ] as const)
    assert.equal((await sessions.issue(user, kind)).expiresAt.getTime() - clock.at, day / 2)
})

test('the last use is written once an hour, not at each request', async () => {
  const { clock, store, sessions } = await signedUp()
  const { token } = await sessions.signIn('admin', 'correct horse', '::1')
  const written: number[] = []
  const note = store.noteUse.bind(store)
  store.noteUse = async (id, at) => {
    written.push(at)
    await note(id, at)
  }
  for (const minutes of [0, 1, 59, 2, 10]) {
    clock.at += minutes * 60_000
    await sessions.sessionOf(`Bearer ${token}`)
  }
  assert.deepEqual(
    written.map((at) => (at - (written[0] ?? 0)) / 60_000),
    [0, 62],
  )
})

for (const header of [
  undefined,
  '',
  'Bearer',
  'Basic YTpi',
  'Bearer a b',
  `Bearer ${'a'.repeat(300)}`,
  'Bearer unknown',
  'Bearer ü',
]) {
  test(`nobody is signed in by ${header?.slice(0, 30)}`, async () => {
    const { sessions } = await signedUp()
    await assert.rejects(sessions.sessionOf(header), NotSignedIn)
  })
}

test('another role and being disabled count from the next request on', async () => {
  const { store, sessions } = await signedUp('publisher')
  const { token } = await sessions.signIn('ann', 'correct horse', '::1')
  const role = async () => (await sessions.sessionOf(`Bearer ${token}`)).role
  assert.equal(await role(), 'publisher')
  await store.changeUser('ann', { role: 'viewer' })
  assert.equal(await role(), 'viewer')
  await store.changeUser('ann', { disabled: true })
  await assert.rejects(role(), NotSignedIn)
  await assert.rejects(sessions.signIn('ann', 'correct horse', '::1'), SignInFailed)
})

const ci = { name: 'ci', role: 'publisher' as Role, seconds: 3600 }

test('a token for a program does what its role may, for its time, and no more than its user', async () => {
  const { clock, store, sessions, signedIn } = await signedUp('administrator')
  const ann = await store.findUser('ann')
  const { token, expiresAt } = await sessions.makeApiToken(await signedIn('ann'), ann?.id ?? '', ci)
  assert.equal(expiresAt, clock.at + 3_600_000)
  const role = async () => (await sessions.sessionOf(`Bearer ${token}`)).role
  assert.equal(await role(), 'publisher')
  for (const [of, left] of [
    ['publisher', 'publisher'],
    ['operator', 'viewer'],
    ['user', 'user'],
  ] as const) {
    await store.changeUser('ann', { role: of })
    assert.equal(await role(), left, of)
  }
  clock.at += 3_600_000
  await assert.rejects(role(), /expired/)
})

test('nobody makes a token that may do more than they may', async () => {
  for (const [role, wanted] of [
    ['viewer', 'publisher'],
    ['publisher', 'operator'],
    ['operator', 'administrator'],
    ['publisher', 'administrator'],
  ] as const) {
    const { sessions, signedIn } = await signedUp(role)
    const make = sessions.makeApiToken(await signedIn('ann'), 'x', { ...ci, role: wanted })
    await assert.rejects(make, { code: 'forbidden', message: new RegExp(`role ${role} may not`) })
  }
})

test('a token for a program makes no others, and each has a name of its own', async () => {
  const { store, sessions, signedIn } = await signedUp()
  const id = (await store.findUser('ann'))?.id ?? ''
  const { token } = await sessions.makeApiToken(await signedIn('ann'), id, { ...ci, role: 'administrator' })
  const program = await sessions.sessionOf(`Bearer ${token}`)
  assert.equal(program.tokenName, 'ci')
  const second = { ...ci, name: 'second' }
  await assert.rejects(sessions.makeApiToken(program, id, second), { code: 'forbidden', message: /Sign in/ })
  await assert.rejects(sessions.makeApiToken(await signedIn('ann'), id, ci), { code: 'token_exists' })
})

test('attempts that a broken store could not judge do not lock anybody out', async () => {
  const { store, sessions } = await signedUp()
  const find = store.findUser
  store.findUser = () => Promise.reject(new Error('database away'))
  for (let n = 0; n < 40; n++) await assert.rejects(sessions.signIn('admin', 'correct horse', '::1'), /away/)
  store.findUser = find
  await sessions.signIn('admin', 'correct horse', '::1')
})

test('counting attempts takes bounded memory, and an IPv6 /64 is one address', () => {
  const attempts = new Attempts({ capacity: 100 })
  for (let n = 0; n < 5_000; n++) attempts.begin(`user ${n}`, `10.${n >> 8}.${n & 255}.1`)
  assert.equal(attempts.size, 100)
  const begin = () => {
    for (let n = 0; n < 40; n++) attempts.begin(`user ${n}`, `2001:db8::1:${n.toString(16)}`)
  }
  assert.throws(begin, TooManyAttempts)
})
