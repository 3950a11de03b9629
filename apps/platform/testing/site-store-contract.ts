import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SiteReport } from '@bootcast/uplink'
import { hashOf, newSecret } from '@bootcast/uplink'
import type { UserStore } from '../src/identity/identity-store.ts'
import { usualSettings } from '../src/sites/site.ts'
import { SiteContacts } from '../src/sites/site-contacts.ts'
import type { NewSite, SiteStore } from '../src/sites/site-store.ts'

export type SitesUnderTest = {
  readonly store: SiteStore
  readonly users: Pick<UserStore, 'addUser' | 'changeUser' | 'removeUser'>
  /** A second process on the same database. */
  readonly reopen: () => Promise<SiteStore>
} & AsyncDisposable

const now = Date.UTC(2026, 10, 26)
const hour = 60 * 60 * 1000
const newSite = (name: string, more: Partial<NewSite> = {}): NewSite => ({
  ...{ name, images: 'all', via: undefined, createdAt: now, createdBy: 'admin' },
  token: { hash: hashOf(newSecret()), expiresAt: now + hour },
  ...more,
})
export const siteReport = (more: Partial<SiteReport> = {}): SiteReport => ({
  version: '0.1.0',
  startedAt: now,
  cache: { bytes: 7, quotaBytes: 100, releases: [{ release: 'demo@3', bytes: 7, isPinned: true }] },
  served: { bytes: 100, cachedBytes: 90, wanBytes: 10 },
  boots: { running: 1, queued: 2 },
  warm: [{ id: 'w', state: 'failed', doneBytes: 1, totalBytes: 2, error: 'no room' }],
  problems: ['the disk is nearly full'],
  ...more,
})
const order = (release: string, orderedAt = now) => ({
  ...{ reference: 'demo', release, orderedAt, orderedBy: 'ann' },
})

type Promised = (sentence: string, body: (under: SitesUnderTest) => Promise<void>) => void

/** What every SiteStore promises. */
export function siteStoreContract(name: string, open: () => Promise<SitesUnderTest>): void {
  const promise: Promised = (sentence, body) =>
    void test(`${name}: ${sentence}`, async () => {
      await using under = await open()
      await body(under)
    })
  ofNames(promise)
  ofSettings(promise)
  ofTokens(promise)
  ofEnds(promise)
  ofContacts(promise)
  ofOrders(promise)
  ofSignIns(promise)
}

function ofNames(promise: Promised): void {
  promise('a site is found as it was added, also after a restart', async ({ store, reopen }) => {
    assert.equal(await store.hasAny(), false)
    const asked = newSite('grenoble', { images: ['demo', 'debian'] })
    const site = await store.add(asked)
    assert.deepEqual(site, {
      ...asked,
      id: site.id,
      settings: usualSettings,
      warm: [],
      ...{ joinedAt: undefined, certificateSerial: undefined, revokedAt: undefined },
      ...{ lastContactAt: undefined, report: undefined },
    })
    assert.match(site.id, /^[0-9a-z]{12}$/)
    const again = await reopen()
    assert.deepEqual([await again.find(site.id), await again.byName('grenoble')], [site, site])
    assert.equal(await again.hasAny(), true)
    await assert.rejects(store.find('grenoble'), { code: 'site_not_found' })
    await assert.rejects(store.byName('lyon'), { code: 'site_not_found' })
  })

  promise('of twenty that add the same name at once one succeeds', async ({ store }) => {
    const all = await Promise.allSettled(Array.from({ length: 20 }, () => store.add(newSite('grenoble'))))
    assert.equal(all.filter(({ status }) => status === 'fulfilled').length, 1)
    for (const one of all)
      if (one.status === 'rejected') assert.equal((one.reason as { code?: string }).code, 'site_exists')
  })

  promise('the name of a revoked site is free, and means the site that has it now', async ({ store }) => {
    const first = await store.add(newSite('grenoble'))
    await store.revoke(first.id, now)
    assert.equal((await store.byName('grenoble')).id, first.id)
    const second = await store.add(newSite('grenoble', { createdAt: now + 5_000 }))
    assert.equal((await store.byName('grenoble')).id, second.id)
    assert.equal((await store.byName(first.id)).id, first.id)
    await store.revoke(second.id, now)
    assert.equal((await store.byName('grenoble')).id, second.id)
    assert.equal(await store.hasAny(), false)
  })

  promise('sites come in pages, each once', async ({ store }) => {
    const names = ['c', 'a', 'b', 'e', 'd']
    for (const [n, name] of names.entries()) await store.add(newSite(name, { createdAt: now + n * 1000 }))
    const first = await store.list({ limit: 3 })
    const second = await store.list({ limit: 3, after: first.next })
    assert.deepEqual(
      [...first.items, ...second.items].map(({ name }) => name),
      names,
    )
    assert.deepEqual([first.items.length, second.next], [3, undefined])
  })
}

