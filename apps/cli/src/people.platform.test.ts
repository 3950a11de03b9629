import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { bzImage } from '../testing/boot-files.ts'
import { CommandLine } from '../testing/command-line.ts'
import { type RealPlatform, startRealPlatform } from '../testing/real-platform.ts'

const zoe = 'Zoë "+&\'; ${net0/mac} Ångström'
const password = 'pass "+&\'; wörd'
let platform: RealPlatform
let admin: CommandLine
let person: CommandLine

before(async () => {
  platform = await startRealPlatform()
  admin = await CommandLine.open()
  person = await CommandLine.open()
  await done(admin, ['sign-in', platform.url, '-u', 'admin', '--password-stdin'], platform.password)
})
after(async () => {
  for (const each of [admin, person]) await each?.[Symbol.asyncDispose]()
  await platform?.[Symbol.asyncDispose]()
})

async function done(line: CommandLine, args: readonly string[], stdin?: string) {
  const said = await line.run([...args, '--json'], stdin === undefined ? {} : { stdin })
  assert.equal(said.exitCode, 0, said.stderr)
  return JSON.parse(said.stdout)
}

async function refused(line: CommandLine, args: readonly string[], more: object = {}) {
  const said = await line.run([...args, '--json'], more)
  assert.notEqual(said.exitCode, 0)
  const { code, exitCode, why } = JSON.parse(said.stderr).error
  return { code, exitCode, why: String(why) }
}

test('a user of any name is added, signs in in either spelling of Unicode, and may do what the role may', async () => {
  const added = await done(
    admin,
    ['user', 'add', zoe, '-r', 'viewer', '-g', 'lab', '--password-stdin'],
    password,
  )
  assert.deepEqual([added.name, added.role, added.groups], [zoe, 'viewer', ['lab']])
  const signIn = ['sign-in', platform.url, '-u', zoe.normalize('NFD'), '--password-stdin']
  assert.equal((await done(person, signIn, password.normalize('NFD'))).user, zoe)
  assert.deepEqual((await done(person, ['image', 'list'])).items, [])
  const remove = await refused(person, ['image', 'remove', 'demo'])
  assert.deepEqual([remove.code, remove.exitCode], ['forbidden', 3])
  assert.match(remove.why, /This needs an administrator or a publisher/)
})

test('names that cannot be told apart on a screen are refused', async () => {
  for (const name of [' ann', 'ann ', 'a\u202eb', 'a\nb', 'a\u00a0b', '', '..', 'x'.repeat(129)]) {
    const { code, why } = await refused(admin, ['user', 'add', name, '-r', 'user', '--password-stdin'], {
      stdin: password,
    })
    assert.equal(code, 'invalid_request', JSON.stringify(name))
    assert.match(why, /printable characters/)
  }
  const short = await refused(admin, ['user', 'add', 'ann', '-r', 'user', '--password-stdin'], {
    stdin: 'short',
  })
  assert.match(short.why, /at least 12/)
  const again = await refused(admin, ['user', 'add', zoe, '-r', 'user', '--password-stdin'], {
    stdin: password,
  })
  assert.equal(again.code, 'user_exists')
})

test('another role counts at once, also for a token for a program', async () => {
  await done(admin, ['user', 'set', zoe, '--role', 'publisher'])
  const { token } = await done(person, ['token', 'create', 'ci', '--role', 'publisher', '--for', '1h'])
  const program = { url: platform.url, token }
  await writeFile(person.path('vmlinuz'), bzImage(1_000_000, 1))
  const publish = ['publish', 'demo', '--kernel', person.path('vmlinuz'), '--json']
  assert.equal((await person.run(publish, program)).exitCode, 0)
  assert.equal(
    (await refused(person, ['token', 'create', 'more', '-r', 'viewer'], program)).code,
    'forbidden',
  )
  const more = await refused(person, ['token', 'create', 'more', '-r', 'administrator'])
  assert.equal(more.code, 'forbidden')
  await done(admin, ['user', 'set', zoe, '--role', 'user'])
  assert.equal((await refused(person, publish, program)).code, 'forbidden')
  assert.equal((await done(person, ['whoami'])).role, 'user')
})

test('an image is granted, and its page says to whom', async () => {
  const grants = await done(admin, ['image', 'allow', 'demo', '--user', zoe, '--group', 'lab'])
  assert.deepEqual(grants, { image: 'demo', everyone: false, users: [zoe], groups: ['lab'] })
  const shown = await admin.run(['image', 'show', 'demo'])
  assert.ok(shown.stdout.includes(`publishers, operators, group lab, ${zoe}`), shown.stdout)
  const nobody = await refused(admin, ['image', 'allow', 'demo', '--user', 'nobody'])
  assert.equal(nobody.code, 'user_not_found')
  assert.deepEqual((await done(admin, ['image', 'disallow', 'demo', '--user', zoe])).users, [])
})

test('a new password ends everything else, and the command stays signed in', async () => {
  const stdin = `${password}\nanother password\n`
  await done(person, ['password', '--password-stdin'], stdin)
  assert.equal((await done(person, ['whoami'])).user, zoe)
  assert.deepEqual((await done(admin, ['token', 'list'])).items, [])
  const wrong = await refused(person, ['password', '--password-stdin'], { stdin })
  assert.equal(wrong.code, 'sign_in_failed')
})

test('the last administrator stays, a disabled user is out at once, a removed one is gone', async () => {
  for (const args of [
    ['remove', 'admin'],
    ['set', 'admin', '--disable'],
    ['set', 'admin', '-r', 'viewer'],
  ])
    assert.equal((await refused(admin, ['user', ...args])).code, 'last_administrator')
  await done(admin, ['user', 'set', zoe, '--disable'])
  assert.equal((await refused(person, ['whoami'])).code, 'not_signed_in')
  await done(admin, ['user', 'remove', zoe])
  assert.equal((await refused(admin, ['user', 'show', zoe])).code, 'user_not_found')
})

test('the audit log has what happened and what was refused, and no password or token', async () => {
  const text = (await admin.run(['audit', '--since', '1d', '--json'])).stdout
  const { items } = JSON.parse(text)
  const told = items.map(({ who, action, about, refused }: Record<string, unknown>) =>
    [refused ? 'refused' : 'did', who, action, about].join(' '),
  )
  for (const line of [
    `did admin addUser name=${JSON.stringify(zoe)} role="viewer" groups=["lab"]`,
    `refused ${zoe} removeImage `,
    `did admin changeUser ${zoe} role="publisher"`,
    `did ${zoe} makeToken name="ci" role="publisher" seconds=3600`,
    `did ${zoe} publishRelease demo channel="stable"`,
    `did admin changeGrants demo allow={"users":[${JSON.stringify(zoe)}],"groups":["lab"]}`,
    `refused ${zoe} signIn `,
    `did admin removeUser ${zoe}`,
  ])
    assert.ok(told.includes(line), `${line}\n${told.join('\n')}`)
  for (const secret of [password, 'another password', platform.password, 'bct_'])
    assert.ok(!text.includes(JSON.stringify(secret).slice(1, -1)), secret)
  const byToken = items.find(({ action }: { action: string }) => action === 'publishRelease')
  assert.equal(byToken.because, 'token ci')
})
