import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { browser } from '../../testing/browser.ts'
import { startWholePlatform } from '../../testing/platform-suite.ts'

type Whole = Awaited<ReturnType<typeof startWholePlatform>>

const mac = '52:54:00:12:34:56'
const facts = `mac=${mac}&buildarch=x86_64&platform=efi&product=${encodeURIComponent('<b>Opti"Plex</b>')}&serial=S1`

/** A machine that shows a code: the place of its session, and the code. */
async function machineWithCode({ url }: Whole) {
  const script = await (await fetch(`${url}/boot.ipxe?${facts}`)).text()
  const place = /http:\S+\/session/.exec(script)?.[0] ?? ''
  const text = async (path: string) => (await fetch(`${place}/${path}`)).text()
  return { text, code: /\b[B-Z]{4}-[B-Z]{4}\b/.exec(await text('code'))?.[0] ?? '' }
}

async function withImages(platform: Whole): Promise<void> {
  const kernel = { name: 'vmlinuz', digest: await platform.upload(platform.kernelLike('one')) }
  for (const name of ['red', 'blue'])
    await platform.client.call('publishRelease', { params: { name }, body: { kernel } })
}

test('a person opens the address of a code, signs in, sees the machine and approves', async () => {
  await using platform = await startWholePlatform()
  await withImages(platform)
  const { send, post, signIn } = browser(platform)
  const { code, text } = await machineWithCode(platform)
  const first = await send(`/activate?code=${code}`)
  const back = first.headers.get('location') ?? ''
  assert.deepEqual(
    [first.status, back],
    [303, `/sign-in?return=${encodeURIComponent(`/activate?code=${code}`)}`],
  )
  await signIn()
  const page = await (await send(`/activate?code=${code.toLowerCase()}`)).text()
  assert.match(page, /as <strong>|<strong>as admin<\/strong>/)
  assert.ok(page.includes('&#60;b&#62;Opti&#34;Plex&#60;/b&#62;') && !page.includes('<b>Opti'), page)
  assert.match(page, /value="red@stable"/)
  const done = await post('/activate', { code, decision: 'approve', image: 'red@stable' })
  assert.match(await done.text(), /goes on by itself/)
  assert.match(await text('wait'), /session\/choose\?image=red%40stable/)
  assert.match(await text('choose?image=red%40stable'), /starting red 1/)
  // Written within a second.
  const isNoted = async () =>
    (await platform.client.call('listAudit', { query: {} })).items.some(
      ({ who, action, about }) => who === 'admin' && action === 'bootSignIn' && about === `${mac} red@stable`,
    )
  for (let tries = 0; tries < 40 && !(await isNoted()); tries++) await sleep(50)
  assert.ok(await isNoted())
})

test('refusing sends the machine back, and a code is used once', async () => {
  await using platform = await startWholePlatform()
  const { post, signIn } = browser(platform)
  await signIn()
  const { code, text } = await machineWithCode(platform)
  assert.match(await (await post('/activate', { code, decision: 'deny' })).text(), /back to its menu/)
  assert.match(await text('wait'), /the sign-in was refused/)
  const again = await post('/activate', { code, decision: 'approve' })
  assert.deepEqual(
    [again.status, (await again.text()).includes('Neither a machine nor a command shows')],
    [404, true],
  )
})

test('nothing is approved by a link, by a page of somebody else, or by who is not signed in', async () => {
  await using platform = await startWholePlatform()
  const { send, post, signIn } = browser(platform)
  const { code } = await machineWithCode(platform)
  assert.equal((await post('/activate', { code, decision: 'approve' })).status, 303)
  await signIn()
  await send(`/activate?code=${code}&decision=approve`)
  const foreign = await post('/activate', { code, decision: 'approve' }, { origin: 'https://evil.example' })
  assert.equal(foreign.status, 403)
  assert.match(await (await send(`/activate?code=${code}`)).text(), /Approve/)
})

test('guessing codes is locked out, and the page says for how long', async () => {
  await using platform = await startWholePlatform()
  const { send, signIn } = browser(platform)
  await signIn()
  for (let n = 0; n < 5; n++) assert.equal((await send('/activate?code=BBBB-BBBB')).status, 404)
  const locked = await send('/activate?code=BBBB-BBBB')
  assert.equal(locked.status, 429)
  assert.match(await locked.text(), /try again in \d+ second/)
})
