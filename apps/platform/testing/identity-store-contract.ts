import assert from 'node:assert/strict'
import { test } from 'node:test'
import type {
  ApiTokenStore,
  ExternalUser,
  ExternalUserStore,
  NewUser,
  SignInStore,
  StoredToken,
  TokenStore,
  UserList,
  UserStore,
} from '../src/identity/identity-store.ts'

type Opened = {
  readonly users: UserStore & UserList & ExternalUserStore
  readonly tokens: TokenStore & ApiTokenStore & SignInStore
} & AsyncDisposable

const phc = '$argon2id$1'
const ann: NewUser = {
  name: 'ann',
  passwordPhc: phc,
  role: 'viewer',
  groups: ['staff', 'lab'],
  createdAt: 1_000,
}
const admin: NewUser = { ...ann, name: 'admin', role: 'administrator', groups: [] }
const far = 8_000_000_000_000
const secret = (digit: string) => digit.repeat(64)
const external: ExternalUser = {
  name: 'eve',
  role: 'operator',
  groups: ['ops', 'lab'],
  source: 'ldap',
  subject: 'uid=eve,dc=x',
}

/** What every store of users and tokens does; `open` gives an empty one. */
export function identityStoreContract(name: string, open: () => Promise<Opened>): void {
  const withPeople = async (...people: NewUser[]) => {
    const opened = await open()
    for (const user of people) assert.equal(await opened.users.addUser(user), true)
    return opened
  }
  const tokenOf = async ({ users, tokens }: Opened, who: string, more: Partial<StoredToken>) => {
    const userId = (await users.findUser(who))?.id ?? ''
    const usual = { secretSha256: secret('a'), kind: 'sign-in', createdAt: 1, expiresAt: far } as const
    return await tokens.addToken({ userId, ...usual, ...more })
  }

  test(`${name}: of two who add the same user one wins`, async () => {
    await using opened = await open()
    const added = await Promise.all([
      opened.users.addUser(ann),
      opened.users.addUser({ ...ann, passwordPhc: 'other', groups: ['other'] }),
    ])
    assert.deepEqual([...added].sort(), [false, true])
    const { id: _, ...found } = (await opened.users.findUser('ann')) ?? {}
    assert.deepEqual(found, {
      name: 'ann',
      role: 'viewer',
      groups: added[0] ? ['lab', 'staff'] : ['other'],
      source: 'local',
      disabled: false,
      createdAt: 1_000,
      passwordPhc: added[0] ? phc : 'other',
    })
    for (const other of ['Ann', 'ann ', 'an', '']) assert.equal(await opened.users.findUser(other), undefined)
  })

  test(`${name}: names are kept and found to the letter`, async () => {
    const names = [`a+b&c"d'e;f$g{h}`, 'Zoë Ångström', 'user name', '100%', '李', "'; DROP TABLE users; --"]
    await using opened = await withPeople(...names.map((each) => ({ ...ann, name: each, groups: [each] })))
    for (const each of names) assert.deepEqual((await opened.users.findUser(each))?.groups, [each])
  })

  test(`${name}: where a name in any case of its letters comes from is told`, async () => {
    await using opened = await withPeople(ann, { ...ann, name: 'Zoë' }, { ...ann, name: 'a_n' })
    await opened.users.putExternal({ ...external, name: 'ANN' }, 1)
    const sources = async (who: string) => [...(await opened.users.sourcesOf(who))].sort()
    for (const one of ['ann', 'Ann', 'ａnn']) assert.deepEqual(await sources(one), ['ldap', 'local'], one)
    for (const one of ['Zoë', 'ZOË']) assert.deepEqual(await sources(one), ['local'], one)
    for (const other of ['an', 'ann ', 'zoe', 'a%', 'axn', ''])
      assert.deepEqual(await sources(other), [], other)
  })

  test(`${name}: users come in pages by name`, async () => {
    await using opened = await withPeople(...['c', 'a', 'b'].map((each) => ({ ...ann, name: each })))
    const first = await opened.users.listUsers({ limit: 2 })
    assert.deepEqual([first.items.map((user) => user.name), first.next], [['a', 'b'], 'b'])
    assert.deepEqual(first.items[0]?.groups, ['lab', 'staff'])
    assert.ok(!('passwordPhc' in (first.items[0] ?? {})))
    const second = await opened.users.listUsers({ limit: 2, after: 'b' })
    assert.deepEqual([second.items.map((user) => user.name), second.next], [['c'], undefined])
  })

  test(`${name}: users are found by a part of their name and by a group, in pages`, async () => {
    await using opened = await withPeople(
      ...['Ann_1', 'joANNa', 'bob', '100%'].map((each) => ({ ...ann, name: each })),
      { ...admin, name: 'ann 2' },
    )
    const found = async (query: object) =>
      (await opened.users.listUsers({ limit: 9, ...query })).items.map((user) => user.name).sort()
    assert.deepEqual(await found({ find: 'ann' }), ['Ann_1', 'ann 2', 'joANNa'])
    assert.deepEqual(await found({ find: '_' }), ['Ann_1'])
    assert.deepEqual(await found({ find: '%' }), ['100%'])
    assert.deepEqual(await found({ find: 'ann', group: 'lab' }), ['Ann_1', 'joANNa'])
    assert.deepEqual(await found({ group: 'la' }), [])
    const { items, next } = await opened.users.listUsers({ limit: 1, find: 'ANN', group: 'staff' })
    assert.deepEqual([items.length, next], [1, items[0]?.name])
    assert.equal((await opened.users.listUsers({ limit: 1, find: 'ANN', after: next })).items.length, 1)
  })

  test(`${name}: what is not named in a change stays`, async () => {
    await using opened = await withPeople(admin, ann)
    const changed = await opened.users.changeUser('ann', { role: 'publisher' }, 5)
    assert.deepEqual([changed.role, changed.groups, changed.disabled], ['publisher', ['lab', 'staff'], false])
    assert.deepEqual((await opened.users.changeUser('ann', { groups: [] }, 5)).groups, [])
    assert.equal((await opened.users.changeUser('ann', { disabled: true }, 5)).disabled, true)
    const back = await opened.users.changeUser('ann', { disabled: false, passwordPhc: 'new' }, 5)
    assert.deepEqual([back.role, back.disabled], ['publisher', false])
    assert.equal((await opened.users.findUser('ann'))?.passwordPhc, 'new')
    assert.deepEqual(await opened.users.changeUser('ann', {}, 5), back)
    const nobody = opened.users.changeUser('nobody', { disabled: true }, 5)
    await assert.rejects(nobody, { code: 'user_not_found' })
  })

  test(`${name}: a new password, and being disabled, end the tokens of that user`, async () => {
    await using opened = await withPeople(admin, ann)
    await tokenOf(opened, 'admin', { secretSha256: secret('b') })
    for (const change of [{ passwordPhc: 'new' }, { disabled: true }]) {
      await tokenOf(opened, 'ann', {})
      await opened.users.changeUser('ann', { role: 'operator' }, 5)
      assert.equal((await opened.tokens.findToken(secret('a')))?.user.role, 'operator')
      await opened.users.changeUser('ann', change, 5)
      assert.equal(await opened.tokens.findToken(secret('a')), undefined)
    }
    assert.notEqual(await opened.tokens.findToken(secret('b')), undefined)
  })

  test(`${name}: a removed user is gone with the tokens`, async () => {
    await using opened = await withPeople(admin, ann)
    await tokenOf(opened, 'ann', {})
    await opened.users.removeUser('ann')
    assert.equal(await opened.users.findUser('ann'), undefined)
    assert.equal(await opened.tokens.findToken(secret('a')), undefined)
    await assert.rejects(opened.users.removeUser('ann'), { code: 'user_not_found' })
  })

  test(`${name}: the last local administrator cannot be removed, demoted or disabled`, async () => {
    await using opened = await withPeople(admin, ann)
    await opened.users.putExternal({ ...external, role: 'administrator' }, 1)
    const last = { code: 'last_administrator' }
    const attempts = [
      () => opened.users.removeUser('admin'),
      () => opened.users.changeUser('admin', { role: 'viewer' }, 5),
      () => opened.users.changeUser('admin', { disabled: true }, 5),
    ]
    for (const attempt of attempts) await assert.rejects(attempt(), last)
    assert.deepEqual((await opened.users.findUser('admin'))?.role, 'administrator')
    assert.equal(await opened.users.hasAdministrator(), true)
    await opened.users.changeUser('ann', { role: 'administrator' }, 5)
    await opened.users.changeUser('admin', { role: 'viewer' }, 5)
    await assert.rejects(opened.users.removeUser('ann'), last)
  })

  test(`${name}: of two administrators who demote each other at once one stays`, async () => {
    await using opened = await withPeople(admin, { ...admin, name: 'other' })
    const both = ['admin', 'other'].map((who) => opened.users.changeUser(who, { role: 'viewer' }, 5))
    const outcomes = (await Promise.allSettled(both)).map(({ status }) => status)
    assert.deepEqual(outcomes.sort(), ['fulfilled', 'rejected'])
    assert.equal(await opened.users.hasAdministrator(), true)
  })

  test(`${name}: nobody can administer an empty platform`, async () => {
    await using opened = await open()
    assert.equal(await opened.users.hasAdministrator(), false)
  })

  test(`${name}: who comes from elsewhere brings role and groups of today, and keeps the name`, async () => {
    await using opened = await open()
    const first = await opened.users.putExternal(external, 7)
    assert.deepEqual([first.role, first.groups, first.createdAt], ['operator', ['lab', 'ops'], 7])
    const again = await opened.users.putExternal({ ...external, name: 'Eve', role: 'user', groups: ['x'] }, 9)
    assert.deepEqual(again, { ...first, role: 'user', groups: ['x'] })
    assert.equal((await opened.users.findUser('eve'))?.passwordPhc, undefined)
    const other = { ...external, name: 'eve 2', subject: 'uid=eve2,dc=x' }
    assert.notEqual((await opened.users.putExternal(other, 9)).id, first.id)
    const sameSubject = { ...external, name: 'oidc eve', source: 'oidc' as const }
    assert.notEqual((await opened.users.putExternal(sameSubject, 9)).id, first.id)
  })

  test(`${name}: who comes from elsewhere twice at once is one user`, async () => {
    await using opened = await open()
    const both = Array.from({ length: 4 }, () => opened.users.putExternal(external, 7))
    const ids = (await Promise.all(both)).map(({ id }) => id)
    assert.equal(new Set(ids).size, 1)
    assert.deepEqual((await opened.users.findUser('eve'))?.groups, ['lab', 'ops'])
  })

  test(`${name}: who comes from elsewhere takes over nobody of the same name`, async () => {
    await using opened = await withPeople({ ...ann, name: 'eve' })
    const taken = { code: 'user_exists' }
    await assert.rejects(opened.users.putExternal(external, 7), taken)
    assert.deepEqual((await opened.users.findUser('eve'))?.groups, ['lab', 'staff'])
    await opened.users.putExternal({ ...external, name: 'x' }, 7)
    await assert.rejects(opened.users.putExternal({ ...external, source: 'oidc', name: 'x' }, 7), taken)
  })

  test(`${name}: only whether who comes from elsewhere may sign in is decided here`, async () => {
    await using opened = await open()
    await opened.users.putExternal(external, 7)
    for (const change of [{ role: 'viewer' as const }, { groups: [] }, { passwordPhc: 'new' }])
      await assert.rejects(opened.users.changeUser('eve', change, 5), { code: 'kept_elsewhere' })
    assert.equal((await opened.users.changeUser('eve', { disabled: true }, 5)).disabled, true)
    assert.equal((await opened.users.putExternal(external, 8)).disabled, true)
  })

  test(`${name}: a token is found by the digest of its secret, until it is removed`, async () => {
    await using opened = await withPeople(ann)
    const id = (await tokenOf(opened, 'ann', {})) ?? ''
    assert.deepEqual(await opened.tokens.findToken(secret('a')), {
      id,
      kind: 'sign-in',
      name: undefined,
      role: undefined,
      user: { name: 'ann', role: 'viewer', disabled: false },
      expiresAt: far,
      lastUsedAt: undefined,
    })
    await opened.tokens.noteUse(id, 5)
    assert.equal((await opened.tokens.findToken(secret('a')))?.lastUsedAt, 5)
    assert.equal(await opened.tokens.findToken(secret('b')), undefined)
    await opened.tokens.removeToken(id)
    await opened.tokens.removeToken(id)
    assert.equal(await opened.tokens.findToken(secret('a')), undefined)
  })

  test(`${name}: tokens for programs have a name of their own and a role, and are listed`, async () => {
    await using opened = await withPeople(ann, { ...ann, name: 'bob' })
    const ci = { kind: 'api', name: 'ci', role: 'publisher' } as const
    const id = await tokenOf(opened, 'bob', ci)
    await tokenOf(opened, 'bob', { secretSha256: secret('b') })
    assert.equal(await tokenOf(opened, 'bob', { ...ci, secretSha256: secret('c') }), undefined)
    assert.notEqual(await tokenOf(opened, 'ann', { ...ci, secretSha256: secret('d') }), undefined)
    assert.equal((await opened.tokens.findToken(secret('a')))?.role, 'publisher')
    const ofBob = await opened.tokens.listApiTokens({ user: 'bob' })
    const times = { createdAt: 1, expiresAt: far, lastUsedAt: undefined }
    assert.deepEqual(ofBob, [{ id, name: 'ci', user: 'bob', role: 'publisher', ...times }])
    const all = await opened.tokens.listApiTokens({})
    assert.deepEqual(
      all.map(({ user }) => user),
      ['ann', 'bob'],
    )
  })

  test(`${name}: expired tokens go, others stay`, async () => {
    await using opened = await withPeople(ann)
    await tokenOf(opened, 'ann', { expiresAt: 10 })
    await tokenOf(opened, 'ann', { secretSha256: secret('b'), expiresAt: 11 })
    await opened.tokens.removeExpiredTokens(10)
    assert.equal(await opened.tokens.findToken(secret('a')), undefined)
    assert.notEqual(await opened.tokens.findToken(secret('b')), undefined)
  })

  test(`${name}: each sees where they are signed in, and ends that alone`, async () => {
    await using opened = await withPeople(ann, { ...ann, name: 'bob' })
    const { tokens } = opened
    const browser = await tokenOf(opened, 'ann', { kind: 'browser', createdAt: 2 })
    const command = await tokenOf(opened, 'ann', { secretSha256: secret('b') })
    await tokenOf(opened, 'ann', { secretSha256: secret('c'), expiresAt: 10 })
    const program = { secretSha256: secret('d'), kind: 'api', name: 'ci', role: 'viewer' } as const
    const api = (await tokenOf(opened, 'ann', program)) ?? ''
    const other = (await tokenOf(opened, 'bob', { secretSha256: secret('e') })) ?? ''
    const kinds = async () => {
      const found = await tokens.listSignIns({ user: 'ann', now: 10, limit: 9 })
      return found.map(({ id, kind, createdAt }) => [id, kind, createdAt])
    }
    const both = [
      [browser, 'browser', 2],
      [command, 'sign-in', 1],
    ]
    assert.deepEqual(await kinds(), both)
    assert.equal((await tokens.listSignIns({ user: 'ann', now: 10, limit: 1 })).length, 1)
    for (const id of [api, other, 'none']) assert.equal(await tokens.endSignIn('ann', id), false)
    assert.deepEqual(await kinds(), both)
    assert.equal(await tokens.endSignIn('ann', browser ?? ''), true)
    assert.deepEqual(await kinds(), both.slice(1))
    assert.notEqual(await tokens.findToken(secret('e')), undefined)
  })
}
