import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SignInRefused } from '@bootcast/boot'
import { rawRequest } from '../testing/raw-request.ts'
import { newAuthority, newIdentity, uplinkPair, withParts } from '../testing/uplink-pair.ts'
import { UplinkRefused } from './problems.ts'
import { UplinkClient } from './uplink-client.ts'

const machine = { mac: '52:54:00:00:00:01' }
const asking = { machine, from: '10.0.0.1' }
const day = 24 * 60 * 60 * 1000

test('a site asks, and the handler knows which site it is', async (t) => {
  const pair = await uplinkPair(t, {
    handlers: {
      decide: async ({ machine }, peer) => ({
        decision: {
          plan: { method: 'refuse', reason: `${machine.mac} at ${peer.site}` },
          because: peer.address,
        },
        places: {},
      }),
    },
  })
  const client = await pair.client('s1')
  const { decision } = await client.call('decide', asking)
  assert.deepEqual(decision, {
    plan: { method: 'refuse', reason: '52:54:00:00:00:01 at s1' },
    because: '127.0.0.1',
  })
  assert.equal(pair.server.connections, 1)
})

test('a hundred questions at once are answered', async (t) => {
  const pair = await uplinkPair(t)
  const client = await pair.client('s1')
  const answers = await Promise.all(Array.from({ length: 100 }, () => client.call('decide', asking)))
  assert.equal(answers.length, 100)
  assert.ok(pair.server.connections <= 64)
})

test('no certificate, one of another authority, and one that is over are not those of a site', async (t) => {
  const pair = await uplinkPair(t)
  const { port } = pair
  const body = JSON.stringify(asking)
  const nobody = await rawRequest({ port, path: '/uplink/v1/decide', method: 'POST', body })
  assert.equal(nobody.status, 401)
  assert.equal(nobody.json['code'], 'not_a_site')
  const stranger = await newIdentity(await newAuthority(), 's1', pair.url)
  const { authorities } = (await pair.identity('s1')).credentials()
  const refused = { code: 'not_a_site', status: 401 }
  const ask = (identity: { credentials(): ReturnType<typeof stranger.credentials> }) => {
    const client = new UplinkClient({ url: pair.url, identity, serverName: 'platform.bootcast.internal' })
    t.after(() => client.close())
    return client.call('decide', asking)
  }
  await assert.rejects(ask(withParts(stranger, { authorities })), refused)
  await assert.rejects(rawRequest({ port, path: '/', ca: stranger.authorities[0] }), /certificate/)
})

test('a certificate that is over opens nothing, and ends to count on a connection that is open', async (t) => {
  let now = Date.now() - 100 * day
  const authority = await newAuthority(() => now)
  const old = await newIdentity(authority, 's1', 'https://127.0.0.1')
  now = Date.now()
  let serverNow = Date.now()
  const pair = await uplinkPair(t, { authority, now: () => serverNow })
  const client = new UplinkClient({ ...pair, serverName: old.serverName, identity: old })
  t.after(() => client.close())
  await assert.rejects(client.call('decide', asking), { code: 'not_a_site', message: /CERT_HAS_EXPIRED/ })
  const other = await pair.client('s2')
  await other.call('decide', asking)
  serverNow += 91 * day
  await assert.rejects(other.call('decide', asking), { code: 'not_a_site', message: /join again/ })
})

test('the certificate of the platform is none of a site', async (t) => {
  const pair = await uplinkPair(t)
  const identity = { credentials: () => server }
  const server = await pair.authority.credentials()
  const client = new UplinkClient({ ...pair, serverName: 'platform.bootcast.internal', identity })
  t.after(() => client.close())
  await assert.rejects(client.call('decide', asking), { code: 'not_a_site' })
})

