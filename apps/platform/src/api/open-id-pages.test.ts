import assert from 'node:assert/strict'
import { rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createClient, type Role } from '@bootcast/contract'
import { startApiRig } from '../../testing/api-rig.ts'
import { MemoryIdentityStore } from '../../testing/memory-identity-store.ts'
import { agreeAt, clientId, clientSecret, Jar, startOpenIdServer } from '../../testing/open-id-server.ts'
import { startWholePlatform } from '../../testing/platform-suite.ts'
import type { AuditNote } from '../audit/audit.ts'
import { Attempts } from '../identity/attempts.ts'
import { ExternalUsers } from '../identity/external-users.ts'
import { OpenIdProvider, type OpenIdProviderOptions } from '../identity/open-id-provider.ts'
import { createPasswordHasher } from '../identity/password.ts'
import { PasswordGate } from '../identity/password-gate.ts'
import { Sessions } from '../identity/sessions.ts'
import { BrowserSessions } from './browser-sessions.ts'
import { Sealed } from './sealed.ts'
import { addSignInPages } from './sign-in-pages.ts'

const origin = 'http://boot.example'
const redirectUri = `${origin}/sign-in/oidc/callback`
const people = {
  ann1: { preferred_username: 'ann', groups: ['ops', 'lab'] },
  ann2: { preferred_username: 'ann', groups: [] },
  zoe: { preferred_username: 'Zoe\u0308 "+& ${x}', groups: 'lab' },
  mail: { email: 'eve@example.org', email_verified: true },
  unproven: { email: 'eve@example.org', email_verified: false },
  evil: { preferred_username: 'a\u202eb' },
  admin: { preferred_username: 'admin', groups: ['bosses'] },
}

/** The sign-in pages of a platform with a provider; `http://boot.example` is where the rig listens. */
async function signInWith(issuer: string, more: Partial<OpenIdProviderOptions> = {}) {
  const clock = { ahead: 0 }
  const now = () => Date.now() + clock.ahead
  const store = new MemoryIdentityStore()
  const admin = { name: 'admin', role: 'administrator' as const, groups: [], createdAt: 1 }
  await store.addUser({ ...admin, passwordPhc: 'x' })
  const noted: AuditNote[] = []
  const problems: string[] = []
  const audit = { note: (note: AuditNote) => void noted.push(note) }
  const gate = new PasswordGate({
    ...{ users: store, passwords: createPasswordHasher(), attempts: new Attempts(), audit },
  })
  const sessions = new Sessions({ tokens: store, gate })
  const browsers = new BrowserSessions({ sessions, publicUrl: origin })
  const roleOf = new Map<string, Role>([
    ['ops', 'operator'],
    ['lab', 'viewer'],
    ['bosses', 'administrator'],
  ])
  const provider = new OpenIdProvider({
    ...{ issuer, clientId, clientSecret, groupsClaim: 'groups', redirectUri },
    onProblem: (message, why) => void problems.push(`${message}: ${why}`),
    ...more,
  })
  const openId = { provider, externals: new ExternalUsers({ store, roleOf }), browsers, audit, now }
  const rig = await startApiRig({
    pages: [(app, admission) => addSignInPages(app, { gate, browsers, admission, openId })],
    sessionOf: (request) => browsers.sessionOf(request),
    handlers: { me: async ({ session: { user, role } }) => ({ user, role }) },
  })
  const jar = new Jar()
  const visit = (address: string, by = jar) => by.fetch(address.replace(origin, rig.url))
  const begin = async (returnTo = '/activate?code=A') => {
    const away = await visit(`${origin}/sign-in/oidc?return=${encodeURIComponent(returnTo)}`)
    assert.equal(away.status, 302)
    return away.headers.get('location') ?? ''
  }
  const signIn = async (login: string, returnTo?: string) =>
    await visit(await agreeAt(issuer, await begin(returnTo), login))
  const me = async () => (await visit(`${origin}/api/v1/me`)).json()
  return {
    rig,
    jar,
    store,
    noted,
    problems,
    clock,
    visit,
    begin,
    signIn,
    me,
    [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose](),
  }
}

