import assert from 'node:assert/strict'
import { test } from 'node:test'
import { routes } from '@bootcast/contract'
import fc from 'fast-check'
import { rawExchange } from '../testing/api-rig.ts'
import { startWholePlatform } from '../testing/platform-suite.ts'

/** A longer run: BOOTCAST_FUZZ_RUNS=1000000 node --test apps/platform/src/http-fuzz.test.ts */
const numRuns = Number(process.env['BOOTCAST_FUZZ_RUNS'] ?? 600)

const method = fc.constantFrom('GET', 'PUT', 'POST', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE', 'BREW')
const digest = `sha256:${'0'.repeat(64)}`
const bootPaths = [
  '/boot.ipxe',
  '/boot.ipxe?mac=52:54:00:00:00:01',
  '/autoexec.ipxe',
  '/loaders/a.efi',
  `/b/${'A'.repeat(22)}/files/${'0'.repeat(64)}/a`,
  `/b/${'A'.repeat(22)}/session/check`,
  `/b/${'A'.repeat(22)}/documents/x/`,
]
const apiPaths = Object.values(routes).map(({ path }) =>
  path.replace(':digest', digest).replace(/:\w+/g, 'demo'),
)
const path = fc.oneof(
  fc.constantFrom(
    ...apiPaths,
    ...bootPaths,
    '/healthz',
    '/',
    '*',
    '//',
    '/%00',
    '/files/../..',
    '/boot.ipxe?mac=',
  ),
  fc.string({ maxLength: 60 }).map((query) => `/boot.ipxe?mac=52:54:00:00:00:02&serial=${query}`),
  fc.string({ maxLength: 60 }),
)
const header = fc.constantFrom(
  'Content-Type: application/json',
  'Content-Type: application/octet-stream',
  'Content-Length: 7',
  'Content-Length: -1',
  'Transfer-Encoding: chunked',
  'Expect: 100-continue',
  'Upgrade: websocket',
  'Range: bytes=0-',
  'Range: bytes=9-1,-0,a-b',
  'If-None-Match: *',
)
const body = fc.oneof(
  fc.json(),
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.constant('7\r\n{"a":1}\r\n0\r\n\r\n'),
  fc.constant('{"image":null,"defaultImage":"x"}'),
)

test('whatever bytes arrive, the platform answers without failing and lives on', async () => {
  await using platform = await startWholePlatform()
  const port = Number(new URL(platform.url).port)
  const request = fc
    .tuple(method, path, fc.boolean(), fc.array(header, { maxLength: 4 }), body)
    .map(([verb, target, isSignedIn, headers, rest]) => {
      const token = isSignedIn ? [`Authorization: Bearer ${platform.token}`] : []
      return [`${verb} ${target} HTTP/1.1`, 'Host: localhost', ...token, ...headers, '', rest].join('\r\n')
    })
  const bytes = fc.oneof(
    { weight: 4, arbitrary: request },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 300 }) },
  )
  await fc.assert(
    fc.asyncProperty(bytes, async (sent) => {
      // Signing out would turn what follows into a test of refusals.
      fc.pre(!sent.includes('/api/v1/sign-out'))
      assert.doesNotMatch(await rawExchange(port, sent), /^HTTP\/1.1 5/m)
    }),
    { numRuns },
  )
  assert.equal((await fetch(`${platform.url}/healthz`)).status, 200)
  assert.equal((await platform.client.call('me', {})).user, 'admin')
  assert.deepEqual(
    platform.logged.filter((line) => line.includes('"level":"error"')),
    [],
  )
})
