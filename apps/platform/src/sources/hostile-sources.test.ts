import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { forgePassword, forgeUser, startFakeForge } from '../../testing/fake-forge.ts'
import { kernelLike } from '../../testing/platform-suite.ts'
import { SourceFailed } from './image-source.ts'
import { filesAsTar } from './uforge/files-as-tar.ts'
import { UforgeClient } from './uforge/uforge-client.ts'
import { UforgeDirectory } from './uforge/uforge-directory.ts'
import { UforgeSource } from './uforge/uforge-source.ts'

const { signal } = new AbortController()
const files = { 'boot/vmlinuz': kernelLike('x'), 'boot/initrd.img': gzipSync('x') }

async function scene() {
  const forge = await startFakeForge()
  forge.addImage({ name: 'demo', files })
  const account = { user: forgeUser, password: forgePassword }
  const client = new UforgeClient({ url: forge.url, account, documentMs: 1000 })
  const source = new UforgeSource({ client, secrets: [forgePassword] })
  return {
    forge,
    client,
    list: () => source.list(() => true, signal),
    [Symbol.asyncDispose]: forge[Symbol.asyncDispose],
  }
}

const ns = 'xmlns:ns0="http://www.usharesoft.com/uforge"'
/** Answers in the place of the list of images. */
const answers: readonly (readonly [what: string, answer: (response: ServerResponse) => void, why: RegExp])[] =
  [
    [
      'an endless list',
      (response) => {
        const more = () =>
          void (response.writable && response.write('<x/>'.repeat(50_000), () => setImmediate(more)))
        response.write(`<ns0:images ${ns}>`)
        more()
      },
      /more than documents are|not answered within/,
    ],
    [
      'a list that never ends to come',
      (response) => void response.write('<'),
      /not answered within 1 seconds/,
    ],
    [
      'a bomb of entities',
      (response) =>
        void response.end(
          `<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><ns0:images ${ns}>&b;</ns0:images>`,
        ),
      /document type declaration is not read/,
    ],
    ['no XML', (response) => void response.end('<html><br>'), /not understood/],
    ['an error', (response) => void response.writeHead(500).end(), /answers 500/],
    ['a 401', (response) => void response.writeHead(401).end(), /refuses the user/],
    [
      'a redirect to another host',
      (response) => void response.writeHead(302, { location: 'http://169.254.169.254/latest' }).end(),
      /leads to http:\/\/169\.254\.169\.254\. That is not followed/,
    ],
    [
      'a redirect to a file',
      (response) => void response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
      /not followed/,
    ],
    [
      'redirects without end',
      (response) => void response.writeHead(302, { location: '/api/users/guest/images' }).end(),
      /without end/,
    ],
  ]
for (const [what, answer, why] of answers)
  test(`${what} is told, and nothing is taken`, async () => {
    await using at = await scene()
    at.forge.deviation = (_, response, path) => {
      if (!path.endsWith('/images')) return false
      answer(response)
      return true
    }
    await assert.rejects(at.list(), (error: Error) => {
      assert.ok(error instanceof SourceFailed, String(error))
      assert.match(error.message, why)
      assert.ok(!error.message.includes(forgePassword))
      return true
    })
  })

test('a redirect within the forge is followed', async () => {
  await using at = await scene()
  at.forge.deviation = (_, response, path) => {
    if (path !== 'users/guest/pxe') return false
    response.writeHead(307, { location: '/api/users/guest/pxe?again' }).end()
    return true
  }
  assert.equal((await at.list()).length, 1)
})

