import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createClient } from '@bootcast/contract'
import { browser } from '../../testing/browser.ts'
import { startWholePlatform } from '../../testing/platform-suite.ts'
import { html } from './html.ts'

test('a person signs in by the page, uses the API by the cookie, and signs out', async () => {
  await using platform = await startWholePlatform()
  const { jar, send, post, signIn } = browser(platform)
  const page = await send('/sign-in?return=/activate%3Fcode%3DA')
  assert.equal(page.status, 200)
  assert.match(await page.text(), /name="return" value="\/activate\?code=A"/)
  const answer = await signIn({ return: '/activate?code=A' })
  assert.deepEqual([answer.status, answer.headers.get('location')], [303, '/activate?code=A'])
  const [cookie = ''] = answer.headers.getSetCookie()
  assert.match(cookie, /^bootcast=bct_[\w-]{43}; Path=\/; Max-Age=43200; HttpOnly; SameSite=Lax$/)
  assert.deepEqual(await (await send('/api/v1/me')).json(), { user: 'admin', role: 'administrator' })
  assert.match(await (await send('/sign-in')).text(), /You are signed in as admin/)
  const token = jar.get('bootcast')
  const out = await post('/sign-out', {})
  assert.deepEqual([out.status, out.headers.get('location'), jar.size], [303, '/sign-in', 0])
  assert.equal((await send('/api/v1/me', { headers: { cookie: `bootcast=${token}` } })).status, 401)
})

test('each sign-in gives another cookie and ends the one before; one that was planted stays worth nothing', async () => {
  await using platform = await startWholePlatform()
  const { jar, send, signIn } = browser(platform)
  jar.set('bootcast', 'bct_planted')
  await signIn()
  const first = jar.get('bootcast')
  await signIn()
  assert.notEqual(jar.get('bootcast'), first)
  for (const old of ['bct_planted', first])
    assert.equal(
      (await fetch(`${platform.url}/api/v1/me`, { headers: { cookie: `bootcast=${old}` } })).status,
      401,
    )
  assert.equal((await send('/api/v1/me')).status, 200)
})

test('with a public address by https the cookie goes by https only', async () => {
  await using platform = await startWholePlatform(['--public-url', 'https://boot.example'])
  const { post } = browser(platform)
  const fields = { user: 'admin', password: 'correct horse battery' }
  const answer = await post('/sign-in', fields, { origin: 'https://boot.example' })
  assert.match(answer.headers.getSetCookie()[0] ?? '', /; Secure$/)
})

test('a wrong password shows the page again with the reason, guesses are locked out, and nothing is set', async () => {
  await using platform = await startWholePlatform()
  const { jar, signIn } = browser(platform)
  const wrong = { user: '"><script>x', password: 'wrong', return: '/activate' }
  for (let n = 0; n < 5; n++) {
    const answer = await signIn(wrong)
    const text = await answer.text()
    assert.equal(answer.status, 401)
    assert.match(text, /<p role="alert">The user or the password is wrong\.<\/p>/)
    assert.match(text, /value="\/activate"/)
    assert.ok(text.includes('value="&#34;&#62;&#60;script&#62;x"') && !text.includes('<script'))
  }
  const locked = await signIn(wrong)
  assert.deepEqual([locked.status, locked.headers.get('retry-after')], [429, '1'])
  assert.equal(jar.size, 0)
})

const foreign: readonly (readonly [string, Record<string, string>])[] = [
  ['another origin', { origin: 'http://evil.example' }],
  ['an origin that is hidden', { origin: 'null' }],
  ['another port', { origin: 'http://127.0.0.1:1' }],
  ['another site, as the browser says', { 'sec-fetch-site': 'cross-site' }],
  ['a neighbour of the same site', { 'sec-fetch-site': 'same-site' }],
]
for (const [what, headers] of foreign) {
  test(`a form of ${what} neither signs in nor out nor changes anything`, async () => {
    await using platform = await startWholePlatform()
    const { jar, send, post, signIn } = browser(platform)
    assert.equal((await signIn()).status, 303)
    const cookie = jar.get('bootcast')
    const fields = { user: 'admin', password: 'correct horse battery' }
    assert.equal((await post('/sign-in', fields, headers)).status, 403)
    assert.equal((await post('/sign-out', {}, headers)).status, 403)
    const body = JSON.stringify({ defaultImage: null })
    const json = { 'content-type': 'application/json', ...headers }
    const change = await send('/api/v1/settings', { method: 'PATCH', headers: json, body })
    assert.equal(change.status, 403)
    assert.equal(((await change.json()) as { code: string }).code, 'cross_site')
    assert.equal(jar.get('bootcast'), cookie)
    const own = { 'content-type': 'application/json', origin: platform.url }
    assert.equal((await send('/api/v1/settings', { method: 'PATCH', headers: own, body })).status, 200)
    assert.equal((await send('/api/v1/me', { headers })).status, 200)
  })
}

test('a change by cookie without any word of where it comes from is refused; a token needs none', async () => {
  await using platform = await startWholePlatform()
  const { jar, signIn } = browser(platform)
  await signIn()
  const init = { method: 'PATCH', body: '{}' }
  const json = { 'content-type': 'application/json' }
  const change = (headers: Record<string, string>) =>
    fetch(`${platform.url}/api/v1/settings`, { ...init, headers: { ...json, ...headers } })
  assert.equal((await change({ cookie: `bootcast=${jar.get('bootcast')}` })).status, 403)
  assert.equal((await change({ authorization: `Bearer ${platform.token}` })).status, 200)
  // Who has a token and a cookie is who the token says.
  const client = createClient({ url: platform.url, token: platform.token })
  const ann = { name: 'ann', role: 'viewer', password: 'twelve letters' } as const
  await client.call('addUser', { body: ann })
  const { token } = await client.call('signIn', { body: { user: 'ann', password: ann.password } })
  const both = { cookie: `bootcast=${jar.get('bootcast')}`, authorization: `Bearer ${token}` }
  const me = await fetch(`${platform.url}/api/v1/me`, { headers: both })
  assert.equal(((await me.json()) as { user: string }).user, 'ann')
})

test('the page runs no script, loads nothing, and is not framed; its own style is allowed', async () => {
  await using platform = await startWholePlatform()
  const page = await fetch(`${platform.url}/sign-in`)
  const policy = page.headers.get('content-security-policy') ?? ''
  for (const part of [
    "default-src 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ])
    assert.ok(policy.includes(part), policy)
  assert.ok(!policy.includes('unsafe'))
  assert.equal(page.headers.get('referrer-policy'), 'same-origin')
  assert.equal(page.headers.get('cache-control'), 'no-store')
})

test('other bodies than forms, and large ones, are refused on the page', async () => {
  await using platform = await startWholePlatform()
  const headers = { origin: platform.url }
  const post = (body: string, type: string) =>
    fetch(`${platform.url}/sign-in`, { method: 'POST', body, headers: { ...headers, 'content-type': type } })
  assert.equal((await post('{}', 'application/json')).status, 400)
  assert.equal((await post(`user=${'a'.repeat(20_000)}`, 'application/x-www-form-urlencoded')).status, 400)
  assert.equal((await post('', 'application/x-www-form-urlencoded')).status, 401)
})

test('values in HTML cannot leave their place', () => {
  const hostile = `"'><script>alert(1)</script>&amp;`
  assert.equal(
    html`<a title="${hostile}">${1}${undefined}${[html`<b>`, html`${'<'}`]}</a>`.text,
    '<a title="&#34;&#39;&#62;&#60;script&#62;alert(1)&#60;/script&#62;&#38;amp;">1<b>&#60;</a>',
  )
})
