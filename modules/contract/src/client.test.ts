import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiError, createClient, Unreachable } from './client.ts'
import { problems } from './problems.ts'
import { routes } from './routes.ts'

type Sent = { url: string; init: RequestInit }

function platformThatSays(status: number, body: unknown) {
  const sent: Sent[] = []
  const fake: typeof fetch = async (url, init = {}) => {
    sent.push({ url: String(url), init })
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    return new Response(status === 204 ? null : text, { status })
  }
  return { sent, client: createClient({ url: 'http://boot.test:8080/', token: 'T', fetch: fake }) }
}

const machine = {
  mac: '52:54:00:00:00:01',
  architecture: 'x86_64',
  overwriteDisk: false,
  labels: [],
  boots: 'demo 1: the default image',
}

test('a call goes to its path with token, encoded parameters and query', async () => {
  const { client, sent } = platformThatSays(200, { items: [machine] })
  await client.call('listMachines', { query: { limit: 5, after: 'a b&c' } })
  assert.equal(sent[0]?.url, 'http://boot.test:8080/api/v1/machines?limit=5&after=a+b%26c')
  assert.equal(new Headers(sent[0]?.init.headers).get('authorization'), 'Bearer T')
})

test('a parameter cannot leave its place in the path', async () => {
  const { client, sent } = platformThatSays(204, '')
  await client.call('removeImage', { params: { name: '../../etc?x#y' } })
  assert.equal(sent[0]?.url, 'http://boot.test:8080/api/v1/images/..%2F..%2Fetc%3Fx%23y')
})

test('JSON goes out as JSON, and the answer is checked against its schema', async () => {
  const { client, sent } = platformThatSays(200, machine)
  const reply = await client.call('changeMachine', { params: { mac: machine.mac }, body: { image: 'demo' } })
  assert.equal(sent[0]?.init.body, '{"image":"demo"}')
  assert.deepEqual(reply, machine)
})

test('a refusal becomes an ApiError with its code and detail', async () => {
  const problem = {
    type: 'urn:bootcast:problem:image_in_use',
    title: 't',
    status: 409,
    code: 'image_in_use',
    detail: 'used by 2 machines',
  }
  const { client } = platformThatSays(409, problem)
  await assert.rejects(client.call('removeImage', { params: { name: 'demo' } }), (error) => {
    assert.ok(error instanceof ApiError)
    assert.equal(error.code, 'image_in_use')
    assert.equal(error.message, 'used by 2 machines')
    return true
  })
})

for (const [status, code] of [
  [401, 'not_signed_in'],
  [404, 'not_found'],
  [500, 'internal'],
] as const) {
  test(`a HEAD answered with ${status} and no body is an ApiError, not a broken platform`, async () => {
    const { client } = platformThatSays(status, '')
    const digest = `sha256:${'0'.repeat(64)}`
    await assert.rejects(client.call('findBlob', { params: { digest } }), { name: 'ApiError', code })
  })
}

const strangers: readonly (readonly [string, number, unknown])[] = [
  ['a web page with status 200', 200, '<html>'],
  ['a gateway error', 502, 'Bad Gateway'],
  ['JSON of another shape', 200, { mac: 1 }],
]
for (const [what, status, body] of strangers) {
  test(`${what} is not taken for an answer of a platform`, async () => {
    const { client } = platformThatSays(status, body)
    await assert.rejects(client.call('showMachine', { params: { mac: machine.mac } }), Unreachable)
  })
}

test('no answer at all is Unreachable and keeps its cause', async () => {
  const cause = new TypeError('fetch failed')
  const client = createClient({ url: 'http://boot.test', fetch: async () => Promise.reject(cause) })
  await assert.rejects(
    client.call('me', {}),
    (error) => error instanceof Unreachable && error.cause === cause,
  )
})

test('every route stands under /api/v1, and no two are the same', () => {
  const seen = Object.values(routes).map((route) => `${route.method} ${route.path}`)
  assert.equal(new Set(seen).size, seen.length)
  assert.deepEqual(
    seen.filter((route) => !/ \/api\/v1\//.test(route)),
    [],
  )
})

test('every path parameter is declared', () => {
  for (const [name, route] of Object.entries(routes)) {
    const inPath = [...route.path.matchAll(/:(\w+)/g)].map((match) => match[1])
    const declared = 'params' in route ? Object.keys(route.params.shape) : []
    assert.deepEqual(inPath, declared, name)
  }
})

test('every problem has an error status', () => {
  for (const [code, { status }] of Object.entries(problems)) assert.ok(status >= 400 && status < 600, code)
})
