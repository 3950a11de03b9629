import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rawExchange } from '../../../testing/api-rig.ts'
import { signedPath } from '../credentials.ts'
import { uforgeNamespace } from '../documents/xml-type.ts'
import { password } from '../testing/forge-rig.ts'
import { forge, imageDocument, keyDocument, said, told } from '../testing/forge-suite.ts'
import { listed } from '../testing/published-client.ts'
import { readStrictly } from '../testing/strict-document.ts'

test('wrong signatures are refused, and a signed address is for one address alone', async () => {
  await using rig = await forge()
  const client = await rig.client('viewer')
  const made = await client.call('POST', 'users/viewer/apikeys', keyDocument('ci'))
  const pair = { publicKey: told(made, 'publicKey'), secretKey: told(made, 'secretKey') }
  const right = signedPath('users/viewer/images?count=1', pair)
  const status = async (path: string) => (await fetch(`${rig.url}/${path}`)).status
  // There is no time in a signature, so an address may be repeated, as with UForge.
  assert.deepEqual([await status(right), await status(right)], [200, 200])
  const wrong = [
    right.replace('count=1', 'count=9'),
    right.replace('/images', '/appliances'),
    right.replace(/signature=.*/, 'signature=AAAAAAAAAAAAAAAAAAAAAAAAAAA%3D'),
    right.replace(/&signature=.*/, ''),
    `${right}&count=9`,
    right.replace(pair.publicKey, 'other'),
    signedPath('users/viewer/images', { ...pair, secretKey: 'x' }),
  ]
  for (const path of wrong) assert.equal(await status(path), 401, path)
  assert.equal(await status(signedPath('status', { publicKey: 'x', secretKey: 'y' })), 200)
})

test('a key of a download is good once, for its release, while its user may have it', async () => {
  await using rig = await forge()
  const client = await rig.client('viewer')
  const [newest, older] = await client.images()
  const uri = told(newest, 'downloadUri')
  const key = uri.split('downloadId=')[1] ?? ''
  const get = async (path: string, method = 'GET') => {
    const response = await fetch(`${rig.url}/${path}`, { method })
    const text = await response.text()
    if (method === 'GET' && response.status !== 200) rig.documents.push(text)
    return [response.status, response.headers.get('content-length'), text.slice(0, 30)]
  }
  const length = String(rig.bundle.length)
  assert.deepEqual(await get(uri, 'HEAD'), [200, length, ''])
  assert.equal((await get(`${told(older, 'uri')}/downloads?downloadId=${key}`))[0], 403)
  const both = await Promise.all([get(uri), get(uri)])
  assert.deepEqual(both.map(([status]) => status).sort(), [200, 403])
  assert.deepEqual(
    both.find(([status]) => status === 200),
    [200, length, rig.bundle.toString().slice(0, 30)],
  )
  assert.equal((await get(uri))[0], 403)
  assert.equal((await get(uri, 'HEAD'))[0], 403)
  for (const wrong of ['', 'x', `${key}x`, '%00', 'x'.repeat(9_000)])
    assert.equal((await get(`${uri.split('?')[0]}?downloadId=${wrong}`))[0], 403, wrong)
  assert.equal((await get(`${told(newest, 'uri')}/downloads`))[0], 401)
  const named = await client.send('GET', `${told(newest, 'uri')}/downloads/demo-2.pxe`)
  assert.deepEqual([named.status, await named.text()], [200, rig.bundle.toString()])
  const [again] = await client.images()
  await rig.users.changeUser('viewer', { disabled: true }, 1)
  assert.equal((await get(told(again, 'downloadUri')))[0], 403)
})

test('a key is not used up by an address where its release is not', async () => {
  await using rig = await forge()
  const client = await rig.client('viewer')
  const uri = told((await client.images())[0], 'downloadUri')
  const status = async (path: string) => (await fetch(`${rig.url}/${path}`)).status
  const wrong = uri.replace(/appliances\/\d+/, 'appliances/999')
  assert.notEqual(wrong, uri)
  assert.deepEqual([await status(wrong), await status(uri)], [404, 200])
})

test('a page of another site changes nothing with the password that a browser remembers', async () => {
  await using rig = await forge()
  const client = await rig.client('publisher')
  const uri = told(await client.call('POST', 'users/publisher/apikeys', keyDocument('mine')), 'uri')
  const authorization = `Basic ${Buffer.from(`publisher:${password}`).toString('base64')}`
  const ask = async (method: string, path: string, site: string) => {
    const headers = { authorization, 'sec-fetch-site': site }
    const body = method === 'POST' ? keyDocument('ci') : null
    const response = await fetch(`${rig.url}/${path}`, { method, headers, body })
    const text = await response.text()
    if (text !== '') rig.documents.push(text)
    return [response.status, text === '' ? '' : readStrictly(text).name]
  }
  for (const site of ['cross-site', 'same-site']) {
    assert.deepEqual(await ask('POST', 'users/publisher/apikeys', site), [403, 'uforgeError'])
    assert.deepEqual(await ask('DELETE', uri, site), [403, 'uforgeError'])
    assert.equal((await ask('GET', 'users/publisher', site))[0], 200)
  }
  assert.equal((await ask('POST', 'users/publisher/apikeys', 'same-origin'))[0], 201)
  assert.deepEqual(await ask('DELETE', uri, 'none'), [204, ''])
})