const bodies: readonly (readonly [
  string,
  (request: IncomingMessage, response: ServerResponse) => void,
  RegExp,
])[] = [
  [
    'shorter than was announced',
    (_, response) =>
      void response.writeHead(200, { 'content-length': 9999 }).write('x', () => response.destroy()),
    /broke off/,
  ],
  [
    'without a length',
    (_, response) => {
      response.write('x')
      response.end()
    },
    /does not say how long/,
  ],
  [
    'packed',
    (_, response) =>
      void response.writeHead(200, { 'content-length': 1, 'content-encoding': 'gzip' }).end('x'),
    /does not say how long/,
  ],
  ['not there', (_, response) => void response.writeHead(404).end(), /answers 404/],
]
for (const [what, body, why] of bodies)
  test(`a file that is ${what} is no file`, async () => {
    await using at = await scene()
    const [offer] = await at.list()
    assert.ok(offer && 'input' in offer)
    at.forge.deviation = (request, response, path) => {
      if (!path.includes('/files/')) return false
      body(request, response)
      return true
    }
    const { bytes } = await offer.input.fetcher(offer.input, signal)
    await assert.rejects(async () => {
      for await (const _ of bytes);
    }, why)
  })

test('bytes other than a checksum says end the tar', async () => {
  const bytes = Buffer.from('content')
  const tar = async (hex: string) => {
    async function* once() {
      yield bytes
    }
    const open = async () => ({ size: bytes.length, bytes: once() })
    for await (const _ of filesAsTar([{ path: 'a', open, sums: [{ algorithm: 'md5', hex }] }], signal));
  }
  await tar(createHash('md5').update(bytes).digest('hex'))
  await assert.rejects(tar('0'.repeat(32)), /other bytes for a than its checksum says/)
})

const files7 = 'https://x/api/users/guest/appliances/5/images/1/files'
const addresses: readonly (readonly [address: string, isTaken: boolean])[] = [
  [`${files7}/boot/vmlinuz`, true],
  [`${files7}/../../../../../../etc/passwd`, false],
  [`${files7}/..%2f..%2fpasswd`, false],
  [`${files7}/a%00b`, false],
  [`${files7}/a%5cb`, false],
  [`${files7}//vmlinuz`, false],
  ['https://x/api/users/guest/appliances/5/images/2/files/vmlinuz', false],
  ['http://169.254.169.254/latest/meta-data', false],
]
for (const [address, isTaken] of addresses)
  test(`a script with the initrd ${address.slice(-40)} is ${isTaken ? 'taken' : 'refused'}`, async () => {
    await using at = await scene()
    at.forge.script = [`:a`, `kernel ${files7}/boot/vmlinuz console=ttyS0`, `initrd ${address}`]
    const [offer] = await at.list()
    assert.equal(offer !== undefined && 'input' in offer, isTaken, JSON.stringify(offer))
  })

test('images in other formats, unfinished, failed and without an entry are told apart', async () => {
  await using at = await scene()
  const format = (name: string) => ({ targetFormat: { name, format: { name } } })
  at.forge.addImage({ name: 'iso', files, more: format('ISO') })
  at.forge.addImage({ name: 'half', files, more: { status: { complete: false, percentage: 50 } } })
  at.forge.addImage({ name: 'failed', files, more: { status: { complete: true, error: true } } })
  assert.deepEqual(
    (await at.list()).map(({ name }) => name),
    ['demo'],
  )
  at.forge.script = ['echo nothing']
  const [offer] = await at.list()
  assert.ok(offer && 'problem' in offer)
  assert.match(offer.problem, /starts nothing of it/)
})

test('users of a forge: who the forge shows their own account, and nobody else', async () => {
  await using forge = await startFakeForge()
  const problems: string[] = []
  const onProblem = (message: string) => problems.push(message)
  const directory = new UforgeDirectory({ name: 'lab', url: `${forge.url}/api`, onProblem, timeoutMs: 2000 })
  assert.deepEqual(await directory.find(forgeUser, forgePassword), {
    ...{ source: 'uforge', name: forgeUser, groups: ['source:lab'] },
    subject: `${forge.url}/api dbId 12`,
  })
  for (const [user, password] of [
    [forgeUser, 'wrong'],
    [forgeUser, ''],
    ['admin\\guest', forgePassword],
    ['other', forgePassword],
  ] as const)
    assert.equal(await directory.find(user, password), undefined)
  forge.isActive = false
  assert.equal(await directory.find(forgeUser, forgePassword), undefined)
  forge.deviation = (request) => request.socket.destroy() !== undefined
  await assert.rejects(directory.find(forgeUser, forgePassword), { code: 'directory_unreachable' })
  assert.equal(problems.length, 1)
})
