import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { linuxRelease } from '@bootcast/catalogue/testing/linux-release'
import { type Client, createClient, type Role } from '@bootcast/contract'
import { hashOf } from '@bootcast/uplink'
import { rigToken, rigTokenOf, startApiRig } from '../../testing/api-rig.ts'
import { siteReport } from '../../testing/site-store-contract.ts'
import { SqlCatalogueStore } from '../catalogue/sql-catalogue-store.ts'
import { openDatabase } from '../database/open.ts'
import { SqlMachineStore } from '../machines/sql-machine-store.ts'
import { OpeningRegister } from '../openings/opening-register.ts'
import { SqlOpeningStore } from '../openings/sql-opening-store.ts'
import { SiteContacts } from '../sites/site-contacts.ts'
import { SqlSiteStore } from '../sites/sql-site-store.ts'
import { openingHandlers } from './opening-handlers.ts'
import { siteHandlers } from './site-handlers.ts'

const now = Date.UTC(2026, 10, 26)
const hour = 60 * 60 * 1000

/** The API of sites and openings over a database with the images demo (1, 2; stable is 2) and debian (1). */
async function rig(t: TestContext) {
  const database = await openDatabase({ kind: 'sqlite', path: ':memory:' })
  const catalogue = new SqlCatalogueStore(database)
  const kernel = { name: 'vmlinuz', digest: `sha256:${'0'.repeat(64)}`, size: 1 }
  for (const image of ['demo', 'demo', 'debian'])
    await catalogue.addRelease(linuxRelease({ image, kernel, channel: 'stable' }))
  const store = new SqlSiteStore(database)
  const openingStore = new SqlOpeningStore(database)
  const openings = new OpeningRegister({ store: openingStore, now: () => clock.at })
  const contacts = new SiteContacts({ store, onError: (error) => assert.fail(String(error)) })
  const clock = { at: now }
  const changed: string[] = []
  const options = { store, contacts, catalogue, now: () => clock.at }
  const api = await startApiRig({
    handlers: {
      ...siteHandlers({
        ...options,
        authority: {
          fingerprint: 'one',
          nextFingerprint: undefined,
          rotate: async () => undefined,
          switchOver: async () => undefined,
        },
        onAuthority: async () => undefined,
        joinBy: async ({ name }, secret) => ({ token: secret, command: `join ${name} ${secret}` }),
        onChanged: async (id) =>
          void changed.push((await store.find(id).catch(() => ({ name: 'gone' }))).name),
      }),
      ...openingHandlers({
        ...{ openings, store: openingStore, sites: store, now: () => clock.at },
        machines: new SqlMachineStore(database),
        register: { written: async () => undefined },
      }),
    },
  })
  t.after(async () => {
    await api[Symbol.asyncDispose]()
    await contacts.stop()
    await database.destroy()
  })
  const client = createClient({ url: api.url, token: rigToken })
  const as = (role: Role) => createClient({ url: api.url, token: rigTokenOf(role) })
  return { api, store, contacts, client, as, clock, changed }
}

const params = { name: 'grenoble' }
const add = (client: Client, more: object = {}) =>
  client.call('addSite', { body: { name: 'grenoble', ...more } })
const joined = async (store: SqlSiteStore, id: string) =>
  void (await store.joined(id, { at: now, certificateSerial: '01' }))

test('a new site comes with the command that lets it join; only the digest of its token is kept', async (t) => {
  const { client, store, changed, api } = await rig(t)
  const { site, join } = await add(client, { images: ['demo'] })
  assert.equal(join.command, `join grenoble ${join.token}`)
  assert.equal(join.expiresAt, new Date(now + 24 * hour).toISOString())
  assert.deepEqual([site.state, site.images, site.createdBy], ['waiting to join', ['demo'], 'admin'])
  assert.equal(site.tokenExpiresAt, join.expiresAt)
  assert.deepEqual(site.settings, { lifeSeconds: 604_800, graceSeconds: 86_400, pins: [] })
  assert.deepEqual(changed, ['grenoble'])
  const { token, id } = await store.byName('grenoble')
  assert.equal(token?.hash, hashOf(join.token))
  assert.equal((await store.takeToken(hashOf(join.token), now))?.id, id)
  assert.deepEqual(api.noted, [
    { who: 'admin', action: 'addSite', about: 'name="grenoble" images=["demo"]', from: '127.0.0.1' },
  ])
  assert.ok(!JSON.stringify([api.noted, api.logged]).includes(join.token))
})

