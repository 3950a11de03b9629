import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryIdentityStore } from '../../testing/memory-identity-store.ts'
import type { AuditNote } from '../audit/audit.ts'
import { Attempts, TooManyAttempts } from './attempts.ts'
import { type Arrival, ExternalUsers } from './external-users.ts'
import { createPasswordHasher } from './password.ts'
import { type Directory, PasswordGate, SignInFailed } from './password-gate.ts'
import { TooBusy } from './turns.ts'

const passwords = createPasswordHasher()

class DirectoryAway extends Error {
  override readonly name = 'DirectoryAway'
  readonly code = 'directory_unreachable'
}

/** A directory with one user, eve. */
class SmallDirectory implements Directory {
  readonly asked: string[] = []
  isAway = false

  async find(name: string, password: string): Promise<Arrival | undefined> {
    this.asked.push(name)
    if (this.isAway) throw new DirectoryAway('nobody answers')
    if (name.toLowerCase() !== 'eve' || password !== 'of the directory') return undefined
    return { source: 'ldap', subject: 'uid=eve', name: 'eve', groups: ['ops', 'lab', '\u202eevil', 'a'] }
  }
}

async function gateWith({ directory }: { readonly directory?: SmallDirectory } = {}) {
  const clock = { at: 1_000_000_000_000 }
  const now = () => clock.at
  const store = new MemoryIdentityStore()
  const noted: AuditNote[] = []
  const taken: string[] = []
  const add = async (name: string, password: string) =>
    await store.addUser({
      ...{ name, role: 'administrator', groups: [], createdAt: 1 },
      passwordPhc: await passwords.hash(password),
    })
  await add('admin', 'correct horse')
  const roleOf = new Map([['ops', 'operator'] as const, ['lab', 'viewer'] as const])
  const externals = new ExternalUsers({ store, roleOf, now })
  const gate = new PasswordGate({
    users: store,
    passwords,
    attempts: new Attempts({ now }),
    audit: { note: (note) => void noted.push(note) },
    ...(directory && { directories: () => [{ source: 'ldap' as const, in: directory, externals }] }),
    onNameTaken: (name) => taken.push(name),
  })
  return { clock, store, gate, noted, taken, add }
}

test('the right password tells who it is', async () => {
  const { gate, store, noted } = await gateWith()
  const id = (await store.findUser('admin'))?.id
  const found = await gate.check('admin', 'correct horse', '::1')
  assert.deepEqual(found, { id, name: 'admin', role: 'administrator', source: 'local' })
  assert.deepEqual(noted, [
    { who: 'admin', action: 'signIn', about: '', from: '::1', because: 'local password' },
  ])
})

test('names and passwords are the same in both spellings of Unicode, and differ in anything else', async () => {
  const { gate, add } = await gateWith()
  const name = `Zoë "+&'; $\{net0/mac} Ång`
  await add(name.normalize('NFC'), 'pässword ẛ̣')
  for (const form of ['NFC', 'NFD'] as const)
    assert.equal((await gate.check(name.normalize(form), 'pässword ẛ̣'.normalize(form), '::1')).name, name)
  for (const other of [name.toUpperCase(), name.toLowerCase(), `${name} `, ` ${name}`, name.slice(1)])
    await assert.rejects(gate.check(other, 'pässword ẛ̣', '::1'), SignInFailed, other)
})

test('an unknown user and a wrong password get the same answer, in about the same time', async () => {
  const { gate } = await gateWith()
  const timed = async (user: string) => {
    const took: number[] = []
    for (let n = 0; n < 4; n++) {
      const before = performance.now()
      await assert.rejects(gate.check(user, 'wrong', user), new SignInFailed())
      took.push(performance.now() - before)
    }
    return Math.min(...took)
  }
  const [known, unknown, impossible] = [await timed('admin'), await timed('nobody'), await timed('\u202e')]
  for (const other of [unknown, impossible])
    assert.ok(other > known / 5 && known > other / 5, `${known} ms, ${other} ms`)
})

test('a refusal is written down with the name of a user, never with what may be a password', async () => {
  const { gate, noted } = await gateWith()
  await assert.rejects(gate.check('admin', 'my guess', '10.0.0.9'), SignInFailed)
  await assert.rejects(gate.check('correct horse', 'admin', '10.0.0.9'), SignInFailed)
  const usual = { action: 'signIn', about: '', from: '10.0.0.9', refused: true }
  assert.deepEqual(noted, [
    { ...usual, who: 'admin', because: 'wrong password, or disabled' },
    { ...usual, who: '', because: 'no such user' },
  ])
})

