import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import type { ApiToken, AuditEntry, User } from '@bootcast/contract'
import { CommandLine, now } from '../testing/command-line.ts'
import { type Call, startFakePlatform } from '../testing/fake-platform.ts'

const ann: User = {
  name: 'ann',
  role: 'operator',
  groups: ['lab', 'staff'],
  source: 'local',
  disabled: false,
  createdAt: '2026-11-20T12:00:00Z',
}
const ci: ApiToken = {
  ...{ id: 't1', name: 'ci', user: 'admin', role: 'publisher' },
  createdAt: '2026-11-20T12:00:00Z',
  expiresAt: '2027-02-20T12:00:00Z',
  lastUsedAt: '2026-11-23T09:00:00Z',
}
const entry = (at: string, more: Partial<AuditEntry> = {}): AuditEntry => ({
  ...{ id: at, at, who: 'ann', action: 'changeMachine', about: '52:54:00:12:34:56 image="demo"' },
  ...{ from: '10.0.0.7', refused: false },
  ...more,
})

const platform = () =>
  startFakePlatform({
    addUser: () => ann,
    showUser: () => ann,
    changeUser: () => ({ ...ann, disabled: true }),
    removeUser: () => undefined,
    listUsers: () => ({ items: [ann, { ...ann, name: 'eve', source: 'ldap', groups: [], disabled: true }] }),
    makeToken: () => ({ ...ci, token: 'bct_secret' }),
    listTokens: () => ({ items: [{ ...ci, id: 't2', user: 'ann' }, ci] }),
    removeToken: () => undefined,
    changeGrants: () => ({ image: 'demo', everyone: false, users: ['ann'], groups: ['staff'] }),
    changePassword: () => ({ token: 'bct_new', user: 'admin', expiresAt: '2031-01-01T00:00:00Z' }),
    listAudit: () => ({ items: [entry('2026-11-23T11:00:00Z'), entry('2026-11-23T10:00:00Z')] }),
  })

type Deed = readonly [args: string, route: string, call: Partial<Call>, says: RegExp]
const deeds: readonly Deed[] = [
  [
    'user add ann --role operator --group staff --group lab --password-stdin',
    'addUser',
    { body: { name: 'ann', role: 'operator', groups: ['staff', 'lab'], password: 'twelve letters' } },
    /user +ann\nrole +operator: .*\ngroups +lab, staff\n/,
  ],
  ['user show ann', 'showUser', { params: { name: 'ann' } }, /comes from +local\nmay sign in +yes/],
  ['user set ann --disable', 'changeUser', { body: { disabled: true } }, /may sign in +no/],
  ['user set ann --enable --role viewer', 'changeUser', { body: { disabled: false, role: 'viewer' } }, /./],
  ['user set ann --without-groups', 'changeUser', { body: { groups: [] } }, /./],
  ['user set ann --group a --group b', 'changeUser', { body: { groups: ['a', 'b'] } }, /./],
  ['user set ann --password-stdin', 'changeUser', { body: { password: 'twelve letters' } }, /./],
  ['user remove ann', 'removeUser', { params: { name: 'ann' } }, /Removed the user ann\./],
  [
    'token create ci --role publisher',
    'makeToken',
    { body: { name: 'ci', role: 'publisher', seconds: 7_776_000 } },
    /^bct_secret\n$/,
  ],
  ['token create ci --role viewer --for 12h', 'makeToken', { body: { seconds: 43_200 } as never }, /./],
  ['token remove ci', 'removeToken', { params: { id: 't1' } }, /The token ci of admin is worth nothing now/],
  ['token remove ci --user ann', 'removeToken', { params: { id: 't2' } }, /The token ci of ann/],
  [
    'image allow demo --user ann --group staff --everyone',
    'changeGrants',
    { params: { name: 'demo' }, body: { everyone: true, allow: { users: ['ann'], groups: ['staff'] } } },
    /may boot demo +publishers, operators, group staff, ann/,
  ],
  [
    'image disallow demo --user bob --everyone',
    'changeGrants',
    { body: { everyone: false, disallow: { users: ['bob'], groups: [] } } },
    /may boot demo/,
  ],
]
for (const [args, route, expected, says] of deeds) {
  test(`${args}: asks for ${route} and says what is now true`, async () => {
    await using fake = await platform()
    await using line = await CommandLine.at(fake.url)
    const said = await line.run(args.split(' '), { stdin: 'twelve letters\n' })
    assert.equal(said.exitCode, 0, said.stderr)
    assert.match(said.stdout, says)
    assert.partialDeepStrictEqual(fake.calls.at(-1), { route, ...expected })
  })
}

