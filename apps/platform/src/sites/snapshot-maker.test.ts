import assert from 'node:assert/strict'
import { test } from 'node:test'
import { snapshotSchema } from '@bootcast/uplink'
import { siteRig } from '../../testing/site-rig.ts'

const macOf = (n: number) => `52:54:00:00:00:0${n}`
const opening = {
  boots: true,
  opensAt: 1,
  closesAt: undefined,
  times: undefined,
  createdAt: 1,
  createdBy: 'admin',
}

test('a site that may have all: what is published, machines, openings, and how it is set', async (t) => {
  const { add, maker, publish, machines, openingStore, catalogue, store, clock, authority } = await siteRig(t)
  const { site: added } = await add('grenoble')
  for (const image of ['demo', 'demo', 'demo', 'debian']) await publish(image)
  await catalogue.moveChannel({ image: 'demo', channel: 'stable', number: 3, at: 1, by: 'admin' })
  await catalogue.moveChannel({ image: 'demo', channel: 'testing', number: 1, at: 1, by: 'admin' })
  await catalogue.setDefaultImage('debian')
  await machines.change(macOf(1), { image: 'demo@testing', labels: ['room-1'] })
  await openingStore.add({ ...opening, reference: 'demo', criteria: { label: 'room-1' } })
  const order = { reference: 'demo', release: 'demo@1', orderedAt: 1, orderedBy: 'ann' }
  const cancelled = await store.orderWarm(added.id, { ...order, release: 'demo@2' })
  await store.orderWarm(added.id, order)
  await store.cancelWarm(added.id, cancelled.id)
  const site = await store.change(added.id, {
    pin: ['debian'],
    settings: { lifeSeconds: 60, wanBytesPerSecond: 5e6, schedule: { from: '22:00', to: '06:00' } },
  })
  const snapshot = await maker.make(site)
  assert.deepEqual(snapshotSchema.parse(JSON.parse(JSON.stringify(snapshot))), snapshot)
  assert.deepEqual(
    [snapshot.issuedAt, snapshot.expiresAt, snapshot.version, snapshot.defaultImage],
    [clock.at, clock.at + 60_000, '1.2.3', 'debian'],
  )
  assert.deepEqual(snapshot.site, { id: site.id, name: 'grenoble', images: 'all' })
  assert.deepEqual(
    snapshot.releases.map(({ image, number, blobs }) => [image, number, blobs.length]).sort(),
    [
      ['debian', 1, 1],
      ['demo', 1, 1],
      ['demo', 3, 1],
    ],
  )
  assert.deepEqual(snapshot.references, {
    'demo@stable': 'demo@3',
    'demo@testing': 'demo@1',
    'demo@1': 'demo@1',
    'debian@stable': 'debian@1',
    demo: 'demo@3',
    debian: 'debian@1',
  })
  const { warm, pins, schedule, wanBytesPerSecond, graceSeconds } = snapshot.settings
  assert.deepEqual([warm.map(({ release }) => release), pins], [['demo@1'], ['debian']])
  assert.deepEqual([schedule, wanBytesPerSecond, graceSeconds], [{ from: '22:00', to: '06:00' }, 5e6, 86_400])
  assert.deepEqual(
    snapshot.machines.map(({ mac, image }) => [mac, image]),
    [[macOf(1), 'demo@testing']],
  )
  assert.deepEqual(
    snapshot.openings.map(({ reference, criteria }) => [reference, criteria]),
    [['demo', { label: 'room-1' }]],
  )
  assert.deepEqual(snapshot.authorities, [...authority.certificates])
  assert.deepEqual(
    snapshot.loaders.map(({ name }) => name),
    ['ipxe.efi'],
  )
})