async function refused(answer: Response, reason: RegExp, status = 403) {
  const text = await answer.text()
  assert.equal(answer.status, status, text)
  assert.match(/role="alert">([^<]*)/.exec(text)?.[1] ?? text, reason)
  assert.ok(!answer.headers.getSetCookie().some((line) => /^bootcast=bct_/.test(line)))
}

test('a person signs in at the provider and comes back to where they were, with role and groups', async () => {
  await using server = await startOpenIdServer(redirectUri, people)
  await using platform = await signInWith(server.issuer)
  const page = await (await platform.visit(`${origin}/sign-in?return=/activate`)).text()
  assert.ok(
    page.includes(`href="/sign-in/oidc?return=%2Factivate">Sign in with ${new URL(server.issuer).host}`),
  )
  const back = await platform.signIn('ann1')
  assert.deepEqual([back.status, back.headers.get('location')], [302, '/activate?code=A'])
  assert.match(
    back.headers.getSetCookie().join('\n'),
    /^bootcast=bct_[\w-]{43}; Path=\/; .*HttpOnly; SameSite=Lax$/m,
  )
  assert.deepEqual(await platform.me(), { user: 'ann', role: 'operator' })
  assert.equal(platform.jar.value('bootcast-oidc'), undefined)
  const { source, groups } = (await platform.store.findUser('ann')) ?? {}
  assert.deepEqual([source, groups], ['oidc', ['lab', 'ops']])
  const because = `oidc ${new URL(server.issuer).host}`
  assert.deepEqual(platform.noted, [{ who: 'ann', action: 'signIn', about: '', from: '127.0.0.1', because }])
  await platform.signIn('ann1')
  assert.equal((await platform.store.listUsers({ limit: 9 })).items.length, 2)
})

test('names come from the preferred name or a verified address, in one spelling; others are refused', async () => {
  await using server = await startOpenIdServer(redirectUri, people)
  await using platform = await signInWith(server.issuer)
  await platform.signIn('zoe')
  assert.deepEqual(await platform.me(), { user: 'Zoë "+& ${x}', role: 'viewer' })
  await platform.signIn('mail')
  assert.deepEqual(await platform.me(), { user: 'eve@example.org', role: 'user' })
  for (const login of ['unproven', 'evil'])
    await refused(await platform.signIn(login), /neither a preferred_username nor/)
})

test('nobody is taken over by somebody of the same name', async () => {
  await using server = await startOpenIdServer(redirectUri, people)
  await using platform = await signInWith(server.issuer)
  await refused(await platform.signIn('admin'), /The name admin belongs to another user here/)
  await platform.signIn('ann1')
  await refused(await platform.signIn('ann2'), /The name ann belongs to another user here/)
})

test('who is disabled here does not come in', async () => {
  await using server = await startOpenIdServer(redirectUri, people)
  await using platform = await signInWith(server.issuer)
  await platform.signIn('ann1')
  await platform.store.changeUser('ann', { disabled: true })
  await refused(await platform.signIn('ann1'), /The user ann is disabled here/)
  assert.equal(platform.noted.at(-1)?.refused, true)
})

test('who comes back leads to pages of this platform only', async () => {
  await using server = await startOpenIdServer(redirectUri, people)
  await using platform = await signInWith(server.issuer)
  for (const wanted of ['//evil.example', 'https://evil.example', '/\\evil.example', '/..//evil.example'])
    assert.equal((await platform.signIn('ann1', wanted)).headers.get('location'), '/')
})