test('who guesses is locked out, longer each time; others and other addresses are not', async () => {
  const { clock, gate } = await gateWith()
  const guess = (user: string, address: string) => gate.check(user, 'wrong', address).catch((error) => error)
  for (const name of ['admin', 'Admin', 'ADMIN', 'admin', 'admin'])
    assert.ok((await guess(name, '10.0.0.9')) instanceof SignInFailed)
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
  assert.equal((await gate.check('admin', 'correct horse', '10.0.0.8')).name, 'admin')
})

test('twenty guesses at once are counted like twenty in a row', async () => {
  const { gate } = await gateWith()
  const guesses = Array.from({ length: 20 }, () =>
    gate.check('admin', 'wrong', '10.0.0.9').catch((error) => error),
  )
  const errors = await Promise.all(guesses)
  assert.equal(errors.filter((error) => error instanceof SignInFailed).length, 5)
})

test('the right password forgets the wrong ones before it', async () => {
  const { gate } = await gateWith()
  for (let round = 0; round < 3; round++) {
    for (let n = 0; n < 4; n++) await assert.rejects(gate.check('admin', 'wrong', '::1'), SignInFailed)
    await gate.check('admin', 'correct horse', '::1')
  }
})

test('a local name is not asked for in the directory, other names are', async () => {
  const directory = new SmallDirectory()
  const { gate, store } = await gateWith({ directory })
  await gate.check('admin', 'correct horse', '::1')
  await assert.rejects(gate.check('admin', 'of the directory', '::1'), SignInFailed)
  assert.deepEqual(directory.asked, [])
  const eve = await gate.check('EVE', 'of the directory', '::1')
  assert.deepEqual([eve.name, eve.role], ['eve', 'operator'])
  assert.deepEqual((await store.findUser('eve'))?.groups, ['a', 'lab', 'ops'])
  assert.equal((await gate.check('eve', 'of the directory', '::1')).id, eve.id)
  await assert.rejects(gate.check('eve', 'wrong', '::1'), SignInFailed)
  await assert.rejects(gate.check('e\u202eve', 'of the directory', '::1'), SignInFailed)
  assert.deepEqual(directory.asked, ['EVE', 'eve', 'eve'])
})

test('with a directory, who is not known there is refused as late as who is local', async () => {
  const { gate } = await gateWith({ directory: new SmallDirectory() })
  for (const user of ['admin', 'nobody']) {
    const before = performance.now()
    await assert.rejects(gate.check(user, 'wrong', '::1'), SignInFailed)
    const took = performance.now() - before
    assert.ok(took > 230, `${user}: ${took} ms`)
  }
})

test('when the directory is away, local users still sign in, and the others hear that it is away', async () => {
  const directory = new SmallDirectory()
  directory.isAway = true
  const { gate } = await gateWith({ directory })
  for (let n = 0; n < 40; n++)
    await assert.rejects(gate.check('eve', 'of the directory', '::1'), { code: 'directory_unreachable' })
  assert.equal((await gate.check('admin', 'correct horse', '::1')).name, 'admin')
})

test('who is disabled here, or has the name of somebody else from there, does not come in by the directory', async () => {
  const { gate, store, taken } = await gateWith({ directory: new SmallDirectory() })
  await gate.check('eve', 'of the directory', '::1')
  await store.changeUser('eve', { disabled: true })
  await assert.rejects(gate.check('eve', 'of the directory', '::1'), SignInFailed)
  await store.removeUser('eve')
  const other = { name: 'eve', source: 'ldap', subject: 'x', role: 'user', groups: [] } as const
  await store.putExternal(other, 1)
  await assert.rejects(gate.check('eve', 'of the directory', '::1'), SignInFailed)
  assert.deepEqual(taken, ['eve'])
})