test('nobody is told apart: no credentials, wrong ones and unknown users get a challenge', async () => {
  await using rig = await forge()
  const ask = async (authorization?: string) => {
    const response = await fetch(
      `${rig.url}/users/viewer`,
      authorization === undefined ? {} : { headers: { authorization } },
    )
    const text = await response.text()
    rig.documents.push(text)
    return [
      readStrictly(text).name,
      response.status,
      response.headers.get('www-authenticate'),
      response.headers.get('content-type'),
    ]
  }
  const refused = ['uforgeError', 401, 'Basic realm="Bootcast"', 'application/xml']
  for (const wrong of [undefined, 'Basic viewer:wrong', 'Basic nobody:wrong', 'Bearer x', 'Basic !'])
    assert.deepEqual(await ask(wrong), refused)
  assert.deepEqual(await ask(`Basic viewer:${password}`), ['user', 200, null, 'application/xml'])
})

const bomb = `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">${Array.from({ length: 9 }, (_, n) => `<!ENTITY ${String.fromCharCode(98 + n)} "${`&${String.fromCharCode(97 + n)};`.repeat(10)}">`).join('')}]><n:apiKeyPair xmlns:n="${uforgeNamespace}"><name>&j;</name></n:apiKeyPair>`
const hostile = {
  'a bomb': [bomb, /document type declaration/],
  'an external entity': [
    `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><n:apiKeyPair xmlns:n="${uforgeNamespace}"><name>&e;</name></n:apiKeyPair>`,
    /document type declaration/,
  ],
  'no XML': ['{"name":"ci"}', /line 1/],
  'no UTF-8': [Buffer.from([0xff, 0xfe, 0x3c]), /cannot be read/],
  'another root': [imageDocument, /<image>, not <apiKeyPair>/],
  'a long name': [keyDocument('x'.repeat(201)), /at most 200/],
  nothing: ['', /./],
} as const

test('what is hostile is refused with the reason, and nothing is kept', async () => {
  await using rig = await forge()
  const client = await rig.client('viewer')
  for (const [name, [document, words]] of Object.entries(hostile))
    await assert.rejects(
      client.call('POST', 'users/viewer/apikeys', document as string),
      said(400, words),
      name,
    )
  assert.equal(listed(await client.get('users/viewer/apikeys'), 'apiKeyPairs').length, 0)
})

test('what hammr sends is read: another prefix and xsi:type on every element', async () => {
  await using rig = await forge()
  const client = await rig.client('viewer')
  const document = `<ns1:apiKeyPair xmlns:ns1="${uforgeNamespace}" xmlns:ns2="http://www.w3.org/2001/XMLSchema"
    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="ns1:APIKeyPair"><name xsi:type="ns2:string">ci</name>
    <later xsi:type="ns1:Later"><x/></later></ns1:apiKeyPair>`
  assert.equal(told(await client.call('POST', 'users/viewer/apikeys', document), 'name'), 'ci')
})

const basic = `Authorization: Basic ${Buffer.from(`viewer:${password}`).toString('base64')}`
const post = (...lines: string[]) =>
  [
    'POST /api/users/viewer/apikeys HTTP/1.1',
    'Host: h',
    'Content-Type: application/xml',
    'Connection: close',
    ...lines,
    '',
    '',
  ].join('\r\n')

test('a body of 10 MB is refused at its announcement, a chunked one at its 256th KiB, a slow one after its time', async () => {
  await using rig = await forge()
  const client = await rig.client('viewer')
  await client.get('users/viewer')
  const announced = post(basic, 'Content-Length: 10485760', 'Expect: 100-continue')
  const answer = await rawExchange(rig.port, announced, { end: false })
  assert.match(answer, /^HTTP\/1\.1 400 .*application\/xml.*at most 256 KiB/s)
  const sending = client.call('POST', 'users/viewer/apikeys', 'x'.repeat(10_485_760))
  await assert.rejects(sending, said(400, /at most 256 KiB/))
  const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`
  const head = post(basic, 'Transfer-Encoding: chunked')
  const chunked = await rawExchange(rig.port, head + chunk.repeat(5), { end: false })
  assert.match(chunked, /^HTTP\/1\.1 400 .*uforgeError/s)
  // Who sends on is cut off, and may not get to read the answer.
  await rawExchange(rig.port, head + chunk.repeat(160), { end: false }).catch(() => undefined)
  const stranger = await rawExchange(rig.port, post('Content-Length: 10485760'), { end: false })
  assert.match(stranger, /^HTTP\/1\.1 401 .*uforgeError/s)
  assert.equal(await rawExchange(rig.port, `${post(basic, 'Content-Length: 100')}<n`, { end: false }), '')
})
