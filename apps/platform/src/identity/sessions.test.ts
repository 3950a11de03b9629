import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryIdentityStore } from '../../testing/memory-identity-store.ts'
import { Attempts, TooManyAttempts } from './attempts.ts'
import { ensureAdministrator } from './first-administrator.ts'
import { createPasswordHasher } from './password.ts'
import { NotSignedIn, Sessions, SignInFailed } from './sessions.ts'

const passwords = createPasswordHasher()
const day = 24 * 60 * 60 * 1000

async function signedUp() {
  const clock = { at: 1_000_000_000_000 }
  const now = () => clock.at
  const store = new MemoryIdentityStore()
  await ensureAdministrator({ store, passwords, wanted: 'correct horse' })
  return { clock, store, sessions: new Sessions({ store, passwords, attempts: new Attempts({ now }), now }) }
}

test('a token signs in for 90 days, and ends at sign-out', async () => {
  const { clock, sessions } = await signedUp()
  const { token, expiresAt } = await sessions.signIn('admin', 'correct horse', '::1')
  assert.match(token, /^bct_[\w-]{43}$/)
  assert.equal(expiresAt.getTime(), clock.at + 90 * day)
  assert.deepEqual(await sessions.sessionOf(`Bearer ${token}`), { user: 'admin' })
  clock.at += 90 * day - 1
  assert.deepEqual(await sessions.sessionOf(`bearer ${token}`), { user: 'admin' })
  clock.at += 1
  await assert.rejects(sessions.sessionOf(`Bearer ${token}`), /expired/)
  const second = await sessions.signIn('admin', 'correct horse', '::1')
  await sessions.signOut(`Bearer ${second.token}`)
  await assert.rejects(sessions.sessionOf(`Bearer ${second.token}`), NotSignedIn)
})

test('the last use is written once an hour, not at each request', async () => {
  const { clock, store, sessions } = await signedUp()
  const { token } = await sessions.signIn('admin', 'correct horse', '::1')
  const written: number[] = []
  store.noteUse = async (_, at) => void written.push(at)
  const known = store.findToken.bind(store)
  store.findToken = async (secret) => {
    const found = await known(secret)
    return found && { ...found, lastUsedAt: written.at(-1) }
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

test('an unknown user and a wrong password get the same answer, in about the same time', async () => {
  const { sessions } = await signedUp()
  const timed = async (user: string) => {
    const before = performance.now()
    await assert.rejects(sessions.signIn(user, 'wrong', user), new SignInFailed())
    return performance.now() - before
  }
  await timed('warm')
  const [known, unknown] = [await timed('admin'), await timed('nobody')]
  assert.ok(unknown > known / 5 && known > unknown / 5, `${known} ms, ${unknown} ms`)
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

test('who guesses is locked out, longer each time; others and other addresses are not', async () => {
  const { clock, sessions } = await signedUp()
  const guess = (user: string, address: string) =>
    sessions.signIn(user, 'wrong', address).catch((error) => error)
  for (let n = 0; n < 5; n++) assert.ok((await guess('admin', '10.0.0.9')) instanceof SignInFailed)
  const waits: number[] = []
  for (let n = 0; n < 3; n++) {
    const locked = await guess('admin', '10.0.0.9')
    assert.ok(locked instanceof TooManyAttempts)
    waits.push(locked.retrySeconds)
    clock.at += locked.retrySeconds * 1000
    await guess('admin', '10.0.0.9')
  }
  assert.deepEqual(waits, [1, 2, 4])
  assert.ok((await guess('other', '10.0.0.9')) instanceof SignInFailed)
  assert.equal((await sessions.signIn('admin', 'correct horse', '10.0.0.8')).user, 'admin')
})

test('twenty guesses at once are counted like twenty in a row', async () => {
  const { sessions } = await signedUp()
  const guesses = Array.from({ length: 20 }, () =>
    sessions.signIn('admin', 'wrong', '10.0.0.9').catch((error) => error),
  )
  const errors = await Promise.all(guesses)
  assert.equal(errors.filter((error) => error instanceof SignInFailed).length, 5)
})

test('the right password forgets the wrong ones before it', async () => {
  const { sessions } = await signedUp()
  for (let round = 0; round < 3; round++) {
    for (let n = 0; n < 4; n++) await assert.rejects(sessions.signIn('admin', 'wrong', '::1'), SignInFailed)
    await sessions.signIn('admin', 'correct horse', '::1')
  }
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
