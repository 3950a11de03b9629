import assert from 'node:assert/strict'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import { CommandLine } from '../testing/command-line.ts'
import { fakeToken, startFakePlatform } from '../testing/fake-platform.ts'

const signInArgs = (url: string) => ['sign-in', url, '--user', 'admin', '--password-stdin']

test('a sign-in is kept, and later commands use it', async () => {
  await using platform = await startFakePlatform()
  await using line = await CommandLine.open()
  const signedIn = await line.run(signInArgs(platform.url), { stdin: 'pass word\n' })
  assert.equal(signedIn.exitCode, 0, signedIn.stderr)
  assert.match(signedIn.stdout, /^Signed in to http:\/\/127\.0\.0\.1:\d+ as admin, until 20/)
  assert.deepEqual(platform.calls[0]?.body, { user: 'admin', password: 'pass word' })
  const whoami = await line.run(['whoami', '--json'])
  assert.deepEqual(JSON.parse(whoami.stdout), {
    url: platform.url,
    user: 'admin',
    role: 'administrator',
    expiresAt: '2030-01-01T00:00:00Z',
    others: [],
  })
  assert.equal(platform.calls.at(-1)?.token, fakeToken)
})

test('the password comes from a file, without its last line end', async () => {
  await using platform = await startFakePlatform()
  await using line = await CommandLine.open()
  await writeFile(line.path('password'), ' secret \r\n')
  await line.run(['sign-in', `${platform.url}/`, '-u', 'admin', '--password-file', line.path('password')])
  assert.deepEqual(platform.calls[0]?.body, { user: 'admin', password: ' secret ' })
})

test('a wrong password is told, and nothing is kept', async () => {
  await using platform = await startFakePlatform({ signIn: () => ({ refuse: 'sign_in_failed' }) })
  await using line = await CommandLine.open()
  const said = await line.run(signInArgs(platform.url), { stdin: 'wrong' })
  assert.deepEqual(said, { exitCode: 3, stdout: '', stderr: 'Error: User or password is wrong.\n' })
  await assert.rejects(readFile(line.path('config/credentials.json')), { code: 'ENOENT' })
})

test('the token never shows', async () => {
  await using platform = await startFakePlatform()
  await using line = await CommandLine.open()
  const said = [
    await line.run([...signInArgs(platform.url), '--json'], { stdin: 'x' }),
    await line.run(['whoami']),
    await line.run(['sign-out']),
  ]
  for (const { exitCode, stdout, stderr } of said) {
    assert.equal(exitCode, 0)
    assert.ok(!`${stdout}${stderr}`.includes(fakeToken))
  }
})

test('of several platforms one is current, and --platform names another', async () => {
  await using one = await startFakePlatform()
  await using two = await startFakePlatform()
  await using line = await CommandLine.open()
  for (const { url } of [one, two]) await line.run(signInArgs(url), { stdin: 'x' })
  const urlOf = async (...args: string[]) => JSON.parse((await line.run([...args, '--json'])).stdout).url
  assert.equal(await urlOf('whoami'), two.url)
  assert.equal(await urlOf('whoami', '--platform', one.url), one.url)
  assert.equal(await urlOf('use', one.url), one.url)
  assert.equal(await urlOf('whoami'), one.url)
})

test('a stored token goes to no other platform', async () => {
  await using one = await startFakePlatform()
  await using two = await startFakePlatform()
  await using line = await CommandLine.open()
  await line.run(signInArgs(one.url), { stdin: 'x' })
  const said = await line.run(['whoami', '--platform', two.url])
  assert.equal(said.exitCode, 3)
  assert.match(said.stderr, /not signed in to .*\n {2}To do: Sign in:/)
  assert.deepEqual(two.calls, [])
})

test('the environment goes before the stored sign-in', async () => {
  await using platform = await startFakePlatform({
    changeSettings: ({ body }) => ({ menuDefault: 'code', menuSeconds: 60, ...(body as object) }),
  })
  await using line = await CommandLine.at(platform.url)
  const said = await line.run(['whoami'])
  assert.match(said.stdout, /token +from BOOTCAST_TOKEN/)
  await mkdir(line.path('config'))
  await writeFile(line.path('config/credentials.json'), 'broken')
  assert.equal((await line.run(['image', 'default', '--none'])).exitCode, 0)
})

test('after signing out the token is ended there and gone here', async () => {
  await using platform = await startFakePlatform()
  await using line = await CommandLine.open()
  await line.run(signInArgs(platform.url), { stdin: 'x' })
  assert.equal((await line.run(['sign-out'])).exitCode, 0)
  assert.equal(platform.calls.at(-1)?.route, 'signOut')
  assert.equal((await line.run(['whoami'])).exitCode, 3)
})

test('signing out while the platform is away forgets the token and says what that means', async () => {
  const platform = await startFakePlatform()
  await using line = await CommandLine.open()
  await line.run(signInArgs(platform.url), { stdin: 'x' })
  await platform[Symbol.asyncDispose]()
  const said = await line.run(['sign-out'])
  assert.equal(said.exitCode, 1)
  assert.match(said.stderr, /could not be told/)
  assert.equal((await line.run(['whoami'])).exitCode, 3)
})

const wrongAddresses = [
  'boot.example:8080',
  'ftp://boot.example',
  'http://u:p@boot.example',
  'http://h/?x',
  '',
]
for (const address of wrongAddresses) {
  test(`${JSON.stringify(address)} is no address of a platform`, async () => {
    await using line = await CommandLine.open()
    const said = await line.run(signInArgs(address), { stdin: 'x' })
    assert.equal(said.exitCode, 2)
    assert.match(said.stderr, /Write it like http:\/\/boot\.example:8080/)
  })
}

test('without a terminal and a password option it says which options there are', async () => {
  await using line = await CommandLine.open()
  const said = await line.run(['sign-in', 'http://127.0.0.1:9', '-u', 'admin'])
  assert.equal(said.exitCode, 2)
  assert.match(said.stderr, /--password-file FILE or --password-stdin/)
})

test('a platform that is down is unreachable, with the reason', async () => {
  const platform = await startFakePlatform()
  await platform[Symbol.asyncDispose]()
  await using line = await CommandLine.at(platform.url)
  const said = await line.run(['whoami'])
  assert.equal(said.exitCode, 4)
  assert.match(said.stderr, /does not answer\.\n {2}Nothing listens there\. .*\n {2}To do: /)
  const json = JSON.parse((await line.run(['whoami', '--json'])).stderr)
  assert.equal(json.error.code, 'unreachable')
  assert.equal(json.error.exitCode, 4)
})