function ofSettings(promise: Promised): void {
  promise(
    'what is changed is changed, what is not named stays, and null takes it back',
    async ({ store }) => {
      const { id } = await store.add(newSite('grenoble'))
      await store.change(id, {
        settings: { quotaBytes: 9, schedule: { from: '22:00', to: '06:00' }, graceSeconds: 0 },
      })
      const changed = await store.change(id, {
        images: ['demo'],
        pin: ['demo', 'demo@3', 'demo'],
        settings: { quotaBytes: null, mostBoots: 4, graceSeconds: null, lifeSeconds: undefined },
      })
      assert.deepEqual(changed.images, ['demo'])
      assert.deepEqual(changed.settings, {
        ...usualSettings,
        ...{ pins: ['demo', 'demo@3'], mostBoots: 4, schedule: { from: '22:00', to: '06:00' } },
      })
      const back = await store.change(id, { images: 'all', unpin: ['demo', 'none'] })
      assert.deepEqual([back.images, back.settings.pins], ['all', ['demo@3']])
      await assert.rejects(store.change('none', {}), { code: 'site_not_found' })
    },
  )

  promise('of twenty changes at once none is lost', async ({ store }) => {
    const { id } = await store.add(newSite('grenoble'))
    const pins = Array.from({ length: 20 }, (_, n) => `demo@${n + 1}`)
    await Promise.all(pins.map((pin) => store.change(id, { pin: [pin] })))
    const { settings } = await store.find(id)
    assert.deepEqual([...settings.pins].sort(), [...pins].sort())
  })

  promise('a site has a hundred pins at most', async ({ store }) => {
    const { id } = await store.add(newSite('grenoble'))
    await store.change(id, { pin: Array.from({ length: 100 }, (_, n) => `demo@${n + 1}`) })
    await assert.rejects(store.change(id, { pin: ['demo@101'] }), { code: 'pins_full' })
    await store.change(id, { pin: ['demo@101'], unpin: ['demo@1'] })
  })
}

function ofTokens(promise: Promised): void {
  promise('of twenty that bring the same token at once one gets the site', async ({ store, reopen }) => {
    const site = await store.add(newSite('grenoble'))
    const hash = site.token?.hash ?? ''
    const all = await Promise.all(Array.from({ length: 20 }, () => store.takeToken(hash, now)))
    const taken = all.filter((one) => one !== undefined)
    assert.deepEqual(
      taken.map(({ id, token }) => [id, token]),
      [[site.id, undefined]],
    )
    assert.equal(await (await reopen()).takeToken(hash, now), undefined, 'after a restart')
  })

  promise(
    'a token that is too old, was replaced, or is of a revoked site is worth nothing',
    async ({ store }) => {
      const { id, token } = await store.add(newSite('grenoble'))
      assert.equal(await store.takeToken(token?.hash ?? '', now + hour), undefined)
      assert.equal(await store.takeToken('none', now), undefined)
      const fresh = { hash: hashOf('fresh'), expiresAt: now + 2 * hour }
      assert.deepEqual((await store.newToken(id, fresh)).token, fresh)
      assert.equal(await store.takeToken(token?.hash ?? '', now), undefined)
      await store.revoke(id, now)
      assert.equal(await store.takeToken(fresh.hash, now), undefined)
      await assert.rejects(store.newToken(id, fresh), { code: 'site_revoked' })
    },
  )

  promise('a site that joined has its certificate, and the one that follows it', async ({ store }) => {
    const { id } = await store.add(newSite('grenoble'))
    const joined = await store.joined(id, { at: now, certificateSerial: '01' })
    assert.deepEqual([joined.joinedAt, joined.lastContactAt, joined.certificateSerial], [now, now, '01'])
    const renewed = await store.renewed(id, '02')
    assert.deepEqual([renewed.joinedAt, renewed.certificateSerial], [now, '02'])
    await store.revoke(id, now)
    await assert.rejects(store.joined(id, { at: now, certificateSerial: '03' }), { code: 'site_revoked' })
    await assert.rejects(store.renewed(id, '03'), { code: 'site_revoked' })
    await assert.rejects(store.joined('none', { at: now, certificateSerial: '03' }), {
      code: 'site_not_found',
    })
  })
}

