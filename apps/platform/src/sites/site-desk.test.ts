import assert from 'node:assert/strict'
import { buffer } from 'node:stream/consumers'
import { test } from 'node:test'
import { digestOf } from '@bootcast/content'
import { type Peer, SiteIdentity } from '@bootcast/uplink'
import { siteRig } from '../../testing/site-rig.ts'
import type { Site } from './site.ts'

const mac = '52:54:00:00:00:01'
const machine = { mac, architecture: 'x86_64' } as const
const from = '10.0.0.9'
const boot = (release: string) =>
  ({ machine: { mac }, release, leave: { by: 'one-shot' }, user: undefined }) as const
const peer = (site: Pick<Site, 'id'>, ...chain: Pick<Site, 'id'>[]): Peer =>
  ({ site: site.id, chain: chain.map(({ id }) => id), address: '192.0.2.1' }) as unknown as Peer
const visitor = { site: undefined, address: '192.0.2.1' } as never
const { signal } = new AbortController()

test('a site joins once with its token, and asks as who it is from then on', async (t) => {
  const { add, desk, store, authority, noted } = await siteRig(t)
  const { site, token } = await add('grenoble')
  const { csr } = await SiteIdentity.make()
  const joined = await desk.join({ token, csr, version: '1' }, visitor)
  assert.deepEqual(joined.site, { id: site.id, name: 'grenoble' })
  assert.deepEqual(joined.authorities, [...authority.certificates])
  assert.ok((await store.find(site.id)).certificateSerial)
  await assert.rejects(desk.join({ token, csr, version: '1' }, visitor), { code: 'token_refused' })
  const { certificate } = await desk.renew({ csr: (await SiteIdentity.make()).csr }, site)
  assert.notEqual(certificate, joined.certificate)
  assert.deepEqual(
    noted.map(({ about, refused }) => [about, refused]),
    [
      ['grenoble', undefined],
      ['grenoble', true],
    ],
  )
  assert.ok(!JSON.stringify(noted).includes(token.split('.')[1] ?? 'none'))
})

test('a token that is too old, of a revoked site, or no token lets nobody join', async (t) => {
  const { add, desk, store, clock } = await siteRig(t)
  const { csr } = await SiteIdentity.make()
  const refused = (token: string) =>
    assert.rejects(desk.join({ token, csr, version: '1' }, visitor), { code: 'token_refused' })
  const [old, revoked] = [await add('old'), await add('revoked')]
  await store.revoke(revoked.site.id, clock.at)
  await refused(revoked.token)
  clock.at += 1001
  await refused(old.token)
  await refused('nothing of the kind')
})

test('who was revoked or removed is told so, within two seconds or as soon as the desk hears of it', async (t) => {
  const { add, desk, store, clock } = await siteRig(t)
  const { site } = await add('grenoble')
  assert.equal((await desk.admit(peer(site))).name, 'grenoble')
  await store.revoke(site.id, clock.at)
  clock.at += 2_000
  await assert.rejects(desk.admit(peer(site)), { code: 'site_revoked' })
  const { site: other } = await add('paris')
  await desk.admit(peer(other))
  await store.remove(other.id)
  desk.changed(other.id)
  await assert.rejects(desk.admit(peer(other)), { code: 'site_revoked' })
  await assert.rejects(desk.admit(peer({ id: 'nobody' })), { code: 'site_revoked' })
})

test('a site asks for those that were added below it, and for nobody else', async (t) => {
  const { add, desk, store, contacts } = await siteRig(t)
  const { site: above } = await add('above')
  const { site: below } = await add('below', { via: above.id })
  const { site: deep } = await add('deep', { via: below.id })
  const { site: other } = await add('other')
  assert.equal((await desk.admit(peer(above, below))).name, 'below')
  assert.equal((await desk.admit(peer(above, below, deep))).name, 'deep')
  await assert.rejects(desk.admit(peer(above, other)), { code: 'forbidden' })
  await assert.rejects(desk.admit(peer(above, deep)), { code: 'forbidden' })
  await assert.rejects(desk.admit(peer(below, above)), { code: 'forbidden' })
  await assert.rejects(desk.admit(peer(above, { id: 'nobody' })), { code: 'site_revoked' })
  await contacts.written()
  assert.equal((await store.find(other.id)).lastContactAt, undefined)
  assert.ok((await store.find(deep.id)).lastContactAt)
})

