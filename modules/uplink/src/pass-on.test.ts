import assert from 'node:assert/strict'
import { test } from 'node:test'
import { someSnapshot } from '../testing/some-snapshot.ts'
import { clientOf, newAuthority, newIdentity, type PairOptions, uplinkPair } from '../testing/uplink-pair.ts'
import { join } from './join.ts'
import { formatJoinToken, newSecret } from './join-token.ts'
import { passOn } from './pass-on.ts'
import { openSnapshot, sealSnapshot } from './signed-snapshot.ts'
import { SiteIdentity } from './site-identity.ts'

const asking = { machine: { mac: '52:54:00:00:00:01' }, from: '10.0.0.1' }

/** The platform, a site, and a site below it that asks the first one. */
async function family(t: Parameters<typeof uplinkPair>[0], options: PairOptions) {
  const authority = await newAuthority()
  const platform = await uplinkPair(t, { ...options, authority })
  const parentIdentity = await platform.identity('parent')
  const upward = clientOf(t, parentIdentity)
  const parent = await uplinkPair(t, {
    authority,
    credentials: () => parentIdentity.credentials(),
    handlers: passOn(upward),
  })
  const child = clientOf(t, await newIdentity(authority, 'child', parent.url, 'parent'))
  return { authority, platform, parent, upward, child }
}

test('a site below a site is answered by the platform, which knows both', async (t) => {
  const peers: unknown[] = []
  const { authority, parent, child } = await family(t, {
    handlers: {
      decide: async (_request, { site, onBehalfOf, chain }) => {
        peers.push({ site, onBehalfOf, chain })
        return { decision: { plan: { method: 'refuse', reason: 'no' }, because: 'no' }, places: {} }
      },
    },
  })
  await child.call('decide', asking)
  assert.deepEqual(peers, [{ site: 'parent', onBehalfOf: 'child', chain: ['child'] }])
  // And one more below.
  const childIdentity = await newIdentity(authority, 'child', parent.url, 'parent')
  const middle = await uplinkPair(t, {
    authority,
    credentials: () => childIdentity.credentials(),
    handlers: passOn(clientOf(t, childIdentity)),
  })
  const grandchild = clientOf(t, await newIdentity(authority, 'grandchild', middle.url, 'child'))
  await grandchild.call('decide', asking)
  assert.deepEqual(peers[1], { site: 'parent', onBehalfOf: 'grandchild', chain: ['child', 'grandchild'] })
})

test('a snapshot goes through a site unchanged', async (t) => {
  const keep: { sealed?: Awaited<ReturnType<typeof sealSnapshot>> } = {}
  const { authority, child } = await family(t, { handlers: { snapshot: async () => keep.sealed } })
  keep.sealed = await sealSnapshot(someSnapshot(50), authority)
  const found = await child.snapshot()
  assert.deepEqual(found, keep.sealed)
  assert.equal(openSnapshot(found!.bytes, found!.signature, authority.certificates).machines.length, 50)
  assert.equal(await child.snapshot({ etag: keep.sealed.etag }), undefined)
})

test('what the platform refuses is refused below with the same code', async (t) => {
  const admit = ({ onBehalfOf }: { onBehalfOf?: string }) => {
    if (onBehalfOf === 'child') throw Object.assign(new Error('child was revoked'), { code: 'site_revoked' })
  }
  const { child } = await family(t, { admit })
  await assert.rejects(child.call('decide', asking), { name: 'SiteRevoked', message: 'child was revoked' })
})

test('when the platform is away a site below a site knows it', async (t) => {
  const { platform, child } = await family(t, {})
  await child.call('decide', asking)
  await platform.server.stop()
  await assert.rejects(child.call('decide', asking), { name: 'UpstreamAway' })
  await assert.rejects(child.call('decide', asking), { name: 'UpstreamAway' })
  assert.equal(child.state, 'away')
})

test('a long poll is passed on, and ends when the site stops', async (t) => {
  const { parent, child } = await family(t, {
    handlers: { codeWait: async () => ({ state: 'approved', user: 'ann', choice: undefined }) },
  })
  assert.deepEqual(await child.call('codeWait', { session: 'x' }), {
    state: 'approved',
    user: 'ann',
    choice: undefined,
  })
  assert.deepEqual(await child.call('codeWait', { session: 'x' }, { waitSeconds: 0 }), {
    state: 'approved',
    user: 'ann',
    choice: undefined,
  })
  await parent.server.stop()
})

test('a site that stops tells those who wait that there is no news', async (t) => {
  const { parent, child } = await family(t, {})
  const waiting = child.call('codeWait', { session: 'x' }, { waitSeconds: 20 })
  while (parent.server.connections === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  await new Promise((resolve) => setTimeout(resolve, 50))
  const [answer] = await Promise.all([waiting, parent.server.stop()])
  assert.deepEqual(answer, { state: 'waiting' })
})

test('a site joins through another one, whose name stands in its token', async (t) => {
  const heard: unknown[] = []
  const held: { issue?: (csr: string) => Promise<string> } = {}
  const { authority, parent } = await family(t, {
    handlers: {
      join: async ({ csr }, visitor) => {
        heard.push([visitor.site, visitor.chain])
        const certificate = (await held.issue?.(csr)) ?? ''
        return { site: { id: 'below', name: 'below' }, certificate, authorities: [...authority.certificates] }
      },
    },
  })
  held.issue = (csr) => authority.issueSite(csr, { id: 'below', name: 'below' })
  const { csr } = await SiteIdentity.make()
  const token = { site: 'below', secret: newSecret(), fingerprint: authority.fingerprint }
  const ask = (text: string) => join({ url: parent.url, token: text, csr, version: '1' })
  await assert.rejects(ask(formatJoinToken(token)), { message: /another name/ })
  const joined = await ask(formatJoinToken({ ...token, via: 'parent' }))
  assert.equal(joined.via, 'parent')
  assert.deepEqual(heard, [['parent', []]])
})