function ofEnds(promise: Promised): void {
  promise(
    'a revoked site stays revoked since the first time, and is not changed any more',
    async ({ store }) => {
      const { id } = await store.add(newSite('grenoble'))
      await store.revoke(id, now)
      const again = await store.revoke(id, now + 1)
      assert.deepEqual([again.revokedAt, again.token], [now, undefined])
      await assert.rejects(store.change(id, { images: ['demo'] }), { code: 'site_revoked' })
      await assert.rejects(store.orderWarm(id, order('demo@3')), { code: 'site_revoked' })
      await assert.rejects(store.revoke('none', now), { code: 'site_not_found' })
    },
  )

  promise('a site that another one asks is not removed before it', async ({ store }) => {
    const parent = await store.add(newSite('grenoble'))
    const child = await store.add(newSite('annecy', { via: parent.id }))
    assert.equal((await store.find(child.id)).via, parent.id)
    await assert.rejects(store.remove(parent.id), { code: 'site_in_use', message: /annecy/ })
    await store.orderWarm(child.id, order('demo@3'))
    await store.remove(child.id)
    await store.remove(parent.id)
    await assert.rejects(store.remove(parent.id), { code: 'site_not_found' })
    assert.deepEqual((await store.list({ limit: 10 })).items, [])
  })

  promise('a site asks only what is there and was not revoked', async ({ store }) => {
    await assert.rejects(store.add(newSite('annecy', { via: 'none' })), { code: 'site_not_found' })
    const parent = await store.add(newSite('grenoble'))
    await store.revoke(parent.id, now)
    await assert.rejects(store.add(newSite('annecy', { via: parent.id })), { code: 'site_revoked' })
  })
}

function ofContacts(promise: Promised): void {
  promise('the last contact and the last report stay, in whatever order they come', async ({ store }) => {
    const { id } = await store.add(newSite('grenoble'))
    const report = siteReport()
    await store.saveContacts([
      { id, at: now, report },
      { id: 'gone', at: now, report },
    ])
    await store.saveContacts([{ id, at: now + 5, report: undefined }])
    await store.saveContacts([{ id, at: now + 1, report: siteReport({ version: 'older' }) }])
    const site = await store.find(id)
    assert.deepEqual([site.lastContactAt, site.report], [now + 5, report])
  })

  promise(
    'contacts are written together and a little later, and again after a failure',
    async ({ store }) => {
      const { id } = await store.add(newSite('grenoble'))
      const other = await store.add(newSite('annecy'))
      const batches: number[] = []
      const errors: unknown[] = []
      const contacts = new SiteContacts({
        store: {
          saveContacts: async (batch) => {
            batches.push(batch.length)
            if (batches.length === 1) throw new Error('the database is away')
            await store.saveContacts(batch)
          },
        },
        onError: (error) => errors.push(error),
        delayMs: 60_000,
      })
      contacts.note(id, now, siteReport())
      for (let n = 1; n <= 100; n++) contacts.note(id, now + n)
      contacts.note(other.id, now)
      await contacts.written()
      assert.equal((await store.find(id)).lastContactAt, undefined)
      contacts.note(id, now + 200)
      await contacts.stop()
      const site = await store.find(id)
      assert.deepEqual([site.lastContactAt, site.report?.version], [now + 200, '0.1.0'])
      assert.equal((await store.find(other.id)).lastContactAt, now)
      assert.deepEqual([batches, errors.length], [[2, 2], 1])
    },
  )
}