test('it is told what its machines boot, with all of the release; of images that it may not have, nothing', async (t) => {
  const { add, desk, catalogue, publish, register } = await siteRig(t)
  const { site } = await add('grenoble', { images: ['demo'] })
  await publish('demo')
  await publish('secret')
  await catalogue.setDefaultImage('demo')
  const { decision, release } = await desk.decide({ machine, from, user: undefined, choice: undefined }, site)
  assert.equal(decision.release, 'demo@1')
  assert.equal(release?.blobs.length, 1)
  assert.equal((await register.known(mac)).site, 'grenoble')
  await catalogue.setDefaultImage('secret')
  const refused = await desk.decide({ machine, from, user: undefined, choice: undefined }, site)
  assert.equal(refused.release, undefined)
  assert.match(refused.decision.because, /not permitted at the site grenoble/)
})

test('that somebody signed in there is believed when they did: at that site, today', async (t) => {
  const { add, desk, publish, grants, addUser, signedIn, clock } = await siteRig(t)
  const { site } = await add('grenoble')
  const { site: other } = await add('paris')
  await publish('demo')
  await addUser('ann')
  await grants.change('demo', { allow: { users: ['ann'], groups: [] } })
  const asksAs = async (at: Site) =>
    (await desk.decide({ machine, from, user: 'ann', choice: 'demo' }, at)).decision.release
  assert.equal(await asksAs(site), undefined)
  await assert.rejects(desk.signIn({ user: 'ann', password: 'wrong', from }, site))
  assert.equal(await asksAs(site), undefined)
  assert.deepEqual(await desk.signIn({ user: 'ann', password: 'right', from }, site), { user: 'ann' })
  assert.deepEqual([await asksAs(site), await asksAs(other)], ['demo@1', undefined])
  assert.deepEqual(signedIn, ['grenoble'])
  clock.at += 24 * 60 * 60 * 1000 - 1
  // A desk that was just started has it from the database, and counts from then on as well.
  assert.equal(await asksAs(site), 'demo@1')
  clock.at += 1
  assert.equal(await asksAs(site), undefined)
})

test('bytes: of releases of its images, loaders and the deploy environment; nothing else', async (t) => {
  const { add, desk, publish, shelf, deployer, blobs } = await siteRig(t)
  const { site } = await add('grenoble', { images: ['demo'] })
  await publish('demo', 'may have')
  await publish('secret', 'may not have')
  const { digest: stray } = await blobs.put(
    (async function* () {
      yield Buffer.from('of no release')
    })(),
  )
  const textOf = async (digest: string) => {
    const blob = await desk.open(digest, peer(site))
    return blob && (await buffer(await blob.read(0, blob.size - 1))).toString()
  }
  assert.equal(await textOf(digestOf(Buffer.from('may have'))), 'may have')
  assert.equal(await textOf(digestOf(Buffer.from('may not have'))), undefined)
  assert.equal(await textOf(stray), undefined)
  assert.equal(await textOf('no digest'), undefined)
  assert.equal(await textOf(deployer.kernel.digest), 'the vmlinuz that writes disks')
  assert.equal((await desk.open(shelf.find('ipxe.efi')?.digest ?? '', peer(site)))?.size, 1024)
})

test('a blob of another image is refused to whom a site asks for, whatever that site may have', async (t) => {
  const { add, desk, publish } = await siteRig(t)
  const { site: above } = await add('above')
  const { site: below } = await add('below', { via: above.id, images: ['demo'] })
  await publish('secret', 'may not have')
  const digest = digestOf(Buffer.from('may not have'))
  assert.ok(await desk.open(digest, peer(above)))
  assert.equal(await desk.open(digest, peer(above, below)), undefined)
})

test('a document, which may hold secrets, is for machines that asked through this site last', async (t) => {
  const { add, desk, publish, catalogue, installStore } = await siteRig(t)
  const [{ site }, { site: other }] = [await add('grenoble'), await add('paris')]
  await publish('demo', 'k', 'file={{motd}}')
  await installStore.putTemplate({
    ...{ image: 'demo', name: 'motd', format: 'text', fetches: 1, installs: false, variables: [] },
    ...{ files: [{ name: 'motd', text: 'hello' }], changedAt: 1, changedBy: 'admin' },
  } as never)
  await catalogue.setDefaultImage('demo')
  const ask = (at: Site) =>
    desk.document({ boot: boot('demo@1'), role: 'motd', file: 'motd', bootUrl: 'http://b' }, at)
  assert.deepEqual(await ask(site), {})
  await desk.decide({ machine, from, user: undefined, choice: undefined }, site)
  assert.deepEqual([await ask(site), await ask(other)], [{ text: 'hello' }, {}])
  await desk.decide({ machine, from, user: undefined, choice: undefined }, other)
  assert.deepEqual(await ask(site), {})
})

