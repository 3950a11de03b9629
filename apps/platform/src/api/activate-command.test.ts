import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ApiError, createClient } from '@bootcast/contract'
import { browser } from '../../testing/browser.ts'
import { startWholePlatform } from '../../testing/platform-suite.ts'

type Whole = Awaited<ReturnType<typeof startWholePlatform>>

const annPassword = 'the password of ann'

/** A command that shows a code; what it is told when it asks. */
async function waitingCommand({ url }: Whole, host = 'anns-laptop') {
  const client = createClient({ url })
  const begun = await client.call('beginCommandSignIn', { body: { host } })
  const ask = async () => {
    const body = { deviceCode: begun.deviceCode }
    return await client.call('finishCommandSignIn', { body }).catch((error: ApiError) => error.code)
  }
  return { ...begun, ask }
}

/** Somebody who is no administrator, signed in with a browser. */
async function annIn(platform: Whole) {
  const body = { name: 'ann', password: annPassword, role: 'viewer' as const, groups: [] }
  await platform.client.call('addUser', { body })
  const page = browser(platform)
  await page.post('/sign-in', { user: 'ann', password: annPassword })
  return page
}

/** Entries of the audit log about sign-ins; written within a second. */
async function signInsOf({ client }: Whole, wanted: number) {
  for (let tries = 0; ; tries++) {
    const { items } = await client.call('listAudit', { query: {} })
    const told = items.filter(({ about }) => about.startsWith('bootcast at '))
    if (told.length >= wanted || tries > 40)
      return told
        .map(({ who, action, about, from, because, refused }) => [who, action, about, from, because, refused])
        .sort()
    await sleep(50)
  }
}

test('a person enters the code of a command, sees what it will be able to do, and approves', async () => {
  await using platform = await startWholePlatform()
  const { send, post } = await annIn(platform)
  const { code, ask } = await waitingCommand(platform)
  assert.equal(await ask(), 'authorization_pending')
  assert.match(await (await send('/activate')).text(), /The code that the machine or the command shows/)
  const page = await (await send(`/activate?code=${code.toLowerCase()}`)).text()
  const words = page.replace(/<[^>]+>/g, '').replace(/\s+/g, ' ')
  for (const part of [
    'this signs in the bootcast command at anns-laptop (so it calls itself) from address 127.0.0.1 as ann',
    'all that ann may do here (viewer)',
    'Approve only if you started it yourself just now',
    `Code${code}`,
  ])
    assert.ok(words.includes(part), `${part}\n${words}`)
  assert.match(page, /action="\/activate\/command"/)
  assert.ok(!page.includes('What it shall boot'))
  const done = await post('/activate/command', { code, decision: 'approve' })
  assert.match(await done.text(), /The command signs in within seconds/)
  const token = await ask()
  assert.ok(typeof token === 'object')
  assert.equal(token.user, 'ann')
  const me = await createClient({ url: platform.url, token: token.token }).call('me', {})
  assert.deepEqual(me, { user: 'ann', role: 'viewer' })
  assert.equal(await ask(), 'expired_token')
  const about = 'bootcast at anns-laptop from 127.0.0.1'
  assert.deepEqual(await signInsOf(platform, 2), [
    ['ann', 'approveSignIn', about, '127.0.0.1', undefined, false],
    ['ann', 'signIn', about, '127.0.0.1', 'browser', false],
  ])
  assert.ok(!platform.logged.join('').includes(token.token))
})

test('denying ends it, and is written down', async () => {
  await using platform = await startWholePlatform()
  const { post } = await annIn(platform)
  const { code, ask } = await waitingCommand(platform)
  assert.match(
    await (await post('/activate/command', { code, decision: 'deny' })).text(),
    /was not signed in/,
  )
  assert.equal(await ask(), 'access_denied')
  assert.equal((await post('/activate/command', { code, decision: 'approve' })).status, 404)
  const about = 'bootcast at anns-laptop from 127.0.0.1'
  assert.deepEqual(await signInsOf(platform, 1), [
    ['ann', 'signIn', about, '127.0.0.1', 'browser: denied', true],
  ])
})

