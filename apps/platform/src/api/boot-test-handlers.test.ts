import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BootTest } from '@bootcast/catalogue'
import { ApiError, createClient, mostScreenBytes, type Role } from '@bootcast/contract'
import { refusal, rigTokenOf, startApiRig } from '../../testing/api-rig.ts'
import { chunk, header, madeScreen, pngSignature } from '../../testing/made-screen.ts'
import { bootTestHandlers } from './boot-test-handlers.ts'

const screen = madeScreen(720, 400)
const told = { passed: true, seconds: 12, log: 'login: ' }
const params = { name: 'demo', number: 3, firmware: 'uefi' } as const
const path = '/api/v1/images/demo/releases/3/tests/uefi'

/** The API with nothing but the tests of releases. */
async function startRig() {
  const tests = new Map<string, BootTest>()
  const catalogue = {
    recordTest: async (_: unknown, one: BootTest) => void tests.set(one.firmware, one),
    findTest: async (_: unknown, firmware: string) => tests.get(firmware),
  }
  const rig = await startApiRig({ handlers: bootTestHandlers(catalogue) })
  const clientOf = (role: Role) => createClient({ url: rig.url, token: rigTokenOf(role) })
  return { ...rig, tests, client: clientOf('operator'), clientOf }
}

test('the picture of a screen is told beside the log, and is at an address of its own as a picture and nothing else', async () => {
  await using rig = await startRig()
  await rig.client.call('recordTest', { params, body: { ...told, screen: screen.toString('base64') } })
  const { testedAt: _, ...shown } = await rig.client.call('showTest', { params })
  const facts = { firmware: 'uefi', testedBy: 'admin', hasScreen: true, screen: { width: 720, height: 400 } }
  assert.deepEqual(shown, { ...told, ...facts })
  assert.deepEqual(Buffer.from(await rig.client.call('showTestScreen', { params })), screen)
  const { headers } = await fetch(`${rig.url}${path}/screen.png`, {
    headers: { authorization: `Bearer ${rigTokenOf('viewer')}` },
  })
  assert.equal(headers.get('content-type'), 'image/png')
  assert.equal(headers.get('content-length'), String(screen.length))
  assert.equal(headers.get('x-content-type-options'), 'nosniff')
  assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'/)
})

test('a test without a picture says so, and so does one that was never made', async () => {
  await using rig = await startRig()
  await assert.rejects(rig.client.call('showTestScreen', { params }), { code: 'test_not_found' })
  await rig.client.call('recordTest', { params, body: told })
  const { hasScreen, screen: none } = await rig.client.call('showTest', { params })
  assert.deepEqual([hasScreen, none], [false, undefined])
  await assert.rejects(rig.client.call('showTestScreen', { params }), { code: 'screen_not_found' })
})

test('who may not see a release sees no picture of it, and who may only look records none', async () => {
  await using rig = await startRig()
  await rig.client.call('recordTest', { params, body: { ...told, screen: screen.toString('base64') } })
  const call = rig.clientOf('user').call('showTestScreen', { params })
  await assert.rejects(call, (error) => error instanceof ApiError && error.code === 'forbidden')
  const record = rig.clientOf('viewer').call('recordTest', { params, body: told })
  await assert.rejects(record, (error) => error instanceof ApiError && error.code === 'forbidden')
})

/** A PNG of exactly so many bytes. */
function pngOfBytes(count: number): Buffer {
  const around = [pngSignature, header(2, 2), chunk('IEND')]
  const rest = count - 12 - around.reduce((sum, { length }) => sum + length, 0)
  return Buffer.concat([...around.slice(0, 2), chunk('IDAT', Buffer.alloc(rest)), ...around.slice(2)])
}

test('the largest picture is taken, with the longest log; one byte more is not', async () => {
  await using rig = await startRig()
  const record = (bytes: number) =>
    rig.client.call('recordTest', {
      params,
      body: { ...told, log: 'ü'.repeat(60_000), screen: pngOfBytes(bytes).toString('base64') },
    })
  await record(mostScreenBytes)
  assert.equal(rig.tests.get('uefi')?.screen?.length, mostScreenBytes)
  await assert.rejects(record(mostScreenBytes + 3), { code: 'invalid_request', message: /body\.screen/ })
})

const refused: readonly (readonly [string, object, string, RegExp])[] = [
  ['a page', { screen: Buffer.from('<html>').toString('base64') }, 'not_a_screen', /does not begin as one/],
  ['nothing', { screen: '' }, 'not_a_screen', /does not begin as one/],
  ['what is no base64', { screen: '<svg>' }, 'invalid_request', /body\.screen/],
  ['a list', { screen: [1, 2] }, 'invalid_request', /body\.screen/],
  ['three megabytes', { screen: 'A'.repeat(3_000_000) }, 'invalid_request', /larger than this call takes/],
]
for (const [what, more, code, why] of refused)
  test(`no picture, and nothing is recorded: ${what}`, async () => {
    await using rig = await startRig()
    const response = await fetch(rig.url + path, {
      method: 'PUT',
      headers: { authorization: `Bearer ${rigTokenOf('operator')}`, 'content-type': 'application/json' },
      body: JSON.stringify({ ...told, ...more }),
    })
    const found = await refusal(response)
    assert.equal(found.code, code)
    assert.match(found.detail, why)
    assert.equal(rig.tests.size, 0)
  })