const wrong: readonly (readonly [args: string, says: RegExp])[] = [
  ['user add ann', /Required option '-r, --role <role>' not specified/],
  [
    'user add ann --role boss --password-stdin',
    /There is no role “boss”\.\n {2}To do: Choose administrator,/,
  ],
  ['user add ann --role user', /There is no terminal to ask for the password/],
  ['user set ann', /Nothing to set/],
  ['user set ann --disable --enable', /not both/],
  ['user set ann --group a --without-groups', /not both/],
  ['token create ci --role publisher --for ever', /“ever” is no time/],
  ['image allow demo', /Say who: --user, --group or --everyone/],
  ['audit --since yesterday', /“yesterday” is no time/],
  ['audit --limit many', /“many” is no number/],
  ['password', /There is no terminal to ask for the passwords/],
]
for (const [args, says] of wrong) {
  test(`${args}: is wrong usage`, async () => {
    await using fake = await platform()
    await using line = await CommandLine.at(fake.url)
    const said = await line.run(args.split(' '))
    assert.equal(said.exitCode, 2, said.stderr)
    assert.match(said.stderr, says)
  })
}

test('users and tokens are listed', async () => {
  await using fake = await platform()
  await using line = await CommandLine.at(fake.url)
  assert.equal(
    (await line.run(['user', 'list'])).stdout,
    `NAME  ROLE      GROUPS      FROM   MAY SIGN IN
ann   operator  lab, staff  local  yes
eve   operator  -           ldap   no
`,
  )
  assert.match((await line.run(['token', 'list'])).stdout, /^ci +admin +publisher +2027-02-20 .* 3 h ago$/m)
})

test('the audit log comes oldest first, in pages, for a time and a user', async () => {
  const evil = entry('2026-11-23T11:30:00Z', {
    who: '',
    action: 'signIn',
    refused: true,
    because: '\u{1b}[2Jx',
  })
  await using fake = await startFakePlatform({
    listAudit: ({ query }) =>
      query['after'] === undefined
        ? { items: [evil, entry('2026-11-23T11:00:00Z')], next: 'more' }
        : { items: [entry('2026-11-23T10:00:00Z')] },
  })
  await using line = await CommandLine.at(fake.url)
  const { stdout } = await line.run(['audit', '--since', '1d', '--who', 'Zoe\u0308'])
  assert.deepEqual(
    stdout.split('\n').map((text) => /signIn REFUSED|changeMachine/.exec(text)?.[0]),
    [undefined, 'changeMachine', 'changeMachine', 'signIn REFUSED', undefined],
  )
  assert.doesNotMatch(stdout.replaceAll('\n', ''), /\p{Cc}/u)
  const since = new Date(now - 86_400_000).toISOString()
  assert.deepEqual(fake.calls[0]?.query, { since, who: 'Zoë', limit: 500 })
  const two = JSON.parse((await line.run(['audit', '--limit', '2', '--json'])).stdout)
  assert.equal(two.items.length, 2)
})

test('after changing the password the new token is kept, and the one before it is not', async () => {
  await using fake = await platform()
  await using line = await CommandLine.open()
  await line.run(['sign-in', fake.url, '-u', 'admin', '--password-stdin'], { stdin: 'old' })
  const said = await line.run(['password', '--password-stdin'], { stdin: 'old\ntwelve letters\n' })
  assert.equal(said.exitCode, 0, said.stderr)
  assert.deepEqual(fake.calls.at(-1)?.body, { current: 'old', password: 'twelve letters' })
  assert.ok(!`${said.stdout}${said.stderr}`.includes('bct_'))
  const kept = JSON.parse(await readFile(line.path('config/credentials.json'), 'utf8'))
  assert.deepEqual(kept.platforms[fake.url], {
    user: 'admin',
    token: 'bct_new',
    expiresAt: '2031-01-01T00:00:00Z',
  })
  await using other = await CommandLine.at(fake.url)
  const one = await other.run(['password', '--password-stdin'], { stdin: 'one line\n' })
  assert.equal(one.exitCode, 2)
})

test('a password from a file may be of a user, and none is asked for twice there', async () => {
  await using fake = await platform()
  await using line = await CommandLine.at(fake.url)
  await writeFile(line.path('password'), 'pässword "+& $x\n')
  const args = ['user', 'add', 'Zoë "+&\'; ${x}', '--role', 'user', '--password-file', line.path('password')]
  assert.equal((await line.run(args)).exitCode, 0)
  assert.partialDeepStrictEqual(fake.calls.at(-1)?.body, {
    name: 'Zoë "+&\'; ${x}',
    password: 'pässword "+& $x',
  })
})