function ofOrders(promise: Promised): void {
  promise('an order takes the place of an older one of the same release', async ({ store }) => {
    const { id } = await store.add(newSite('grenoble'))
    const first = await store.orderWarm(id, order('demo@3'))
    const other = await store.orderWarm(id, order('demo@4', now + 1))
    const again = await store.orderWarm(id, order('demo@3', now + 2))
    assert.deepEqual({ ...first, ...order('demo@3'), isCancelled: false }, first)
    assert.deepEqual((await store.find(id)).warm, [other, again])
    const cancelled = await store.cancelWarm(id, other.id)
    assert.deepEqual(cancelled, { ...other, isCancelled: true })
    assert.deepEqual((await store.list({ limit: 1 })).items[0]?.warm, [cancelled, again])
  })

  promise('an order of another site is not cancelled', async ({ store }) => {
    const [one, two] = [await store.add(newSite('grenoble')), await store.add(newSite('annecy'))]
    const { id } = await store.orderWarm(one.id, order('demo@3'))
    await assert.rejects(store.cancelWarm(two.id, id), { code: 'warm_order_not_found' })
    await assert.rejects(store.cancelWarm('none', id), { code: 'site_not_found' })
    assert.deepEqual((await store.find(two.id)).warm, [])
  })

  promise('the fifty newest orders of a site stay', async ({ store }) => {
    const { id } = await store.add(newSite('grenoble'))
    for (let n = 1; n <= 52; n++) await store.orderWarm(id, order(`demo@${n}`, now + n))
    const { warm } = await store.find(id)
    assert.deepEqual([warm.length, warm[0]?.release, warm.at(-1)?.release], [50, 'demo@3', 'demo@52'])
  })
}

function ofSignIns(promise: Promised): void {
  const user = (name: string) => ({
    ...({ name, role: 'user', passwordPhc: 'x', groups: [], createdAt: 1 } as const),
  })

  promise('who signed in through a site is known, with the last time', async ({ store, users }) => {
    const [one, two] = [await store.add(newSite('grenoble')), await store.add(newSite('annecy'))]
    for (const name of ['ann', 'bob', 'eve']) await users.addUser(user(name))
    await store.noteSignIn(one.id, 'bob', now)
    await store.noteSignIn(one.id, 'ann', now + 10)
    await store.noteSignIn(one.id, 'ann', now + 5)
    await store.noteSignIn(two.id, 'eve', now)
    await store.noteSignIn(one.id, 'nobody', now)
    await store.noteSignIn('none', 'ann', now)
    assert.deepEqual(await store.signInsSince(one.id, now), [
      { user: 'ann', at: now + 10 },
      { user: 'bob', at: now },
    ])
    assert.deepEqual(await store.signInsSince(one.id, now + 1), [{ user: 'ann', at: now + 10 }])
  })

  promise(
    'who was disabled or removed has not signed in, also not another of that name',
    async ({ store, users }) => {
      const { id } = await store.add(newSite('grenoble'))
      for (const name of ['ann', 'bob', 'eve']) {
        await users.addUser(user(name))
        await store.noteSignIn(id, name, now)
      }
      await users.addUser({ ...user('admin'), role: 'administrator' })
      await users.changeUser('ann', { disabled: true }, now)
      await users.removeUser('bob')
      await users.addUser(user('bob'))
      assert.deepEqual(await store.signInsSince(id, 0), [{ user: 'eve', at: now }])
      await store.remove(id)
      assert.deepEqual(await store.signInsSince(id, 0), [])
    },
  )
}
