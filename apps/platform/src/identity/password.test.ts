import assert from 'node:assert/strict'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createPasswordHasher, makePassword } from './password.ts'
import { readPasswordFile, readSecretFile } from './password-file.ts'
import { TooBusy } from './turns.ts'

const passwords = createPasswordHasher()

test('a password is kept as an argon2id PHC string with a salt of its own', async () => {
  const [one, two] = [await passwords.hash('correct horse'), await passwords.hash('correct horse')]
  assert.match(one, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
  assert.notEqual(one, two)
  assert.equal(await passwords.verify('correct horse', one), true)
  assert.equal(await passwords.verify('correct hors', one), false)
  assert.equal(await passwords.verify('correct horse', undefined), false)
})

test('a PHC string of other software, with other costs, is understood; a damaged one signs nobody in', async () => {
  // src/test.c of the reference implementation (P-H-C/phc-winner-argon2), argon2id, version 19.
  const phc = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc'
  assert.equal(await passwords.verify('password', phc), true)
  assert.equal(await passwords.verify('passwore', phc), false)
  await assert.rejects(passwords.verify('password', phc.slice(0, 40)), /no argon2id PHC/)
})

test('more sign-ins at once than can wait are sent away', async () => {
  const few = createPasswordHasher({ atOnce: 1, waiting: 1 })
  const all = await Promise.allSettled([few.hash('a'), few.hash('b'), few.hash('c')])
  assert.deepEqual(
    all.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'rejected'],
  )
  assert.ok(all[2]?.status === 'rejected' && all[2].reason instanceof TooBusy)
  await few.hash('d')
})

test('a made password has 24 letters that are not mistaken for each other', () => {
  const made = Array.from({ length: 50 }, makePassword)
  assert.equal(new Set(made).size, 50)
  for (const password of made) assert.match(password, /^[a-km-zA-HJ-NP-Z2-9]{24}$/)
})

const files: readonly (readonly [string, number, RegExp | string])[] = [
  ['correct horse\nnext line\n', 0o600, 'correct horse'],
  ['correct horse\r\n', 0o400, 'correct horse'],
  ['correct horse', 0o640, /others may read .*chmod 600/],
  ['short\n', 0o600, /at least 12 characters/],
  ['', 0o600, /is empty/],
  ['a'.repeat(5000), 0o600, /longer than 1024/],
]
for (const [text, mode, wanted] of files) {
  test(`a password file with ${JSON.stringify(text.slice(0, 20))} and mode ${mode.toString(8)}`, async (t) => {
    const dir = await mkdtemp(join(tmpdir(), 'bootcast-password-'))
    t.after(() => rm(dir, { recursive: true }))
    const path = join(dir, 'password')
    await writeFile(path, text)
    await chmod(path, mode)
    if (typeof wanted === 'string') assert.equal(await readPasswordFile(path), wanted)
    else await assert.rejects(readPasswordFile(path), wanted)
  })
}

test('a secret of another service may be short, but not be missing', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'bootcast-secret-'))
  t.after(() => rm(dir, { recursive: true }))
  const path = join(dir, 'secret')
  await writeFile(path, 's3cret\n', { mode: 0o600 })
  assert.equal(await readSecretFile(path), 's3cret')
  await writeFile(path, '\n')
  await assert.rejects(readSecretFile(path), /the first line of .* is empty/)
})

test('a password file that is not there is told by its path', async () => {
  await assert.rejects(
    readPasswordFile('/nowhere/password'),
    /^StartRefused: \/nowhere\/password cannot be read/,
  )
})
