import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AuditStore, DatedNote } from '../src/audit/audit-store.ts'

type Opened = { readonly store: AuditStore } & AsyncDisposable

const note = (at: number, more: Partial<DatedNote> = {}): DatedNote => ({
  ...{ at, who: 'ann', action: 'changeMachine', about: `n ${at}` },
  ...more,
})

/** What every store of the audit log does; `open` gives an empty one. */
export function auditStoreContract(name: string, open: () => Promise<Opened>): void {
  test(`${name}: entries come back as they went in, the newest first, in pages`, async () => {
    await using opened = await open()
    const { store } = opened
    const full = note(3, { from: '::1', because: 'wrong password', refused: true, who: '' })
    await store.add([note(1), note(2)])
    await store.add([full])
    const first = await store.list({ limit: 2 })
    assert.deepEqual(
      first.items.map(({ id: _, ...rest }) => rest),
      [full, note(2)],
    )
    const second = await store.list({ limit: 2, after: first.next })
    assert.deepEqual([second.items.map(({ at }) => at), second.next], [[1], undefined])
  })

  test(`${name}: entries of one moment keep their order`, async () => {
    await using opened = await open()
    const many = Array.from({ length: 5_000 }, (_, n) => note(7, { about: String(n) }))
    await opened.store.add(many)
    const { items } = await opened.store.list({ limit: 5_000 })
    assert.deepEqual(
      items.map(({ about }) => Number(about)),
      many.map((_, n) => 4_999 - n),
    )
  })

  test(`${name}: one asks for a time and for a user`, async () => {
    await using opened = await open()
    const { store } = opened
    await store.add([note(1), note(2, { who: 'bob' }), note(3), note(4, { who: "b'; --" })])
    const told = async (query: object) => (await store.list({ limit: 9, ...query })).items.map(({ at }) => at)
    assert.deepEqual(await told({ since: 2 }), [4, 3, 2])
    assert.deepEqual(await told({ who: 'ann' }), [3, 1])
    assert.deepEqual(await told({ who: 'ann', since: 2 }), [3])
    assert.deepEqual(await told({ who: "b'; --" }), [4])
    assert.deepEqual(await told({ who: 'nobody' }), [])
  })

  test(`${name}: the newest stay, and refusals take no room from what happened`, async () => {
    await using opened = await open()
    const { store } = opened
    await store.add([note(1), note(2), note(3)])
    await store.add(Array.from({ length: 20 }, (_, n) => note(10 + n, { refused: true })))
    await store.prune({ happened: 2, refused: 3 })
    assert.deepEqual(
      (await store.list({ limit: 99 })).items.map(({ at }) => at),
      [29, 28, 27, 3, 2],
    )
    await store.prune({ happened: 2, refused: 3 })
    assert.equal((await store.list({ limit: 99 })).items.length, 5)
  })

  test(`${name}: one asks for an action, for a part of what it was done to, for refusals and for a span`, async () => {
    await using opened = await open()
    const { store } = opened
    await store.add([
      note(1, { about: 'Debian@3 100%' }),
      note(2, { action: 'boot', about: 'debian_12' }),
      note(3, { refused: true, about: 'Ångström' }),
      note(4, { about: '\\ back' }),
    ])
    const told = async (query: object) => (await store.list({ limit: 9, ...query })).items.map(({ at }) => at)
    assert.deepEqual(await told({ action: 'boot' }), [2])
    assert.deepEqual(await told({ action: 'Boot' }), [])
    assert.deepEqual(await told({ about: 'dEBIAN' }), [2, 1])
    assert.deepEqual(await told({ about: 'Ångs' }), [3])
    for (const [about, found] of [
      ['%', [1]],
      ['_', [2]],
      ['\\', [4]],
      ["'", []],
    ] as const)
      assert.deepEqual(await told({ about }), found, about)
    assert.deepEqual(await told({ refused: true }), [3])
    assert.deepEqual(await told({ refused: false }), [4, 2, 1])
    assert.deepEqual(await told({ since: 2, until: 4 }), [3, 2])
    assert.deepEqual(await told({ until: 4, action: 'changeMachine', about: 'n', refused: false }), [1])
  })
}
