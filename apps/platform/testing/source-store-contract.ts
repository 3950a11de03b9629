import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { NewSource, SourceStore } from '../src/sources/source-store.ts'

export type SourceStoreUnderTest = AsyncDisposable & {
  readonly store: SourceStore
  /** The same database with another key. */
  readonly withOtherKey: SourceStore
  /** All that the database has of sources, as text. */
  readonly raw: () => Promise<string>
}

const settings = { only: ['a*'], channel: 'stable', everySeconds: 900, user: 'guest' }
const wish = (name: string, more: Partial<NewSource> = {}): NewSource => ({
  ...{ name, kind: 'uforge', url: 'https://forge.example/api', settings, signIn: false },
  ...{ createdAt: 1_800_000_000_000, createdBy: 'admin', secret: 'the secret of guest', ...more },
})
const item = (key: string, more = {}) => ({
  ...{ key, title: key, image: 'demo', number: 1, problem: undefined, at: 5, ...more },
})

export function sourceStoreContract(name: string, open: () => Promise<SourceStoreUnderTest>): void {
  test(`${name}: sources are kept as they were added, their secrets only sealed with the key`, async () => {
    await using at = await open()
    const { store } = at
    const added = await store.add(wish('lab'))
    assert.deepEqual([added.settings, added.syncedAt, added.problem], [settings, undefined, undefined])
    assert.deepEqual(await store.find('lab'), added)
    assert.equal(await store.secretOf(added.id), 'the secret of guest')
    assert.equal(await at.withOtherKey.secretOf(added.id), undefined)
    assert.ok(!(await at.raw()).includes('the secret'))
    await store.add(wish('a', { secret: undefined }))
    assert.deepEqual(
      (await store.list()).map((one) => one.name),
      ['a', 'lab'],
    )
    await assert.rejects(store.add(wish('lab')), { code: 'source_exists' })
    await store.remove('lab')
    await assert.rejects(store.find('lab'), { code: 'source_not_found' })
    await assert.rejects(store.remove('lab'), { code: 'source_not_found' })
  })

  test(`${name}: one source checks users, and another when that is gone`, async () => {
    await using at = await open()
    await at.store.add(wish('one', { signIn: true }))
    await at.store.add(wish('none'))
    await assert.rejects(at.store.add(wish('two', { signIn: true })), { code: 'sign_in_taken' })
    await at.store.remove('one')
    assert.equal((await at.store.add(wish('two', { signIn: true }))).signIn, true)
  })

  test(`${name}: what was seen is kept by its key, counted, and forgotten with the source`, async () => {
    await using at = await open()
    const { id } = await at.store.add(wish('lab'))
    await at.store.putItem(id, item('a'))
    await at.store.putItem(id, item('b', { number: undefined, problem: 'it is broken' }))
    await at.store.putItem(id, item('a', { number: 2 }))
    assert.deepEqual(
      (await at.store.items(id)).map(({ key, number, problem }) => [key, number, problem]),
      [
        ['a', 2, undefined],
        ['b', undefined, 'it is broken'],
      ],
    )
    assert.deepEqual((await at.store.counts()).get(id), { releases: 1, refused: 1 })
    await at.store.keepItems(id, new Set(['b']))
    assert.deepEqual(
      (await at.store.items(id)).map(({ key }) => key),
      ['b'],
    )
    await at.store.remove('lab')
    assert.deepEqual(await at.store.items(id), [])
    await at.store.putItem(id, item('late'))
    assert.deepEqual(await at.store.items(id), [])
  })

  test(`${name}: of several processes one syncs a source, until it ends or is gone`, async () => {
    await using at = await open()
    const { store } = at
    const { id } = await store.add(wish('lab'))
    const take = (by: string, now: number) => store.takeSync(id, by, { now, until: now + 90 })
    assert.deepEqual([await take('p1', 0), await take('p2', 50), await take('p1', 50)], [true, false, true])
    assert.deepEqual([await take('p2', 139), await take('p2', 140)], [false, true])
    await store.endSync(id, 'p1', { at: 150, problem: 'not mine any more' })
    assert.equal((await store.find('lab')).syncedAt, undefined)
    await store.endSync(id, 'p2', { at: 160, problem: 'no answer' })
    const failed = await store.find('lab')
    assert.deepEqual([failed.syncedAt, failed.succeededAt, failed.problem], [160, undefined, 'no answer'])
    assert.equal(await take('p1', 161), true)
    await store.endSync(id, 'p1', undefined)
    assert.equal((await store.find('lab')).syncedAt, 160)
    await take('p1', 162)
    await store.freeSyncs()
    assert.equal(await take('p2', 163), true)
    await store.endSync(id, 'p2', { at: 170, problem: undefined })
    assert.deepEqual(
      [(await store.find('lab')).succeededAt, (await store.find('lab')).problem],
      [170, undefined],
    )
  })
}