test('a new token takes the place of the one before', async (t) => {
  const { client, store, clock } = await rig(t)
  const first = await add(client)
  clock.at += hour
  const { site, join } = await client.call('renewSiteToken', { params })
  assert.notEqual(join.token, first.join.token)
  assert.equal(site.tokenExpiresAt, new Date(now + 25 * hour).toISOString())
  assert.equal(await store.takeToken(hashOf(first.join.token), clock.at), undefined)
  clock.at += 25 * hour
  assert.equal((await client.call('showSite', { params })).tokenExpiresAt, undefined)
})

test('a site is connected while it is heard, away when it is not, and revoked for ever', async (t) => {
  const { client, store, contacts, clock, changed } = await rig(t)
  const { site } = await add(client)
  const state = async () => (await client.call('showSite', { params })).state
  const states = [await state()]
  await joined(store, site.id)
  states.push(await state())
  clock.at += 2 * 60_000
  states.push(await state())
  contacts.note(site.id, clock.at)
  states.push(await state())
  states.push((await client.call('revokeSite', { params })).state, await state())
  assert.deepEqual(states, ['waiting to join', 'connected', 'away', 'connected', 'revoked', 'revoked'])
  assert.deepEqual(changed, ['grenoble', 'grenoble'])
  for (const call of ['renewSiteToken', 'changeSite', 'warmSite'] as const)
    await assert.rejects(client.call(call, { params, body: { reference: 'demo' } } as never), {
      code: 'site_revoked',
    })
})

test('what a site tells of itself is shown, also a clock that is far off', async (t) => {
  const { client, store, contacts } = await rig(t)
  const { site } = await add(client)
  await joined(store, site.id)
  const releases = [{ release: 'demo@2', bytes: 7, isPinned: false, lastUsedAt: Number.MAX_SAFE_INTEGER }]
  contacts.note(site.id, now, siteReport({ cache: { bytes: 7, quotaBytes: 100, releases } }))
  const { items } = await client.call('listSites', { query: {} })
  const [shown] = items
  assert.partialDeepStrictEqual(shown, {
    version: '0.1.0',
    served: { bytes: 100, hitRate: 0.9, wanBytes: 10, savedBytes: 90 },
    boots: { running: 1, queued: 2 },
    health: { problems: ['the disk is nearly full'] },
    cache: { bytes: 7, quotaBytes: 100 },
  })
  assert.equal(shown?.cache?.releases[0]?.lastUsedAt, '9999-12-31T00:00:00.000Z')
  contacts.note(site.id, now, siteReport({ served: { bytes: 0, cachedBytes: 0, wanBytes: 10 } }))
  const { served } = await client.call('showSite', { params })
  assert.deepEqual(served, { bytes: 0, hitRate: 0, wanBytes: 10, savedBytes: 0 })
})

test('settings are changed one by one and taken back; who is told, and the audit log, hear of it', async (t) => {
  const { client, changed, api } = await rig(t)
  await add(client)
  const change = (body: object) => client.call('changeSite', { params, body })
  await change({ quotaBytes: 200e9, schedule: { from: '22:00', to: '06:00' } })
  const site = await change({
    quotaBytes: null,
    mostBoots: 20,
    pin: ['demo', 'debian@stable'],
    images: ['demo', 'debian'],
  })
  assert.deepEqual(site.settings, {
    ...{ lifeSeconds: 604_800, graceSeconds: 86_400, mostBoots: 20 },
    ...{ pins: ['demo', 'debian@stable'], schedule: { from: '22:00', to: '06:00' } },
  })
  assert.deepEqual((await change({ unpin: ['demo'], schedule: null })).settings.pins, ['debian@stable'])
  assert.equal(changed.length, 4)
  assert.equal(api.noted[1]?.about, 'grenoble quotaBytes=200000000000 schedule={"from":"22:00","to":"06:00"}')
})

const refusedChanges: readonly (readonly [body: object, code: string, says: RegExp])[] = [
  [{ pin: ['none'] }, 'image_not_found', /no image none/],
  [{ pin: ['demo@none'] }, 'channel_not_found', /no channel none/],
  [{ pin: ['demo@9'] }, 'release_not_found', /no release 9/],
  [{ pin: ['debian'], images: ['demo'] }, 'image_not_at_site', /may not have the image debian/],
  [{ images: ['demo', 'none'] }, 'image_not_found', /no image none/],
  [{ images: [] }, 'invalid_request', /images/],
  [{ schedule: { from: '24:00', to: '06:00' } }, 'invalid_request', /a time of day such as 22:00/],
  [{ schedule: { from: '06:00', to: '06:00' } }, 'invalid_request', /the same/],
  [{ lifeSeconds: 1 }, 'invalid_request', /lifeSeconds/],
]
for (const [body, code, says] of refusedChanges) {
  test(`a change to ${JSON.stringify(body)} is refused with ${code}, and nothing is changed`, async (t) => {
    const { client, changed } = await rig(t)
    const { site } = await add(client)
    await assert.rejects(client.call('changeSite', { params, body }), { code, message: says })
    assert.deepEqual(await client.call('showSite', { params }), site)
    assert.equal(changed.length, 1)
  })
}