test('what happened while the site was cut off counts: nothing is installed twice', async (t) => {
  const { add, desk, publish, register, machines } = await siteRig(t)
  const { site } = await add('grenoble', { images: ['demo'] })
  await publish('demo')
  await machines.change(mac, { image: 'demo', nextImage: 'demo', overwriteDisk: true })
  // Nobody here has heard of this machine: it asked while the line was cut.
  await desk.started(boot('demo@1'), site)
  await desk.phonedHome({ mac, release: 'demo@1', state: 'done', text: '', installs: true }, site)
  await desk.reported({ mac, release: 'demo@1', state: 'done', done: 1, total: 1 }, site)
  const known = await register.known(mac)
  assert.deepEqual(
    [known.nextImage, known.installed, known.deployed, known.overwriteDisk, known.site],
    [undefined, 'demo@1', 'demo@1', false, 'grenoble'],
  )
})

test('of an image that it may not have a site tells nothing that counts', async (t) => {
  const { add, desk, publish, register, machines } = await siteRig(t)
  const { site } = await add('grenoble', { images: ['demo'] })
  await publish('secret')
  await machines.change(mac, { nextImage: 'secret' })
  await desk.started(boot('secret@1'), site)
  await desk.phonedHome({ mac, release: 'secret@1', state: 'done', text: '', installs: true }, site)
  const known = await register.known(mac)
  assert.deepEqual([known.nextImage, known.installed, known.site], ['secret', undefined, undefined])
})

test('a code is approved here and told at the site; again, when the answer was lost', async (t) => {
  const { add, desk, codes, addUser, signedIn, clock, store } = await siteRig(t)
  const [{ site }, { site: other }] = [await add('grenoble'), await add('paris')]
  await addUser('ann')
  const { code } = await desk.code({ session: 'b1', machine, from }, site)
  assert.equal((await desk.code({ session: 'b1', machine, from }, site)).code, code)
  assert.deepEqual(await desk.codeWait({ session: 'b1' }, other, signal), { state: 'expired' })
  const waiting = desk.codeWait({ session: 'b1' }, site, signal)
  assert.equal(codes.find(code)?.session.site, 'grenoble')
  codes.approve(code, 'ann', 'demo')
  const approved = { state: 'approved', user: 'ann', choice: 'demo' }
  assert.deepEqual(await waiting, approved)
  assert.deepEqual(await desk.codeWait({ session: 'b1' }, site, signal), approved)
  assert.deepEqual(await store.signInsSince(site.id, 0), [{ user: 'ann', at: clock.at }])
  assert.ok(signedIn.includes('grenoble'))
  clock.at += 60_000
  assert.deepEqual(await desk.codeWait({ session: 'b1' }, site, signal), { state: 'expired' })
})

test('an approval that cannot be noted is not lost: the site asks again', async (t) => {
  const { add, desk, codes, addUser, store } = await siteRig(t)
  const { site } = await add('grenoble')
  await addUser('ann')
  const { code } = await desk.code({ session: 'b1', machine, from }, site)
  codes.approve(code, 'ann')
  const broken = t.mock.method(store, 'noteSignIn', async () => {
    throw new Error('the database is away')
  })
  await assert.rejects(desk.codeWait({ session: 'b1' }, site, signal), /away/)
  broken.mock.restore()
  const answer = await desk.codeWait({ session: 'b1' }, site, signal)
  assert.deepEqual(answer, { state: 'approved', user: 'ann', choice: undefined })
  assert.equal((await store.signInsSince(site.id, 0)).length, 1)
})

test('a code that was denied, or that nobody has decided about', async (t) => {
  const { add, desk, codes } = await siteRig(t)
  const { site } = await add('grenoble')
  const { code } = await desk.code({ session: 'b1', machine, from }, site)
  assert.deepEqual(await desk.codeWait({ session: 'b1' }, site, AbortSignal.abort()), { state: 'waiting' })
  codes.deny(code)
  assert.deepEqual(await desk.codeWait({ session: 'b1' }, site, signal), { state: 'denied' })
})

test('events have the time that it was here, whatever the clock of the site says', async (t) => {
  const { add, desk, batches, clock } = await siteRig(t)
  const { site } = await add('grenoble')
  const event = { kind: 'lease', mac, leased: '10.0.0.7' } as const
  const hourAhead = clock.at + 3_600_000
  const events = [{ at: hourAhead - 5_000, event }]
  assert.deepEqual(await desk.events({ sentAt: hourAhead, first: 8, events }, site), { upTo: 8 })
  assert.deepEqual(batches, [
    { site: site.id, siteName: 'grenoble', first: 8, events: [{ at: clock.at - 5_000, event }] },
  ])
})
