import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { TestPlatform } from '../site/processes.ts'
import { newProfile, noBrowser, openBrowser, type Person, signIn } from './browser.ts'

/** Another port is the same site for cookies, and another origin; another name is both another. */
const strangers = ['127.0.0.1', 'localhost'] as const

const cookieOf = async (profile: BrowserContext) =>
  (await profile.cookies()).find(({ name }) => name === 'bootcast')?.value

describe('a page of somebody else', { skip: noBrowser }, () => {
  let platform: TestPlatform
  let admin: Person
  let browser: Browser
  let elsewhere: Server
  let page: Page

  before(async () => {
    platform = await TestPlatform.start()
    admin = { url: platform.url, user: 'admin', password: platform.password }
    browser = await openBrowser()
    elsewhere = createServer((request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' })
      response.end(decodeURIComponent(request.url?.split('?')[1] ?? ''))
    }).listen(0)
    await once(elsewhere, 'listening')
    page = await (await newProfile(browser)).newPage()
    await signIn(page, admin)
  })
  after(async () => {
    await browser?.close()
    elsewhere?.close()
    await platform?.[Symbol.asyncDispose]()
  })

  /** A page of theirs with this in it, in a browser where an administrator is signed in. */
  async function foreignPage(host: string, html: string): Promise<void> {
    const { port } = elsewhere.address() as AddressInfo
    await page.goto(
      `http://${host}:${port}/?${encodeURIComponent(`<!doctype html><h1>elsewhere</h1>${html}`)}`,
    )
  }

  const isSignedIn = async (page: Page): Promise<boolean> => {
    const cookie = await cookieOf(page.context())
    const headers = { cookie: `bootcast=${cookie}` }
    return (await fetch(`${platform.url}/api/v1/me`, { headers })).ok
  }

  const forms = [
    { what: 'signs nobody out', path: '/sign-out', fields: {} },
    { what: 'signs nobody in', path: '/sign-in', fields: { user: 'mallory', password: 'x'.repeat(12) } },
    { what: 'approves no code', path: '/activate', fields: { code: 'KQTF-RXMP', decision: 'approve' } },
    {
      what: 'approves no command',
      path: '/activate/command',
      fields: { code: 'KQTF-RXMP', decision: 'approve' },
    },
  ] as const
  for (const host of strangers) {
    for (const { what, path, fields } of forms) {
      test(`at ${host} ${what} by a form`, async () => {
        const inputs = Object.entries(fields).map(
          ([name, value]) => `<input name="${name}" value="${value}">`,
        )
        await foreignPage(
          host,
          `<form method="post" action="${platform.url}${path}">${inputs.join('')}<button>Win</button></form>`,
        )
        const before = await cookieOf(page.context())
        const [answer] = await Promise.all([
          page.waitForResponse((response) => response.url() === platform.url + path),
          page.getByRole('button', { name: 'Win' }).click(),
        ])
        // Without the cookie, which this browser sends to no other site, the page asks for a sign-in.
        assert.ok([403, 303].includes(answer.status()), `${answer.status()}`)
        if (answer.status() === 303)
          assert.match((await answer.allHeaders())['location'] ?? '', /^\/sign-in\?return=/)
        assert.equal(await cookieOf(page.context()), before)
        assert.ok(await isSignedIn(page))
      })
    }

    test(`at ${host} changes nothing by a call, and reads nothing`, async () => {
      await foreignPage(host, '')
      const body = JSON.stringify({ name: 'mallory', password: 'x'.repeat(12), role: 'administrator' })
      const seen = await page.evaluate(
        async ({ url, body }) => {
          const send = async (init: RequestInit, path = '/api/v1/users') => {
            const answer = await fetch(url + path, { credentials: 'include', ...init }).catch(String)
            return typeof answer === 'string' ? answer : `${answer.type} ${await answer.text()}`
          }
          const headers = { 'content-type': 'application/json' }
          return [
            await send({ method: 'POST', mode: 'no-cors', body, headers: { 'content-type': 'text/plain' } }),
            await send({ method: 'POST', body, headers }),
            await send({ method: 'DELETE' }, '/api/v1/users/admin'),
            await send({}, '/api/v1/me'),
            await send({ mode: 'no-cors' }, '/api/v1/me'),
            await send({ mode: 'no-cors' }, '/api/v1/boots/events'),
          ]
        },
        { url: platform.url, body },
      )
      for (const text of seen) assert.doesNotMatch(text, /admin|mallory/)
      const { items } = await platform.client.call('listUsers', { query: {} })
      assert.deepEqual(
        items.map(({ name }) => name),
        ['admin'],
      )
    })
  }

  test('has none of ours in a frame', async () => {
    const paths = ['/', '/sign-in', '/activate', '/images', '/no-such-page']
    const frames = paths.map((path) => `<iframe name="${path}" src="${platform.url}${path}"></iframe>`)
    await foreignPage('127.0.0.1', frames.join(''))
    await page.waitForLoadState('load')
    const shown = page.frames().slice(1)
    assert.equal(shown.length, paths.length)
    for (const frame of shown) {
      assert.equal(await frame.locator('#console, form, noscript').count(), 0, frame.name())
      assert.match(frame.url(), /^chrome-error:/, frame.name())
    }
  })

  const targets = [
    'https://evil.example/',
    '//evil.example/',
    '/\\evil.example/',
    '/%09/evil.example',
    '/\t/evil.example',
    '/..//evil.example',
    'javascript:alert(1)',
    'data:text/html,x',
    '/sign-in/../..//evil.example',
  ] as const
  test('is not where a sign-in leads', async () => {
    for (const target of targets) {
      const answer = await fetch(`${platform.url}/sign-in`, {
        method: 'POST',
        headers: { origin: platform.url },
        body: new URLSearchParams({ user: admin.user, password: admin.password, return: target }),
        redirect: 'manual',
      })
      assert.equal(answer.status, 303, target)
      // Node reads addresses as browsers do (URL standard).
      const place = new URL(answer.headers.get('location') ?? '', platform.url)
      assert.equal(place.origin, platform.url, target)
    }
  })

  test('chooses no session for who signs in, and the session before a sign-in ends with it', async () => {
    const profile = await newProfile(browser)
    const chosen = `bct_${'A'.repeat(43)}`
    await profile.addCookies([{ name: 'bootcast', value: chosen, url: platform.url }])
    const page = await profile.newPage()
    await signIn(page, admin)
    const first = await cookieOf(profile)
    assert.notEqual(first, chosen)
    await signIn(page, admin)
    const second = await cookieOf(profile)
    assert.notEqual(second, first)
    const status = async (cookie: string | undefined) =>
      (await fetch(`${platform.url}/api/v1/me`, { headers: { cookie: `bootcast=${cookie}` } })).status
    assert.deepEqual([await status(chosen), await status(first), await status(second)], [401, 401, 200])
    await profile.close()
  })
})