const tampered: readonly (readonly [string, (address: URL) => void, RegExp])[] = [
  ['another state', (back) => back.searchParams.set('state', 'other'), /was not completed/],
  ['no state', (back) => back.searchParams.delete('state'), /was not completed/],
  ['another code', (back) => back.searchParams.set('code', 'other'), /was not completed/],
  ['another issuer', (back) => back.searchParams.set('iss', 'http://evil.example'), /was not completed/],
  ['two codes', (back) => back.searchParams.append('code', 'other'), /was not completed/],
]
for (const [what, change, reason] of tampered) {
  test(`${what} in the answer: refused`, async () => {
    await using server = await startOpenIdServer(redirectUri, people)
    await using platform = await signInWith(server.issuer)
    const back = new URL(await agreeAt(server.issuer, await platform.begin(), 'ann1'))
    const code = back.searchParams.get('code') ?? ''
    change(back)
    await refused(await platform.visit(back.href), reason)
    assert.equal(platform.problems.length, 1)
    assert.ok(!platform.problems.join().includes(code))
    assert.equal(await platform.store.findUser('ann'), undefined)
  })
}

for (const [what, name] of [
  ['nonce', 'nonce'],
  ['PKCE challenge', 'code_challenge'],
] as const) {
  test(`a code for another ${what} is refused`, async () => {
    await using server = await startOpenIdServer(redirectUri, people)
    await using platform = await signInWith(server.issuer)
    const away = new URL(await platform.begin())
    assert.ok(away.searchParams.has(name))
    away.searchParams.set(name, 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM')
    await refused(await platform.visit(await agreeAt(server.issuer, away.href, 'ann1')), /was not completed/)
  })
}

test('a code is good once', async () => {
  await using server = await startOpenIdServer(redirectUri, people)
  await using platform = await signInWith(server.issuer)
  const away = await platform.begin()
  const begun = platform.jar.value('bootcast-oidc') ?? ''
  const back = await agreeAt(server.issuer, away, 'ann1')
  assert.equal((await platform.visit(back)).status, 302)
  await refused(await platform.visit(back), /not begun with this browser/)
  platform.jar.set('bootcast-oidc', begun)
  await refused(await platform.visit(back), /was not completed/)
})

test('a sign-in that another browser began, or that took too long, is refused', async () => {
  await using server = await startOpenIdServer(redirectUri, people)
  await using platform = await signInWith(server.issuer)
  const back = await agreeAt(server.issuer, await platform.begin(), 'ann1')
  const victim = new Jar()
  await refused(await platform.visit(back, victim), /not begun with this browser/)
  victim.set('bootcast-oidc', 'bm9uc2Vuc2U')
  await refused(await platform.visit(back, victim), /not begun with this browser/)
  platform.clock.ahead = 10 * 60_000
  await refused(await platform.visit(back), /took too long/)
})

test('who says no at the provider is told so, and nothing of what the address says gets on the page', async () => {
  await using server = await startOpenIdServer(redirectUri, people)
  await using platform = await signInWith(server.issuer)
  const state = new URL(await platform.begin()).searchParams.get('state') ?? ''
  const said = { error: 'access_denied', error_description: '<b>call 0900</b>', iss: server.issuer, state }
  const answer = await platform.visit(`${redirectUri}?${new URLSearchParams(said)}`)
  const text = await answer.text()
  assert.match(text, /was not completed \(access_denied\)\. Begin again/)
  assert.ok(!text.includes('0900'))
})

test('a provider that is away is told, and so is one with another secret for us', async () => {
  const server = await startOpenIdServer(redirectUri, people)
  await using other = await signInWith(server.issuer, { clientSecret: 'another secret' })
  await refused(await other.signIn('ann1'), /was not completed/)
  assert.match(other.problems[0] ?? '', /invalid_client/)
  assert.ok(!other.problems.join().includes('another secret'))
  await using platform = await signInWith(server.issuer)
  const back = await agreeAt(server.issuer, await platform.begin(), 'ann1')
  await server[Symbol.asyncDispose]()
  await refused(await platform.visit(back), /does not answer/, 503)
  await using late = await signInWith(server.issuer)
  const away = await late.visit(`${origin}/sign-in/oidc`)
  await refused(away, /does not answer/, 503)
  assert.match(late.problems[0] ?? '', /could not be asked.*ECONNREFUSED/)
})

/** A whole platform with the options of a provider, of which `ops` publish. */
async function platformWith(issuer: string) {
  const secret = join(tmpdir(), `bootcast-oidc-${process.pid}`)
  await writeFile(secret, `${clientSecret}\n`, { mode: 0o600 })
  const platform = await startWholePlatform([
    ...['--public-url', origin, '--oidc-issuer', issuer, '--oidc-client-id', clientId],
    ...['--oidc-client-secret-file', secret, '--role-of', 'ops=publisher'],
  ]).finally(() => rm(secret))
  const jar = new Jar()
  const visit = (address: string, init?: RequestInit) =>
    jar.fetch(new URL(address.replace(origin, ''), platform.url).href, init)
  return { ...platform, jar, visit }
}

test('a platform with the options of a provider lets people in by it', async () => {
  await using server = await startOpenIdServer(redirectUri, people)
  await using platform = await platformWith(server.issuer)
  const away = await platform.visit('/sign-in/oidc')
  const back = await agreeAt(server.issuer, away.headers.get('location') ?? '', 'ann1')
  const home = await platform.visit(back)
  assert.equal(home.headers.get('location'), '/')
  const me = await platform.visit('/api/v1/me')
  assert.deepEqual(await me.json(), { user: 'ann', role: 'publisher' })
})

test('who has no password here signs the command in: code, provider, page, token', async () => {
  await using server = await startOpenIdServer(redirectUri, people)
  await using platform = await platformWith(server.issuer)
  const { visit } = platform
  const client = createClient({ url: platform.url })
  const begun = await client.call('beginCommandSignIn', { body: { host: 'anns-laptop' } })
  assert.equal(begun.verificationUri, `${origin}/activate`)
  const first = await visit(`/activate?code=${begun.code}`)
  const signIn = await (await visit(first.headers.get('location') ?? '')).text()
  const provider = /href="(\/sign-in\/oidc[^"]*)"/.exec(signIn)?.[1] ?? ''
  const away = await visit(provider.replaceAll('&#38;', '&'))
  const back = await visit(await agreeAt(server.issuer, away.headers.get('location') ?? '', 'ann1'))
  const page = await (await visit(back.headers.get('location') ?? '')).text()
  assert.match(page, /<strong>anns-laptop<\/strong>.* as <strong>ann<\/strong>/)
  const form = { code: begun.code, decision: 'approve' }
  const headers = { origin: platform.url }
  await visit('/activate/command', { method: 'POST', body: new URLSearchParams(form), headers })
  const body = { deviceCode: begun.deviceCode }
  const { token, user, expiresAt } = await client.call('finishCommandSignIn', { body })
  assert.equal(user, 'ann')
  const hours = (Date.parse(expiresAt) - Date.now()) / 3_600_000
  assert.ok(hours > 11.9 && hours <= 12, `${hours} hours`)
  const me = await createClient({ url: platform.url, token }).call('me', {})
  assert.deepEqual(me, { user: 'ann', role: 'publisher' })
})

test('what is sealed comes back as it was, and nothing else opens', () => {
  const sealed = new Sealed<{ readonly a: string }>()
  const text = sealed.seal({ a: 'ü' })
  assert.match(text, /^[\w-]+$/)
  assert.deepEqual(sealed.open(text), { a: 'ü' })
  const broken = Buffer.from(text, 'base64url')
  broken[broken.length - 1] = (broken.at(-1) ?? 0) ^ 1
  const others = [new Sealed().seal({ a: 'ü' }), broken.toString('base64url'), text.slice(0, -8), '', 'x']
  for (const other of others) assert.equal(sealed.open(other), undefined)
})
