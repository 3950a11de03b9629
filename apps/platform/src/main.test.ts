import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { createClient } from '@bootcast/contract'
import { runPlatform, startPlatformProcess, usualArguments } from '../testing/platform-process.ts'

async function folder(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'bootcast-main-'))
  t.after(() => rm(dir, { recursive: true, force: true }))
  return dir
}

const passwordIn = (said: string) => /^ {2}password: (\S+)$/m.exec(said)?.[1]

async function signedIn(url: string, password: string) {
  const { token } = await createClient({ url }).call('signIn', { body: { user: 'admin', password } })
  return { token, client: createClient({ url, token }) }
}

test('the first start shows a password that signs in, the second start shows none', async (t) => {
  const dir = await folder(t)
  const first = await startPlatformProcess(dir)
  const password = passwordIn(first.said()) ?? ''
  assert.ok(password.length >= 20, first.said())
  const { token, client } = await signedIn(first.url, password)
  const status = await client.call('status', {})
  assert.ok(status.listening.some(({ service }) => service === 'http'))
  assert.ok(status.missing.some((line) => line.includes('no boot loader')))
  assert.equal((await fetch(`${first.url}/healthz`)).status, 200)
  assert.match(await (await fetch(`${first.url}/boot.ipxe`)).text(), /^#!ipxe\n/)
  const stopping = Date.now()
  assert.equal(await first.stop(), 0)
  assert.ok(Date.now() - stopping < 15_000)
  assert.ok(
    !`${first.said()}`.split(password).slice(2).join('').includes(password),
    'the password stands there once',
  )
  assert.ok(!first.said().includes(token))

  const second = await startPlatformProcess(dir)
  assert.equal(passwordIn(second.said()), undefined)
  assert.deepEqual(await createClient({ url: second.url, token }).call('me', {}), {
    user: 'admin',
    role: 'administrator',
  })
  assert.equal(await second.stop('SIGINT'), 0)
})

test('kill -9 during an upload keeps nothing, and the next start is a usual one', async (t) => {
  const dir = await folder(t)
  const first = await startPlatformProcess(dir)
  const { token } = await signedIn(first.url, passwordIn(first.said()) ?? '')
  const bytes = randomBytes(2_000_000)
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/octet-stream',
    'content-length': bytes.length,
  }
  const upload = request(`${first.url}/api/v1/blobs/${digest}`, { method: 'PUT', headers })
  upload.on('error', () => undefined)
  upload.write(bytes.subarray(0, 1_000_000))
  await delay(200)
  await first.stop('SIGKILL')

  const second = await startPlatformProcess(dir)
  const client = createClient({ url: second.url, token })
  await assert.rejects(client.call('findBlob', { params: { digest } }), { code: 'not_found' })
  const left = await readdir(join(dir, 'data', 'store', 'incoming'))
  assert.deepEqual(left, [])
  const kept = await client.call('putBlob', { params: { digest }, body: bytes, length: bytes.length })
  assert.deepEqual(kept, { digest, size: bytes.length })
  await second.stop()
})

test('a second process on the same data is refused and names the first', async (t) => {
  const dir = await folder(t)
  const first = await startPlatformProcess(dir)
  const second = runPlatform(usualArguments(dir))
  assert.equal(await second.ended, 1)
  assert.match(
    second.said(),
    new RegExp(`Another Bootcast \\(process ${first.child.pid}\\) works on .*--data DIR`),
  )
  await first.stop()
})

test('a port in use is told with what to do', async (t) => {
  const dir = await folder(t)
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  t.after(() => other.close())
  const { port } = other.address() as { port: number }
  const run = runPlatform([...usualArguments(dir), '--listen', `127.0.0.1:${port}`])
  assert.equal(await run.ended, 1)
  assert.match(run.said(), new RegExp(`another program listens on 127.0.0.1:${port}.*--listen`))
})

test('a first start that fails costs no password: the next one shows it', async (t) => {
  const dir = await folder(t)
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  t.after(() => other.close())
  const { port } = other.address() as { port: number }
  assert.equal(await runPlatform([...usualArguments(dir), '--listen', `127.0.0.1:${port}`]).ended, 1)
  const next = await startPlatformProcess(dir)
  await signedIn(next.url, passwordIn(next.said()) ?? '')
  assert.equal(await next.stop(), 0)
})

test('a wrong configuration is told whole, with exit code 2', async () => {
  const run = runPlatform(['--listn', '1', '--tftp-port', 'many'])
  assert.equal(await run.ended, 2)
  assert.match(run.said(), /--listn: there is no such option; did you mean --listen\?/)
  assert.match(run.said(), /tftp-port \(flag --tftp-port\): must be a port/)
})

test('help and version are printed without starting anything', async () => {
  const [help, version] = [runPlatform(['--help']), runPlatform(['--version'])]
  assert.equal(await help.ended, 0)
  assert.match(help.said(), /--dhcp-range A-B/)
  assert.equal(await version.ended, 0)
  assert.match(version.said(), /^bootcast \d+\.\d+\.\d+\n$/)
})

test('the password file makes the administrator, and a changed one takes over', async (t) => {
  const dir = await folder(t)
  const file = join(dir, 'password')
  await writeFile(file, 'correct horse battery\n', { mode: 0o600 })
  const first = await startPlatformProcess(dir, '--admin-password-file', file)
  assert.equal(passwordIn(first.said()), undefined)
  const { token } = await signedIn(first.url, 'correct horse battery')
  await first.stop()

  await writeFile(file, 'staple battery horse\n')
  const second = await startPlatformProcess(dir, '--admin-password-file', file)
  await assert.rejects(createClient({ url: second.url, token }).call('me', {}), { code: 'not_signed_in' })
  await signedIn(second.url, 'staple battery horse')
  await second.stop()

  await chmod(file, 0o644)
  const third = runPlatform([...usualArguments(dir), '--admin-password-file', file])
  assert.equal(await third.ended, 1)
  assert.match(third.said(), /others may read .*chmod 600/)
})

test('kill -9 leaves the timelines of a moment ago, and the boot goes on in its own', async (t) => {
  const dir = await folder(t)
  const first = await startPlatformProcess(dir)
  const { token } = await signedIn(first.url, passwordIn(first.said()) ?? '')
  const ask = (url: string) => fetch(`${url}/boot.ipxe?mac=52:54:00:b0:07:01&platform=efi&buildarch=x86_64`)
  await ask(first.url)
  await delay(2_500)
  await first.stop('SIGKILL')

  const second = await startPlatformProcess(dir)
  await ask(second.url)
  const client = createClient({ url: second.url, token })
  const { items } = await client.call('listBoots', { query: { machine: '52-54-00-B0-07-01' } })
  assert.equal(items.length, 1)
  const { timeline, state } = await client.call('showBoot', { params: { id: items[0]?.id ?? '' } })
  assert.equal(state, 'waiting')
  assert.deepEqual(
    timeline.map(({ kind }) => kind),
    ['asked', 'decided', 'restarted', 'asked', 'decided'],
  )
  await second.stop()
})
