import assert from 'node:assert/strict'
import { test } from 'node:test'
import { may, type Role, type Route, roles, routes } from '@bootcast/contract'
import { refusal, rigToken, rigTokenOf, startApiRig, zeroDigest } from '../../testing/api-rig.ts'
import { RequestRate } from './request-rate.ts'

const pathOf = (path: string) => path.replace(':digest', zeroDigest).replace(/:\w+/g, '1')
const bearer = (role: Role) => ({ authorization: `Bearer ${rigTokenOf(role)}` })

for (const role of roles) {
  test(`${role}: each call is let through or refused as the table of permissions says`, async () => {
    await using rig = await startApiRig({ rate: new RequestRate({ perMinute: 10_000 }) })
    const verdicts: Record<string, boolean> = {}
    const wanted: Record<string, boolean> = {}
    for (const [name, route] of Object.entries(routes) as [string, Route][]) {
      const { method, path, who } = route
      const response = await fetch(rig.url + pathOf(path), { method, headers: bearer(role) })
      verdicts[name] = response.status !== 403
      wanted[name] = who === 'anybody' || who === 'user' || may(role, who)
      if (!verdicts[name] && method !== 'HEAD') assert.equal((await refusal(response)).code, 'forbidden')
    }
    assert.deepEqual(verdicts, wanted)
    const [bundle, upload] = await Promise.all([
      fetch(`${rig.url}/api/v1/images/a/releases/1/bundle`, { headers: bearer(role) }),
      fetch(`${rig.url}/api/v1/uploads`, {
        method: 'POST',
        headers: { ...bearer(role), 'tus-resumable': '1.0.0', 'upload-length': '1' },
      }),
    ])
    assert.deepEqual(
      [bundle.status !== 403, upload.status !== 403],
      [may(role, 'images.read'), may(role, 'images.publish')],
    )
  })
}

test('who only boots reaches nothing but what is their own', () => {
  const reached = (Object.entries(routes) as [string, Route][])
    .filter(([, { who }]) => who !== 'anybody' && (who === 'user' || may('user', who)))
    .map(([name]) => name)
  assert.deepEqual(reached.sort(), [
    ...['approveCode', 'changePassword', 'denyCode', 'endSession', 'listSessions', 'me', 'showAccount'],
    ...['showCode', 'signOut'],
  ])
})

test('a refusal says which roles it needs, and is written down', async () => {
  await using rig = await startApiRig()
  const url = `${rig.url}/api/v1/images/demo`
  const { detail } = await refusal(await fetch(url, { method: 'DELETE', headers: bearer('operator') }))
  assert.equal(detail, 'This needs an administrator or a publisher (images.publish); admin is an operator')
  const [noted] = rig.noted
  assert.deepEqual(noted, {
    ...{ who: 'admin', action: 'removeImage', about: '', from: '127.0.0.1', refused: true },
    because: detail,
  })
})

test('a change is written down before it is answered, with what the table tells of it and no more', async () => {
  await using rig = await startApiRig({
    handlers: {
      changeUser: async ({ params }) => ({
        ...{ name: params.name, role: 'viewer', groups: [], source: 'local', disabled: false },
        createdAt: '2026-11-23T12:00:00Z',
      }),
      removeImage: async () => undefined,
    },
  })
  const send = (method: string, path: string, body?: object) =>
    fetch(rig.url + path, {
      method,
      headers: {
        authorization: `Bearer ${rigToken}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
  const change = { role: 'viewer', groups: ['a "b"'], password: 'tiger tiger tiger' }
  assert.equal((await send('PATCH', '/api/v1/users/Zo%C3%AB%20%26%2F', change)).status, 200)
  assert.equal((await send('DELETE', '/api/v1/images/demo')).status, 204)
  assert.equal((await send('DELETE', '/api/v1/machines/525400123456')).status, 404)
  assert.equal((await send('GET', '/api/v1/me')).status, 404)
  assert.deepEqual(
    rig.noted.map(({ action, about }) => [action, about]),
    [
      ['changeUser', 'Zoë &/ role="viewer" groups=["a \\"b\\""]'],
      ['removeImage', 'demo'],
    ],
  )
})

test('a change that cannot be written down is not called done', async () => {
  const audit = { note: () => undefined, noteDurably: () => Promise.reject(new Error('disk away')) }
  await using rig = await startApiRig({ audit, handlers: { removeImage: async () => undefined } })
  const init = { method: 'DELETE', headers: { authorization: `Bearer ${rigToken}` } }
  assert.equal((await refusal(await fetch(`${rig.url}/api/v1/images/demo`, init))).code, 'internal')
})

test('every key that a route tells is one of its body, and none is a secret', () => {
  for (const [name, route] of Object.entries(routes) as [string, Route][]) {
    const { body, told = [] } = route
    const keys = body === undefined || body === 'bytes' ? [] : keysOf(body)
    for (const key of told) assert.ok(keys.includes(key), `${name}: ${key}`)
    assert.ok(!told.some((key) => /password|current|secret|token/i.test(key)), name)
  }
})

/** Those of an object, or of each kind of one. */
function keysOf(schema: object): readonly string[] {
  if ('shape' in schema) return Object.keys(schema.shape as object)
  return 'options' in schema ? (schema.options as readonly object[]).flatMap(keysOf) : []
}

test('who asks too often without being signed in is sent away for a while, others are not', async () => {
  const clock = { at: 0 }
  const rate = new RequestRate({ perMinute: 3, now: () => clock.at })
  await using rig = await startApiRig({ rate })
  const me = (token: string) =>
    fetch(`${rig.url}/api/v1/me`, { headers: { authorization: `Bearer ${token}` } })
  for (let n = 0; n < 3; n++) assert.equal((await me('guess')).status, 401)
  const away = await me('guess')
  assert.deepEqual([away.status, away.headers.get('retry-after')], [429, '60'])
  assert.equal((await fetch(`${rig.url}/api/v1/sign-in`, { method: 'POST' })).status, 429)
  assert.equal((await me(rigToken)).status, 404)
  assert.equal((await fetch(`${rig.url}/healthz`)).status, 200)
  clock.at += 60_000
  assert.equal((await me('guess')).status, 401)
})

test('counting requests takes bounded memory', () => {
  const rate = new RequestRate({ perMinute: 1, capacity: 10 })
  for (let n = 0; n < 1_000; n++) rate.count(`10.0.${n >> 8}.${n & 255}`)
  assert.equal(rate.size, 10)
})
