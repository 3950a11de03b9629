import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { UserStore } from '../src/identity/identity-store.ts'
import type { ApiKeyStore } from '../src/uforge/api-keys.ts'
import { keyOf, type Numbered, type UforgeNumbers } from '../src/uforge/uforge-numbers.ts'

type Opened = {
  readonly numbers: UforgeNumbers
  readonly keys: ApiKeyStore
  /** The same data with another key. */
  readonly withOtherKey: ApiKeyStore
  readonly users: UserStore
  /** All that stands in the table of keys, as text. */
  readonly raw: () => Promise<string>
} & AsyncDisposable

const pair = {
  name: 'ci',
  description: 'of "ci"',
  publicKey: 'PUB',
  secretKey: 'S3CRET',
  createdAt: 7,
} as const

/** What every store of numbers and of API keys does; `open` gives empty ones. */
export function uforgeStoreContract(name: string, open: () => Promise<Opened>): void {
  test(`${name}: a number is given once, and leads back to what it was given to`, async () => {
    await using opened = await open()
    const { numbers } = opened
    const some: Numbered[] = [
      { kind: 'image', name: 'demo' },
      { kind: 'release', name: 'demo@3' },
      { kind: 'user', name: 'Zoë & "x" \n y' },
    ]
    const [first, second] = await Promise.all([numbers.numbersOf(some), numbers.numbersOf(some.toReversed())])
    assert.deepEqual(first, new Map([...second].toReversed().toSorted(([a], [b]) => order(a) - order(b))))
    assert.equal(new Set(first.values()).size, 3)
    for (const each of some) {
      const number: number = first.get(keyOf(each)) ?? 0
      assert.ok(Number.isSafeInteger(number) && number > 0)
      assert.deepEqual(await numbers.find(number), each)
    }
    assert.equal(await numbers.find(999_999), undefined)
    const more = await numbers.numbersOf([...some, { kind: 'image', name: 'later' }])
    assert.equal(more.get('image demo'), first.get('image demo'))
    assert.ok((more.get('image later') ?? 0) > Math.max(...first.values()))
    assert.equal((await numbers.numbersOf([])).size, 0)
    function order(key: string) {
      return some.findIndex((each) => keyOf(each) === key)
    }
  })

  test(`${name}: numbers of ten thousand releases come in one call`, async () => {
    await using opened = await open()
    const all = Array.from({ length: 10_001 }, (_, n): Numbered => ({ kind: 'release', name: `demo@${n}` }))
    assert.equal(new Set((await opened.numbers.numbersOf(all)).values()).size, all.length)
  })

  const withUsers = async () => {
    const opened = await open()
    for (const user of ['ann', 'bob'])
      await opened.users.addUser({
        ...{ name: user, role: 'viewer', groups: [], passwordPhc: 'x', createdAt: 1 },
      })
    const [ann, bob] = await Promise.all(['ann', 'bob'].map((each) => opened.users.findUser(each)))
    return { ...opened, ann: ann?.id ?? '', bob: bob?.id ?? '' }
  }

  test(`${name}: a pair of keys is found by its public key, its secret sealed, and goes`, async () => {
    await using opened = await withUsers()
    const { keys, ann, bob, raw, withOtherKey } = opened
    const id = (await keys.addKey({ ...pair, userId: ann }, 9)) ?? 0
    assert.deepEqual(await keys.findKey('PUB'), { secretKey: 'S3CRET', user: 'ann' })
    assert.equal(await keys.findKey('pub'), undefined)
    const { secretKey: _, ...shown } = pair
    assert.deepEqual(await keys.listKeys(ann), [{ id, ...shown }])
    assert.deepEqual(await keys.listKeys(bob), [])
    assert.ok(!(await raw()).includes('S3CRET'))
    assert.equal(await withOtherKey.findKey('PUB'), undefined)
    assert.equal(await keys.removeKey(bob, id), false)
    assert.equal(await keys.removeKey(ann, id), true)
    assert.equal(await keys.removeKey(ann, id), false)
    assert.equal(await keys.findKey('PUB'), undefined)
  })

  test(`${name}: a user has so many pairs at most, also when they come at once, and they go with the user`, async () => {
    await using opened = await withUsers()
    const { keys, ann, users } = opened
    const made = await Promise.all(
      Array.from({ length: 5 }, (_, n) => keys.addKey({ ...pair, publicKey: `P${n}`, userId: ann }, 3)),
    )
    assert.equal(made.filter((id) => id === undefined).length, 2)
    assert.equal((await keys.listKeys(ann)).length, 3)
    await users.removeUser('ann')
    assert.deepEqual(await keys.listKeys(ann), [])
  })

  test(`${name}: a new password, and being disabled, end the pairs of that user`, async () => {
    await using opened = await withUsers()
    const { keys, ann, bob, users } = opened
    await keys.addKey({ ...pair, publicKey: 'of bob', userId: bob }, 9)
    for (const change of [{ passwordPhc: 'new' }, { disabled: true }]) {
      await keys.addKey({ ...pair, userId: ann }, 9)
      await users.changeUser('ann', { role: 'operator', disabled: false }, 5)
      assert.equal((await keys.findKey('PUB'))?.user, 'ann')
      await users.changeUser('ann', change, 5)
      assert.equal(await keys.findKey('PUB'), undefined)
    }
    assert.equal((await keys.findKey('of bob'))?.user, 'bob')
  })
}