test("a site that may have one image learns of no other: no release, no name, no opening, no machine's image", async (t) => {
  const { add, maker, publish, machines, openingStore, catalogue, store, grants, addUser } = await siteRig(t)
  const { site: added } = await add('grenoble', { images: ['demo'] })
  for (const image of ['demo', 'secret']) await publish(image)
  await catalogue.setDefaultImage('secret')
  await machines.change(macOf(1), { image: 'demo', nextImage: 'secret@1' })
  await machines.change(macOf(2), { image: 'secret' })
  for (const reference of ['demo', 'secret']) await openingStore.add({ ...opening, reference, criteria: {} })
  await addUser('ann')
  await grants.change('demo', { allow: { users: ['ann'], groups: [] } })
  await grants.change('secret', { allow: { users: ['ann'], groups: [] } })
  await store.noteSignIn(added.id, 'ann', (await store.find(added.id)).createdAt)
  const site = await store.change(added.id, { pin: ['secret'] })
  const snapshot = await maker.make({ ...site, settings: { ...site.settings, pins: ['demo'] } })
  assert.ok(!JSON.stringify(snapshot).includes('secret'), JSON.stringify(snapshot, undefined, 1))
  assert.deepEqual(
    snapshot.machines.map(({ mac, image, nextImage }) => [mac, image, nextImage]),
    [
      [macOf(1), 'demo', 'not-permitted-here'],
      [macOf(2), 'not-permitted-here', undefined],
    ],
  )
  assert.deepEqual(snapshot.users, [{ name: 'ann', images: ['demo'] }])
  const pinned = await maker.make(site)
  assert.ok(!('secret' in pinned.references))
  assert.deepEqual(
    pinned.releases.map(({ image }) => image),
    ['demo'],
  )
})

test('openings of other sites, and those that are over, are left out', async (t) => {
  const { add, maker, publish, openingStore, clock } = await siteRig(t)
  const { site } = await add('grenoble')
  await publish('demo')
  const put = async (criteria: object, more: object = {}) =>
    (await openingStore.add({ ...opening, reference: 'demo', criteria, ...more })).id
  const kept = [await put({}), await put({ site: 'grenoble' }), await put({ mac: macOf(1) }, { times: 3 })]
  await put({ site: 'paris' })
  await put({}, { closesAt: clock.at - 1 })
  await openingStore.close(await put({}), clock.at, 'admin')
  const { openings } = await maker.make(site)
  assert.deepEqual(openings.map(({ id }) => id).sort(), kept.sort())
})

test('strangers are left out, except those that were seen at the site', async (t) => {
  const { add, maker, register } = await siteRig(t)
  const { site } = await add('grenoble')
  register.heard({ mac: macOf(1) })
  register.heard({ mac: macOf(2) }, 'grenoble')
  register.heard({ mac: macOf(3) }, 'paris')
  await register.written()
  const { machines } = await maker.make(site)
  assert.deepEqual(
    machines.map(({ mac }) => mac),
    [macOf(2)],
  )
})

test('users: who signed in at that site within its grace time, may still, and may boot something', async (t) => {
  const { add, maker, publish, addUser, grants, users, store, clock } = await siteRig(t)
  const [{ site }, { site: other }] = [await add('grenoble'), await add('paris')]
  await publish('demo')
  for (const name of ['ann', 'ben', 'cid', 'dan', 'eve']) await addUser(name)
  await grants.change('demo', { allow: { users: ['ann', 'ben', 'cid', 'eve'], groups: [] } })
  await store.noteSignIn(site.id, 'ann', clock.at)
  await store.noteSignIn(site.id, 'ben', clock.at - 86_400_001)
  await store.noteSignIn(other.id, 'cid', clock.at)
  await store.noteSignIn(site.id, 'dan', clock.at)
  await store.noteSignIn(site.id, 'eve', clock.at)
  await users.changeUser('eve', { disabled: true }, clock.at)
  assert.deepEqual((await maker.make(site)).users, [{ name: 'ann', images: ['demo'] }])
})

test('who has values or templates is told, what they are is not', async (t) => {
  const { add, maker, publish, installStore, machines } = await siteRig(t)
  const { site } = await add('grenoble')
  await publish('demo')
  await machines.change(macOf(1), { image: 'demo' })
  const value = { name: 'password', value: 'hunter2', secret: false, setAt: 1, setBy: 'admin' } as const
  await installStore.setValue({ ...value, scope: 'machine', of: macOf(1) })
  await installStore.setValue({ ...value, scope: 'label', of: 'room-7' })
  await installStore.setValue({ ...value, scope: 'image', of: 'demo' })
  const snapshot = await maker.make(site)
  assert.deepEqual(snapshot.asking.images, ['demo'])
  assert.deepEqual([...snapshot.asking.machines].sort(), [macOf(1), 'room-7'])
  assert.ok(!JSON.stringify(snapshot).includes('hunter2'))
})
