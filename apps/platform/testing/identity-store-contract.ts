import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TokenStore, UserStore } from '../src/identity/identity-store.ts'

type Opened = { readonly store: UserStore & TokenStore } & AsyncDisposable

/** What every store of users and tokens does; `open` gives an empty one. */
export function identityStoreContract(name: string, open: () => Promise<Opened>): void {
  const user = { name: 'admin', passwordPhc: '$argon2id$1', createdAt: 1_000 }
  const secret = (digit: string) => digit.repeat(64)

  test(`${name}: of two who add the same user one wins`, async () => {
    await using opened = await open()
    const added = await Promise.all([
      opened.store.addUser(user),
      opened.store.addUser({ ...user, passwordPhc: 'other' }),
    ])
    assert.deepEqual([...added].sort(), [false, true])
    const found = await opened.store.findUser('admin')
    assert.equal(found?.passwordPhc, added[0] ? '$argon2id$1' : 'other')
    assert.equal(await opened.store.findUser('Admin'), undefined)
  })

  test(`${name}: a token is found by the digest of its secret, until it is removed`, async () => {
    await using opened = await open()
    await opened.store.addUser(user)
    const userId = (await opened.store.findUser('admin'))?.id ?? ''
    await opened.store.addToken({
      userId,
      secretSha256: secret('a'),
      createdAt: 1,
      expiresAt: 8_000_000_000_000,
    })
    assert.deepEqual(await opened.store.findToken(secret('a')), {
      userName: 'admin',
      expiresAt: 8_000_000_000_000,
      lastUsedAt: undefined,
    })
    await opened.store.noteUse(secret('a'), 5)
    assert.equal((await opened.store.findToken(secret('a')))?.lastUsedAt, 5)
    assert.equal(await opened.store.findToken(secret('b')), undefined)
    await opened.store.removeToken(secret('a'))
    await opened.store.removeToken(secret('a'))
    assert.equal(await opened.store.findToken(secret('a')), undefined)
  })

  test(`${name}: expired tokens go, others stay`, async () => {
    await using opened = await open()
    await opened.store.addUser(user)
    const userId = (await opened.store.findUser('admin'))?.id ?? ''
    for (const [digit, expiresAt] of [
      ['a', 10],
      ['b', 11],
    ] as const)
      await opened.store.addToken({ userId, secretSha256: secret(digit), createdAt: 1, expiresAt })
    await opened.store.removeExpiredTokens(10)
    assert.equal(await opened.store.findToken(secret('a')), undefined)
    assert.notEqual(await opened.store.findToken(secret('b')), undefined)
  })

  test(`${name}: a new password ends the tokens of that user`, async () => {
    await using opened = await open()
    for (const name of ['admin', 'other']) {
      await opened.store.addUser({ ...user, name })
      const userId = (await opened.store.findUser(name))?.id ?? ''
      await opened.store.addToken({
        userId,
        secretSha256: secret(name === 'admin' ? 'a' : 'b'),
        createdAt: 1,
        expiresAt: 99,
      })
    }
    await opened.store.replacePassword((await opened.store.findUser('admin'))?.id ?? '', '$argon2id$2')
    assert.equal((await opened.store.findUser('admin'))?.passwordPhc, '$argon2id$2')
    assert.equal(await opened.store.findToken(secret('a')), undefined)
    assert.notEqual(await opened.store.findToken(secret('b')), undefined)
  })
}
