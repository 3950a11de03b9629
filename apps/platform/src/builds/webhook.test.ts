import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import { type ApiError, type BuildReport, createClient } from '@bootcast/contract'
import { BuildersFolder, ended } from '../../testing/builds-scene.ts'
import { kernelLike, startWholePlatform } from '../../testing/platform-suite.ts'
import { tarOf } from '../../testing/tar-of.ts'
import { signatureOf } from './webhook.ts'

const secret = 'a secret of the factory'
const made = tarOf({ vmlinuz: kernelLike('factory'), 'initrd.img': 'initrd', 'rootfs.img': 'rootfs' })
const digestOf = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`
const code = (expected: string) => (error: ApiError) => {
  assert.equal(error.code, expected, error.message)
  return true
}

type Asked = {
  readonly build: string
  readonly image: string
  readonly parameters: Record<string, string>
  readonly report: string
  readonly token: string
  readonly job?: string
  readonly cancel?: true
}

/** The other end: a web server that takes jobs and has their output. */
async function startFactory() {
  const asked: { readonly headers: IncomingHttpHeaders; readonly body: string }[] = []
  const state = { status: 202, answer: '{"job":"job-7"}', isSilent: false }
  const server = createServer(async (request, response) => {
    if (request.method === 'GET') {
      if (request.url === '/moved.tar') response.writeHead(302, { location: '/image.tar' }).end()
      else if (request.url === '/image.tar') response.end(made)
      else response.writeHead(404).end()
      return
    }
    asked.push({ headers: request.headers, body: await text(request) })
    if (!state.isSilent) response.writeHead(state.status).end(state.answer)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    asked,
    state,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    last: () => JSON.parse(asked.at(-1)?.body ?? '{}') as Asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}

const opened = new AsyncDisposableStack()
let factory: Awaited<ReturnType<typeof startFactory>>
let at: Awaited<ReturnType<typeof startWholePlatform>>

before(async () => {
  const folder = opened.use(await BuildersFolder.make())
  factory = opened.use(await startFactory())
  await writeFile(folder.path('secret'), `${secret}\n`, { mode: 0o600 })
  const webhook = { webhook: `${factory.url}/build`, secretFile: 'secret', parameters: { SUITE: {} } }
  const builders = {
    factory: webhook,
    late: { ...webhook, timeoutSeconds: 1 },
    nobody: { ...webhook, webhook: 'http://127.0.0.1:9/build' },
  }
  at = opened.use(await startWholePlatform(await folder.write(builders)))
})
after(() => opened.disposeAsync())

/** What the factory says, as it would: nobody is signed in. */
const report = (asked: Asked, said: Omit<BuildReport, 'token'>, token = asked.token) =>
  createClient({ url: at.url }).call('reportBuild', { params: { id: asked.build }, body: { token, ...said } })

async function start(builder = 'factory') {
  const parameters = { SUITE: 'sid' }
  await at.client.call('setBuildPlan', { params: { name: builder }, body: { builder, parameters } })
  const before = factory.asked.length
  const build = await at.client.call('startBuild', { params: { name: builder }, body: {} })
  while (builder !== 'nobody' && factory.asked.length === before) await new Promise(setImmediate)
  return build
}

test('a webhook is asked with a signature, reports, and what it made is published', async () => {
  const build = await start()
  const { headers, body } = factory.asked.at(-1) ?? { headers: {}, body: '' }
  const signature = String(headers['bootcast-signature'])
  const seconds = Number(/^t=(\d+),v1=[0-9a-f]{64}$/.exec(signature)?.[1])
  assert.ok(Math.abs(Date.now() / 1000 - seconds) < 300)
  assert.equal(signature, signatureOf(secret, seconds, body))
  const asked = factory.last()
  assert.deepEqual([asked.build, asked.image, asked.parameters], [build.id, 'factory', { SUITE: 'sid' }])
  assert.equal(asked.report, `${at.url}/api/v1/builds/${build.id}/report`)
  await report(asked, { percent: 33.4, note: 'in\u001b[2J pieces', log: 'first\n' })
  await report(asked, { log: 'second\u0000\n' })
  const now = await at.client.call('showBuild', { params: { id: build.id } })
  assert.deepEqual(
    [now.state, now.percent, now.note, now.job],
    ['running', 33, 'in\u{fffd}[2J pieces', 'job-7'],
  )
  const log = await at.client.call('showBuildLog', { params: { id: build.id }, query: {} })
  assert.equal(log.text, 'first\nsecond\u{fffd}\n')
  await report(asked, { output: { url: `${factory.url}/image.tar`, digest: digestOf(made) } })
  const done = await ended(at.client, build)
  assert.deepEqual([done.state, done.release], ['done', 1], done.problem?.detail)
  await assert.rejects(report(asked, { percent: 1 }), code('build_token_refused'))
})

test('who has not the token of the build reports nothing', async () => {
  const build = await start()
  const asked = factory.last()
  const output = { url: `${factory.url}/image.tar`, digest: digestOf(made) }
  for (const token of ['', 'x', asked.token.slice(1), `${asked.token}x`])
    await assert.rejects(report(asked, { output }, token), code('build_token_refused'))
  const other = { ...asked, build: '0123456789ab' }
  await assert.rejects(report(other, { output }), code('build_token_refused'))
  await at.client.call('cancelBuild', { params: { id: build.id } })
})

test('an output of another place, or of other bytes, is not published', async () => {
  const elsewhere = ['https://elsewhere.example/image.tar', 'file:///etc/passwd', at.url]
  const build = await start()
  const asked = factory.last()
  for (const url of elsewhere)
    await assert.rejects(report(asked, { output: { url, digest: digestOf(made) } }), code('address_refused'))
  await report(asked, { output: { url: `${factory.url}/image.tar`, digest: digestOf(Buffer.from('x')) } })
  const output = { url: `${factory.url}/image.tar`, digest: digestOf(made) }
  const ending = await ended(at.client, build)
  assert.deepEqual([ending.state, ending.problem?.code], ['failed', 'blob_corrupt'])
  for (const [path, words] of [['/moved.tar', /status 302/] as const, ['/none', /status 404/] as const]) {
    const next = await start()
    await report(factory.last(), { output: { ...output, url: factory.url + path } })
    const { problem } = await ended(at.client, next)
    assert.equal(problem?.code, 'build_output_unusable')
    assert.match(problem.detail, words)
  }
})

test('a job that fails, is not taken or takes too long is told as that', async () => {
  const failing = await start()
  await report(factory.last(), { failed: 'no space\nleft' })
  const told = (await ended(at.client, failing)).problem
  assert.deepEqual([told?.code, told?.detail], ['build_failed', 'no space left'])

  factory.state.status = 503
  factory.state.answer = 'we are\nclosed'
  const refused = await ended(at.client, await start())
  assert.match(refused.problem?.detail ?? '', /answers with status 503: we are closed/)
  factory.state.status = 202
  factory.state.answer = 'taken, and this is no JSON'
  const late = await ended(at.client, await start('late'))
  assert.equal(late.problem?.code, 'build_timed_out')
  const nobody = await ended(at.client, await start('nobody'))
  assert.equal(nobody.problem?.code, 'build_failed')
})

test('the other end is told when nobody waits any more', async () => {
  factory.state.answer = '{"job":"job-8"}'
  const build = await start()
  const known = async () => (await at.client.call('showBuild', { params: { id: build.id } })).job
  while ((await known()) === undefined) await new Promise(setImmediate)
  await at.client.call('cancelBuild', { params: { id: build.id } })
  assert.deepEqual(factory.last(), { build: build.id, cancel: true, job: 'job-8' })
})

test('so is one that was asked and has not answered yet', async () => {
  factory.state.isSilent = true
  const build = await start()
  factory.state.isSilent = false
  await at.client.call('cancelBuild', { params: { id: build.id } })
  assert.deepEqual(factory.last(), { build: build.id, cancel: true })
})