test('no command is approved by a link, a page of somebody else, the form of a machine, or nobody', async () => {
  await using platform = await startWholePlatform()
  const { code, ask } = await waitingCommand(platform)
  const stranger = browser(platform)
  const away = await stranger.post('/activate/command', { code, decision: 'approve' })
  assert.equal(
    away.headers.get('location'),
    `/sign-in?return=${encodeURIComponent(`/activate?code=${code}`)}`,
  )
  const { send, post } = await annIn(platform)
  await send(`/activate?code=${code}&decision=approve`)
  const foreign = { origin: 'https://evil.example' }
  assert.equal((await post('/activate/command', { code, decision: 'approve' }, foreign)).status, 403)
  assert.equal((await post('/activate', { code, decision: 'approve' })).status, 404)
  const api = platform.client.call('approveCode', { params: { code }, body: {} })
  await assert.rejects(api, /not of a machine but of a bootcast command.*\/activate/)
  assert.equal(await ask(), 'authorization_pending')
})

test('a token for a program approves no command, whoever holds it', async () => {
  await using platform = await startWholePlatform()
  const body = { name: 'ci', role: 'viewer' as const, seconds: 3600 }
  const { token } = await platform.client.call('makeToken', { body })
  const { code, ask } = await waitingCommand(platform)
  const { jar, send, post } = browser(platform)
  jar.set('bootcast', token)
  assert.equal((await send(`/activate?code=${code}`)).status, 403)
  assert.equal((await post('/activate/command', { code, decision: 'approve' })).status, 403)
  assert.equal(await ask(), 'authorization_pending')
})

test('who is disabled approves nothing, and what they approved before is void; so with another password', async () => {
  await using platform = await startWholePlatform()
  const { client } = platform
  const { post } = await annIn(platform)
  const [early, late, disabled] = [
    await waitingCommand(platform),
    await waitingCommand(platform),
    await waitingCommand(platform),
  ]
  const params = { name: 'ann' }
  await post('/activate/command', { code: early.code, decision: 'approve' })
  await client.call('changeUser', { params, body: { password: 'another password of ann' } })
  assert.equal(await early.ask(), 'access_denied')
  await post('/sign-in', { user: 'ann', password: 'another password of ann' })
  await post('/activate/command', { code: late.code, decision: 'approve' })
  await client.call('changeUser', { params, body: { disabled: true } })
  assert.equal(await late.ask(), 'access_denied')
  assert.equal((await post('/activate/command', { code: disabled.code, decision: 'approve' })).status, 303)
  assert.equal(await disabled.ask(), 'authorization_pending')
  assert.equal((await signInsOf(platform, 4)).filter(([, , , , , refused]) => refused).length, 2)
})

const hosts = ['<b>x</b>', 'a b', 'a\u202eb', 'a\nb', '', '-a', 'x'.repeat(65), 'your computer. Approve!']
test('what a computer calls itself is a short word and nothing else', async () => {
  await using platform = await startWholePlatform()
  for (const host of hosts) {
    const refused = waitingCommand(platform, host)
    await assert.rejects(refused, ({ code }: ApiError) => code === 'invalid_request', JSON.stringify(host))
  }
})

test('an address has so many commands that wait, and so many questions a minute', async () => {
  await using platform = await startWholePlatform()
  for (let n = 0; n < 100; n++) await waitingCommand(platform)
  const full = waitingCommand(platform)
  await assert.rejects(full, ({ code }: ApiError) => code === 'too_many_sign_ins')
  const ask = () =>
    createClient({ url: platform.url })
      .call('finishCommandSignIn', { body: { deviceCode: 'd'.repeat(43) } })
      .catch(({ code }: ApiError) => code)
  const answers = await Promise.all(Array.from({ length: 201 }, ask))
  assert.deepEqual([...new Set(answers)].sort(), ['expired_token', 'too_many_requests'])
})

test('guessing codes of commands is locked out', async () => {
  await using platform = await startWholePlatform()
  const { post, send } = await annIn(platform)
  for (let n = 0; n < 5; n++)
    assert.equal((await post('/activate/command', { code: 'BBBB-BBBB', decision: 'approve' })).status, 404)
  const { code } = await waitingCommand(platform)
  assert.equal((await post('/activate/command', { code, decision: 'approve' })).status, 429)
  assert.equal((await send(`/activate?code=${code}`)).status, 429)
})
