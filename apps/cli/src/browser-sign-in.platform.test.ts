import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { CommandLine } from '../testing/command-line.ts'
import { type RealPlatform, startRealPlatform } from '../testing/real-platform.ts'

const main = join(import.meta.dirname, 'main.ts')
let platform: RealPlatform
let line: CommandLine

before(async () => {
  platform = await startRealPlatform()
  line = await CommandLine.open()
})
after(async () => {
  await line?.[Symbol.asyncDispose]()
  await platform?.[Symbol.asyncDispose]()
})

/** Somebody who is signed in at the pages with a password. */
async function approver() {
  const post = async (path: string, fields: Record<string, string>, cookie = '') =>
    await fetch(platform.url + path, {
      method: 'POST',
      body: new URLSearchParams(fields),
      headers: { origin: platform.url, cookie },
      redirect: 'manual',
    })
  const signedIn = await post('/sign-in', { user: 'admin', password: platform.password })
  const cookie = signedIn.headers.getSetCookie()[0]?.split(';')[0] ?? ''
  return {
    page: async (address: string) => await (await fetch(address, { headers: { cookie } })).text(),
    decide: async (code: string, decision: string) =>
      await (await post('/activate/command', { code, decision }, cookie)).text(),
  }
}

/** The command in a process of its own, as far as its code is shown. */
async function signingIn(...more: readonly string[]) {
  const child: ChildProcess = spawn(process.execPath, [main, 'sign-in', platform.url, '--browser', ...more], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { XDG_CONFIG_HOME: line.dir, XDG_CACHE_HOME: line.dir, PATH: process.env['PATH'] },
  })
  const said = { stdout: '', stderr: '' }
  child.stdout?.on('data', (text) => (said.stdout += text))
  child.stderr?.on('data', (text) => (said.stderr += text))
  while (!said.stderr.includes('\n') && child.exitCode === null) await once(child.stderr ?? child, 'data')
  const [, open = '', code = ''] = /(http\S+\/activate)\W.*?([B-Z]{4}-[B-Z]{4})/.exec(said.stderr) ?? []
  assert.ok(code !== '', said.stderr)
  const ended = async () => {
    if (child.exitCode === null) await once(child, 'close')
    return { exitCode: child.exitCode, ...said }
  }
  return { open, code, child, ended }
}

const whoAmI = async () => {
  const said = await line.run(['whoami', '--json'], { configDir: line.path('bootcast') })
  return said.exitCode === 0 ? JSON.parse(said.stdout) : said.exitCode
}

test('somebody approves the code in a browser, and the command is signed in as them', async () => {
  const [{ page, decide }, command] = await Promise.all([approver(), signingIn()])
  assert.match(await page(`${command.open}?code=${command.code}`), /<strong>admin<\/strong>/)
  assert.match(await decide(command.code, 'approve'), /signs in within seconds/)
  const { exitCode, stdout, stderr } = await command.ended()
  assert.equal(exitCode, 0, stderr)
  assert.match(stdout, /^Signed in to http:\/\/127\.0\.0\.1:\d+ as admin, until /)
  const { user, role, expiresAt } = await whoAmI()
  assert.deepEqual([user, role], ['admin', 'administrator'])
  assert.ok(Date.parse(expiresAt) > Date.now() + 89 * 86_400_000)
  await line.run(['sign-out'], { configDir: line.path('bootcast') })
})

test('what is denied or interrupted signs nobody in', async () => {
  const [{ decide }, denied, interrupted] = await Promise.all([approver(), signingIn('--json'), signingIn()])
  interrupted.child.kill('SIGINT')
  const ended = await interrupted.ended()
  assert.deepEqual([ended.exitCode, ended.stdout], [130, ''])
  assert.match(ended.stderr, /\nError: Interrupted\.\n$/)
  assert.match(await decide(denied.code, 'deny'), /was not signed in/)
  const { exitCode, stdout, stderr } = await denied.ended()
  assert.deepEqual([exitCode, stdout], [3, ''])
  assert.equal(JSON.parse(stderr.split('\n')[1] ?? '').error.code, 'access_denied')
  assert.equal(await whoAmI(), 3)
})
