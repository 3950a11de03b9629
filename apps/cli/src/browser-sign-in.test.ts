import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { CommandLine, now } from '../testing/command-line.ts'
import { type Answers, fakeToken, type Refusal, startFakePlatform } from '../testing/fake-platform.ts'

const deviceCode = 'd'.repeat(43)
const begun = { deviceCode, code: 'KQTF-RXMP', seconds: 600, intervalSeconds: 5 }
const token = { token: fakeToken, user: 'ann', expiresAt: '2030-01-01T00:00:00Z' }

/** A platform that answers the questions of a command so, one after the other; the last one again and again. */
function answering(answers: readonly (Refusal['refuse'] | typeof token)[], more: object = {}): Answers {
  const left = [...answers]
  return {
    beginCommandSignIn: () => ({ ...begun, ...more }),
    finishCommandSignIn: () => {
      const answer = (left.length > 1 ? left.shift() : left[0]) ?? 'internal'
      return typeof answer === 'string' ? { refuse: answer } : answer
    },
  }
}

const signIn = (url: string) => ['sign-in', url, '--browser']

test('it says where to enter which code, asks at the interval, and keeps the sign-in', async () => {
  await using platform = await startFakePlatform(answering(['authorization_pending', token]))
  await using line = await CommandLine.open({ hostName: 'Ann’s laptop \u202e(1)' })
  const said = await line.run(signIn(platform.url))
  assert.equal(said.exitCode, 0, said.stderr)
  assert.equal(said.stderr, `Open ${platform.url}/activate and enter KQTF-RXMP\n`)
  assert.match(said.stdout, /^Signed in to http:\/\/127\.0\.0\.1:\d+ as ann, until 20/)
  assert.deepEqual(
    platform.calls.map(({ route, body }) => [route, body]),
    [
      ['beginCommandSignIn', { host: 'Ann-s-laptop-1-' }],
      ['finishCommandSignIn', { deviceCode }],
      ['finishCommandSignIn', { deviceCode }],
    ],
  )
  assert.deepEqual(line.waits, [5_000, 5_000])
  assert.equal(JSON.parse((await line.run(['whoami', '--json'])).stdout).url, platform.url)
  assert.equal(platform.calls.at(-1)?.token, fakeToken)
})

test('with --json the result stands alone, and what to open goes to stderr; no device code shows', async () => {
  const place = { verificationUri: 'https://boot.example/activate' }
  await using platform = await startFakePlatform(answering([token], place))
  await using line = await CommandLine.open()
  const { stdout, stderr } = await line.run([...signIn(platform.url), '--json'])
  assert.deepEqual(JSON.parse(stdout), { url: platform.url, user: 'ann', expiresAt: token.expiresAt })
  assert.deepEqual(JSON.parse(stderr), { open: place.verificationUri, code: 'KQTF-RXMP', seconds: 600 })
  assert.ok(!`${stdout}${stderr}`.includes(deviceCode) && !`${stdout}${stderr}`.includes(fakeToken))
})

test('it asks less often when told to, and when the platform is busy or stops', async () => {
  const answers = [
    'slow_down',
    'authorization_pending',
    'slow_down',
    'too_many_requests',
    'stopping',
  ] as const
  await using platform = await startFakePlatform(answering([...answers, token]))
  await using line = await CommandLine.open()
  assert.equal((await line.run(signIn(platform.url))).exitCode, 0)
  assert.deepEqual(
    line.waits.map((ms) => ms / 1000),
    [5, 10, 10, 15, 30, 60],
  )
})

const endings = [
  ['access_denied', 3, /^Error: The sign-in was denied\.\n {2}Somebody .*\n {2}To do: /],
  ['expired_token', 3, /^Error: The code is not good any more\.\n {2}It was not approved .*\n {2}To do: Run/],
  ['internal', 1, /^Error: Bootcast failed/],
] as const
for (const [answer, exitCode, words] of endings) {
  test(`${answer}: it says what that means, and keeps nothing`, async () => {
    await using platform = await startFakePlatform(answering(['authorization_pending', answer]))
    await using line = await CommandLine.open()
    const said = await line.run(signIn(platform.url))
    assert.equal(said.exitCode, exitCode)
    assert.match(said.stderr.split('\n').slice(1).join('\n'), words)
    await assert.rejects(readFile(line.path('config/credentials.json')), { code: 'ENOENT' })
  })
}

test('when the platform stays away it gives up after ten minutes', async () => {
  const platform = await startFakePlatform(answering(['authorization_pending']))
  const clock = { at: now }
  const wait = async (ms: number) => {
    clock.at += ms
    if (clock.at > now + 10_000) await platform[Symbol.asyncDispose]()
  }
  await using line = await CommandLine.open({ now: () => clock.at, wait })
  const said = await line.run([...signIn(platform.url), '--json'])
  assert.equal(JSON.parse(said.stderr.split('\n')[1] ?? '').error.code, 'expired_token')
  assert.ok(clock.at >= now + 600_000 && clock.at < now + 700_000)
})

test('a platform that is older is told', async () => {
  await using platform = await startFakePlatform({ beginCommandSignIn: () => ({ refuse: 'not_found' }) })
  await using line = await CommandLine.open()
  const said = await line.run(signIn(platform.url))
  assert.match(said.stderr, /does not let the command sign in by a browser\.\n.*older.*\n.*--user NAME/)
})

test('an interruption ends it', async () => {
  await using platform = await startFakePlatform(answering(['authorization_pending']))
  const interruption = new AbortController()
  const { signal } = interruption
  const wait = (ms: number) => {
    interruption.abort()
    return delay(ms, undefined, { signal })
  }
  await using line = await CommandLine.open({ signal, wait })
  const said = await line.run(signIn(platform.url))
  assert.equal(said.exitCode, 130)
  assert.match(said.stderr, /\nError: Interrupted\.\n$/)
})

const wrong = [
  [['--browser', '--user', 'ann'], /Give --browser alone/],
  [['--browser', '--password-stdin'], /Give --browser alone/],
  [[], /Give --user NAME, or --browser/],
] as const
for (const [options, words] of wrong) {
  test(`sign-in ${options.join(' ')}: it says which ways there are`, async () => {
    await using line = await CommandLine.open()
    const said = await line.run(['sign-in', 'http://127.0.0.1:9', ...options], { stdin: 'x' })
    assert.equal(said.exitCode, 2)
    assert.match(said.stderr, words)
  })
}