/** LDAP knows eve, then a forge guest; each by the password `right`. */
async function gateWithTwo() {
  const now = () => 1_000_000_000_000
  const store = new MemoryIdentityStore()
  const externals = new ExternalUsers({ store, roleOf: new Map(), now })
  const asked: string[] = []
  const away = new Set<string>()
  const directory = (source: 'ldap' | 'uforge', user: string) => ({
    source,
    externals,
    in: {
      find: async (name: string, password: string): Promise<Arrival | undefined> => {
        asked.push(`${source} ${name}`)
        if (away.has(source)) throw new DirectoryAway('nobody answers')
        const isRight = name.toLowerCase() === user && password === 'right'
        return isRight ? { source, subject: user, name: user, groups: [] } : undefined
      },
    },
  })
  const all = [directory('ldap', 'eve'), directory('uforge', 'guest')]
  const directories = () => all.filter(({ source }) => !away.has(`${source} is off`))
  const busy = { is: false }
  const verify: typeof passwords.verify = async (...asked) => {
    if (busy.is) throw new TooBusy()
    return await passwords.verify(...asked)
  }
  const gate = new PasswordGate({
    ...{ users: store, attempts: new Attempts({ now }), audit: { note: () => undefined }, directories },
    passwords: { ...passwords, verify },
  })
  const add = async (name: string, password: string) =>
    await store.addUser({
      ...{ name, role: 'user', groups: [], createdAt: 1 },
      passwordPhc: await passwords.hash(password),
    })
  return { store, gate, asked, away, busy, add }
}

test('who came from one directory is asked for there only, in any case of the name, and also when it is off', async () => {
  const { gate, asked, away } = await gateWithTwo()
  assert.equal((await gate.check('guest', 'right', '::1')).source, 'uforge')
  assert.deepEqual(asked.splice(0), ['ldap guest', 'uforge guest'])
  for (const name of ['guest', 'GUEST', 'ｇuest'])
    await assert.rejects(gate.check(name, 'wrong', '::1'), SignInFailed)
  assert.equal((await gate.check('Guest', 'right', '::1')).name, 'guest')
  await gate.check('eve', 'right', '::1')
  await assert.rejects(gate.check('Eve', 'wrong', '::1'), SignInFailed)
  const guests = ['guest', 'GUEST', 'ｇuest', 'Guest'].map((name) => `uforge ${name}`)
  assert.deepEqual(asked.splice(0), [...guests, 'ldap eve', 'ldap Eve'])
  away.add('ldap is off')
  for (const name of ['eve', 'Eve']) await assert.rejects(gate.check(name, 'right', '::1'), SignInFailed)
  assert.deepEqual(asked, [])
})

test('no directory hears the password of a local user in another case, or of who came by a provider', async () => {
  const { gate, store, asked, add } = await gateWithTwo()
  await add('Zoë', 'right')
  const byProvider = { source: 'oidc', subject: 'x', role: 'user', groups: [] } as const
  await store.putExternal({ ...byProvider, name: 'oda' }, 1)
  for (const name of ['ZOË', 'zoë', 'oda', 'Oda'])
    await assert.rejects(gate.check(name, 'right', '::1'), SignInFailed)
  // Of two who differ in the case alone the one who is meant must be written to the letter.
  await add('Eve', 'of Eve')
  await store.putExternal({ ...byProvider, name: 'eve', source: 'ldap', subject: 'eve' }, 1)
  await assert.rejects(gate.check('EVE', 'right', '::1'), SignInFailed)
  assert.deepEqual(asked, [])
  assert.equal((await gate.check('eve', 'right', '::1')).source, 'ldap')
  assert.equal((await gate.check('Eve', 'of Eve', '::1')).source, 'local')
})

test('a directory that is away keeps the password of who may be its user from the next', async () => {
  const { gate, asked, away } = await gateWithTwo()
  away.add('ldap')
  for (let n = 0; n < 10; n++)
    await assert.rejects(gate.check('guest', 'right', '::1'), { code: 'directory_unreachable' })
  assert.deepEqual(new Set(asked), new Set(['ldap guest']))
})

test('a guess that one directory judged is counted, also when another one is away or all are busy', async () => {
  for (const trouble of ['away', 'busy'] as const) {
    const { gate, away, busy } = await gateWithTwo()
    if (trouble === 'away') away.add('uforge')
    else busy.is = true
    const name = trouble === 'away' ? 'DirectoryAway' : 'TooBusy'
    for (let n = 0; n < 5; n++) await assert.rejects(gate.check('eve', `guess ${n}`, '::1'), { name })
    await assert.rejects(gate.check('eve', 'right', '::1'), TooManyAttempts)
  }
})