test('an order says which release it means, and how far the site is with it', async (t) => {
  const { client, store, contacts, changed } = await rig(t)
  const { site } = await add(client)
  await joined(store, site.id)
  const order = await client.call('warmSite', { params, body: { reference: 'demo@stable' } })
  assert.partialDeepStrictEqual(order, { reference: 'demo@stable', release: 'demo@2', state: 'ordered' })
  const warm = [{ id: order.id, state: 'fetching' as const, doneBytes: 1, totalBytes: 2 }]
  contacts.note(site.id, now, siteReport({ warm }))
  const seen = async () => (await client.call('showSite', { params })).warm
  assert.deepEqual(await seen(), [{ ...order, state: 'fetching', doneBytes: 1, totalBytes: 2 }])
  await client.call('cancelWarm', { params: { ...params, id: order.id } })
  assert.equal((await seen())[0]?.state, 'cancelled')
  assert.equal(changed.length, 3)
  await assert.rejects(client.call('cancelWarm', { params: { ...params, id: 'none' } }), {
    code: 'warm_order_not_found',
  })
  await client.call('changeSite', { params, body: { images: ['demo'] } })
  await assert.rejects(client.call('warmSite', { params, body: { reference: 'debian' } }), {
    code: 'image_not_at_site',
  })
})

test('a site that another one asks is named by it, and stays while it does', async (t) => {
  const { client, changed } = await rig(t)
  await add(client)
  const child = await client.call('addSite', { body: { name: 'annecy', via: 'grenoble' } })
  assert.equal(child.site.via, 'grenoble')
  await assert.rejects(client.call('removeSite', { params }), { code: 'site_in_use', message: /annecy/ })
  await client.call('removeSite', { params: { name: 'annecy' } })
  await client.call('removeSite', { params })
  assert.deepEqual(changed, ['grenoble', 'annecy', 'gone', 'gone'])
  await assert.rejects(client.call('showSite', { params }), { code: 'site_not_found' })
  await assert.rejects(add(client, { via: 'none' }), { code: 'site_not_found' })
})

test('who sees sites, who decides about them, and who adds them', async (t) => {
  const { client, as } = await rig(t)
  await add(client)
  const deeds = {
    see: (by: Client) => by.call('showSite', { params }),
    change: (by: Client) => by.call('changeSite', { params, body: { pin: ['demo'] } }),
    warm: (by: Client) => by.call('warmSite', { params, body: { reference: 'demo' } }),
    add: (by: Client) => by.call('addSite', { body: { name: 'annecy' } }),
    token: (by: Client) => by.call('renewSiteToken', { params }),
    revoke: (by: Client) => by.call('revokeSite', { params }),
    remove: (by: Client) => by.call('removeSite', { params }),
  }
  const allowed = async (role: Role) => {
    const done: string[] = []
    for (const [name, deed] of Object.entries(deeds))
      await deed(as(role)).then(
        () => done.push(name),
        (error) => assert.equal(error.code, 'forbidden'),
      )
    return done
  }
  assert.deepEqual(await allowed('user'), [])
  assert.deepEqual(await allowed('viewer'), ['see'])
  assert.deepEqual(await allowed('publisher'), ['see'])
  assert.deepEqual(await allowed('operator'), ['see', 'change', 'warm'])
  assert.deepEqual(await allowed('administrator'), Object.keys(deeds))
})

test('an image is opened to the machines of a site that there is', async (t) => {
  const { client } = await rig(t)
  const open = (site: string) => client.call('addOpening', { body: { image: 'demo', machines: { site } } })
  await assert.rejects(open('grenoble'), { code: 'site_not_found', message: /no site grenoble/ })
  const { site } = await add(client)
  assert.deepEqual((await open('grenoble')).machines, { site: 'grenoble' })
  await assert.rejects(open(site.id), { code: 'site_not_found' })
  await client.call('revokeSite', { params })
  await assert.rejects(open('grenoble'), { code: 'site_revoked' })
})