test('a site that was revoked is told so, and its connections end at once', async (t) => {
  const revoked = new Set<string>()
  const admit = ({ site }: { site: string }) => {
    if (revoked.has(site)) throw Object.assign(new Error('it was revoked'), { code: 'site_revoked' })
  }
  const pair = await uplinkPair(t, { admit })
  const [client, other] = [await pair.client('s1'), await pair.client('s2')]
  await other.call('decide', asking)
  const waiting = client.call('codeWait', { session: 'x' })
  while (pair.server.connections < 2) await new Promise((resolve) => setTimeout(resolve, 5))
  revoked.add('s1')
  pair.server.dropSite('s1')
  await assert.rejects(waiting, { code: 'upstream_away' })
  while (client.state === 'away') await new Promise((resolve) => setTimeout(resolve, 5))
  await assert.rejects(client.call('decide', asking), {
    name: 'SiteRevoked',
    code: 'site_revoked',
    status: 403,
  })
  await assert.rejects(client.snapshot(), { name: 'SiteRevoked' })
  assert.equal(client.state, 'there')
  await other.call('decide', asking)
})

test('errors become problems, and failures of ours tell nothing but where to look', async (t) => {
  const pair = await uplinkPair(t, {
    handlers: {
      signIn: async ({ user }) => {
        if (user === 'wrong') throw new SignInRefused('wrong', 0)
        if (user === 'away') throw new SignInRefused('away', 0)
        if (user === 'own') throw Object.assign(new Error('own words'), { code: 'own_code', status: 418 })
        if (user === 'busy') throw new UplinkRefused('too_many_requests', 'busy', 7)
        if (user === 'file') throw Object.assign(new Error('/secret/path'), { code: 'ENOENT' })
        throw new SignInRefused('locked', 30)
      },
    },
  })
  const client = await pair.client('s1')
  const signIn = (user: string) => client.call('signIn', { user, password: 'x', from: '10.0.0.1' })
  await assert.rejects(signIn('wrong'), { code: 'sign_in_failed', status: 401 })
  await assert.rejects(signIn('ann'), { code: 'too_many_attempts', retrySeconds: 30 })
  await assert.rejects(signIn('busy'), { code: 'too_many_requests', retrySeconds: 7 })
  await assert.rejects(signIn('own'), { code: 'own_code', status: 418, message: 'own words' })
  await assert.rejects(signIn('away'), { name: 'UpstreamRefused', code: 'directory_unreachable' })
  assert.equal(pair.errors.length, 0)
  await assert.rejects(signIn('file'), (error: Error) => {
    assert.equal(error.name, 'UpstreamAway')
    assert.doesNotMatch(error.message, /secret/)
    return true
  })
  assert.equal(pair.errors.length, 1)
  assert.equal(client.state, 'there', 'one call failed, not the upstream')
})

test('a long poll ends when its wait is over, and when the server stops', async (t) => {
  const pair = await uplinkPair(t)
  const client = await pair.client('s1')
  assert.deepEqual(await client.call('codeWait', { session: 'x' }, { waitSeconds: 0 }), { state: 'waiting' })
  const waiting = client.call('codeWait', { session: 'x' }, { waitSeconds: 30 })
  while (pair.server.connections < 2) await new Promise((resolve) => setTimeout(resolve, 5))
  const startedAt = Date.now()
  await Promise.all([
    pair.server.stop(),
    waiting.then((answer) => assert.deepEqual(answer, { state: 'waiting' })),
  ])
  assert.ok(Date.now() - startedAt < 10_000)
})

test('more than 256 requests of one site are refused, and another site is not held up by them', async (t) => {
  let running = 0
  const pair = await uplinkPair(t, {
    handlers: {
      codeWait: async (_request, _peer, { signal }) => {
        running++
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
        return { state: 'waiting' }
      },
    },
  })
  const identity = await pair.identity('s1')
  const clients = [1, 2, 3].map(
    () => new UplinkClient({ ...pair, identity, serverName: identity.serverName }),
  )
  t.after(() => {
    for (const client of clients) client.close()
  })
  const polls = clients.flatMap((client) =>
    Array.from({ length: 90 }, () => client.call('codeWait', { session: 'x' }).catch(({ code }) => code)),
  )
  const refused = await Promise.race([Promise.any(polls), new Promise((r) => setTimeout(r, 15_000, 'none'))])
  assert.equal(refused, 'too_many_requests')
  assert.ok(running <= 256)
  await (await pair.client('s2')).call('decide', asking)
  await pair.server.stop()
  const answers = await Promise.all(polls)
  assert.equal(answers.filter((answer) => answer === 'too_many_requests').length, 270 - 256)
})
