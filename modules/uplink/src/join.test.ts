import assert from 'node:assert/strict'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join as joined } from 'node:path'
import { test } from 'node:test'
import { clientOf, newAuthority, newIdentity, type UplinkPair, uplinkPair } from '../testing/uplink-pair.ts'
import { join } from './join.ts'
import { formatJoinToken, hashOf, newSecret, parseJoinToken } from './join-token.ts'
import { UplinkRefused } from './problems.ts'
import { SiteIdentity } from './site-identity.ts'
import type { UplinkHandlers } from './uplink-handlers.ts'

const version = '0.1.0'

/** A desk as the platform has one: a token counts once. */
function desk(secrets: readonly string[], issue: () => UplinkPair['authority']) {
  const left = new Set(secrets.map(hashOf))
  const heard: unknown[] = []
  const handle: UplinkHandlers['join'] = async ({ token, csr }, visitor) => {
    heard.push(visitor.site)
    const parsed = parseJoinToken(token)
    if (parsed === undefined || !left.delete(hashOf(parsed.secret)))
      throw new UplinkRefused('token_refused', 'The token was used already')
    const site = { id: `id-of-${parsed.site}`, name: parsed.site }
    const authority = issue()
    const certificate = await authority.issueSite(csr, site)
    return { site, certificate, authorities: [...authority.certificates] }
  }
  return { handle, heard }
}

test('a site joins by its token, once, and is who it is from then on', async (t) => {
  const secret = newSecret()
  const authority = await newAuthority()
  const { handle } = desk([secret], () => authority)
  const pair = await uplinkPair(t, { authority, handlers: { join: handle } })
  const token = formatJoinToken({ site: 'grenoble', secret, fingerprint: authority.fingerprint })
  const { key, csr } = await SiteIdentity.make()
  const { site, ...issued } = await join({ url: pair.url, token, csr, version })
  const folder = await mkdtemp(joined(tmpdir(), 'join-'))
  const identity = await SiteIdentity.keep(folder, { ...site, ...issued, url: pair.url }, key)
  assert.equal(identity.id, 'id-of-grenoble')
  await clientOf(t, identity).call('heard', { machines: [] })
  await assert.rejects(join({ url: pair.url, token, csr, version }), { code: 'token_refused', status: 403 })
})

test('a wrong token is refused, and one of another platform never leaves the site', async (t) => {
  const authority = await newAuthority()
  const { handle, heard } = desk([], () => authority)
  const pair = await uplinkPair(t, { authority, handlers: { join: handle } })
  const { csr } = await SiteIdentity.make()
  const ask = (token: string) => join({ url: pair.url, token, csr, version })
  const token = { site: 'grenoble', secret: newSecret(), fingerprint: authority.fingerprint }
  await assert.rejects(ask(formatJoinToken(token)), { code: 'token_refused' })
  assert.equal(heard.length, 1)
  const stranger = (await newAuthority()).fingerprint
  await assert.rejects(ask(formatJoinToken({ ...token, fingerprint: stranger })), {
    code: 'authority_mismatch',
  })
  await assert.rejects(ask('nonsense'), { code: 'token_unusable' })
  assert.equal(heard.length, 1)
})

test('who only claims to be the platform, with its authority but without its certificate, hears no token', async (t) => {
  const [authority, liar] = [await newAuthority(), await newAuthority()]
  const { handle, heard } = desk([], () => authority)
  const pair = await uplinkPair(t, {
    authority: liar,
    handlers: { join: handle, authority: async () => ({ authorities: ['x', ...authority.certificates] }) },
  })
  const token = formatJoinToken({ site: 'a', secret: newSecret(), fingerprint: authority.fingerprint })
  const { csr } = await SiteIdentity.make()
  await assert.rejects(join({ url: pair.url, token, csr, version }), {
    code: 'upstream_away',
    message: /not of the platform/,
  })
  assert.deepEqual(heard, [])
})

test('another site cannot take the place of the platform', async (t) => {
  const authority = await newAuthority()
  const { handle, heard } = desk([], () => authority)
  const evil = await (await uplinkPair(t, { authority })).identity('evil')
  const pair = await uplinkPair(t, {
    authority,
    credentials: () => evil.credentials(),
    handlers: { join: handle },
  })
  const token = formatJoinToken({ site: 'a', secret: newSecret(), fingerprint: authority.fingerprint })
  const { csr } = await SiteIdentity.make()
  await assert.rejects(join({ url: pair.url, token, csr, version }), { message: /another name/ })
  assert.deepEqual(heard, [])
})

test('ten attempts a minute from one address', async (t) => {
  const authority = await newAuthority()
  const { handle, heard } = desk([], () => authority)
  let now = Date.now()
  const pair = await uplinkPair(t, { authority, handlers: { join: handle }, now: () => now })
  const { csr } = await SiteIdentity.make()
  const ask = () => {
    const token = formatJoinToken({ site: 'a', secret: newSecret(), fingerprint: authority.fingerprint })
    return join({ url: pair.url, token, csr, version })
  }
  for (let attempt = 0; attempt < 10; attempt++) await assert.rejects(ask(), { code: 'token_refused' })
  await assert.rejects(ask(), { code: 'too_many_requests', retrySeconds: 60 })
  assert.equal(heard.length, 10)
  now += 61_000
  await assert.rejects(ask(), { code: 'token_refused' })
})

test('a certificate is renewed under way, and the next authority is believed before it signs', async (t) => {
  const authority = await newAuthority()
  const pair = await uplinkPair(t, {
    authority,
    handlers: {
      renew: async ({ csr }, { site }) => ({
        certificate: await authority.issueSite(csr, { id: site, name: site }),
        authorities: [...authority.certificates],
      }),
    },
  })
  const identity = await pair.identity('s1')
  const client = clientOf(t, identity)
  await authority.rotate()
  const { key, csr } = await SiteIdentity.make()
  await identity.renew(await client.call('renew', { csr }), key)
  client.reload()
  await client.call('heard', { machines: [] })
  await authority.switchOver()
  await pair.server.refresh()
  client.reload()
  await client.call('heard', { machines: [] })
  const forgetful = clientOf(t, await newIdentity(await newAuthority(), 's1', pair.url))
  await assert.rejects(forgetful.call('heard', { machines: [] }), { message: /not of the platform/ })
})
