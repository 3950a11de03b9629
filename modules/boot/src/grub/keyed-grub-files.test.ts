import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runGrubScript } from '@bootcast/netboot/testing/grub-reader'
import { MemoryBootSource } from '../../testing/memory-boot-source.ts'
import { MemoryJournal } from '../../testing/memory-journal.ts'
import type { BootPlan } from '../boot-plan.ts'
import { Counters } from '../counters.ts'
import { BootCodes } from '../sessions/boot-codes.ts'
import type { BootSession } from '../sessions/boot-session.ts'
import { BootSessions } from '../sessions/boot-sessions.ts'
import { CodesAway } from '../sessions/code-source.ts'
import { grubFile } from './grub-files.ts'
import { keyedGrubFile } from './keyed-grub-files.ts'

const mac = '52:54:00:b0:07:01'
const client = '10.77.0.100'
const place = { client, baseUrl: 'http://10.77.0.1:8080', activateUrl: 'https://boot.example/activate' }
const menuOf = (user: string | undefined): BootPlan => {
  const images = [{ group: 'Images', reference: 'demo@stable', text: 'demo 3' }]
  return { method: 'menu', user, images, preselected: 'code', seconds: 60 }
}
const linux: BootPlan = {
  ...{ method: 'linux', title: 'demo 3', architecture: 'x86_64', cmdline: 'quiet', initrds: [] },
  kernel: { digest: `sha256:${'a'.repeat(64)}`, size: 9, name: 'vmlinuz' },
}

/** A machine that has got its key. */
async function scene() {
  const source = new MemoryBootSource()
  source.plans.set(mac, menuOf(undefined))
  source.plansFor.set('ann ', menuOf('ann'))
  source.plansFor.set('ann demo@stable', linux)
  source.plansFor.set(' demo@stable', { method: 'refuse', reason: 'demo needs a sign-in' })
  const sessions = new BootSessions({ isSameMachine: async () => false })
  const codes = new BootCodes()
  const journal = new MemoryJournal()
  const upstream = { isAway: false }
  const reach = async () => {
    if (upstream.isAway) throw new CodesAway()
  }
  const fromUpstream = {
    codeFor: (of: BootSession) => reach().then(() => codes.codeFor(of)),
    wait: (of: BootSession, signal: AbortSignal) => reach().then(() => codes.wait(of, signal)),
  }
  const answering = {
    source,
    sessions,
    codes: fromUpstream,
    counters: new Counters(),
    journal,
    log: () => {},
  }
  const first = await grubFile({ ...place, path: 'machine.cfg', search: `mac=${mac}` }, answering)
  const [, key = ''] = /^show_menu '\/b\/(.{22})'$/m.exec(first ?? '') ?? []
  const session = await sessions.use(key, client)
  assert.ok(!('refused' in session))
  const text = (path: string, search = '', from = client) =>
    keyedGrubFile({ ...place, client: from, path, search, session, key }, answering)
  const calls = async (path: string, search = '') => runGrubScript((await text(path, search)) ?? '')
  const codeShown = async () => /[A-Z]{4}-[A-Z]{4}/.exec((await text('code.cfg')) ?? '')?.[0] ?? ''
  return { source, session, key, codes, upstream, journal, text, calls, codeShown }
}
const names = (calls: readonly (readonly string[])[]) => calls.map(([name]) => name)

test('a code is shown, waited for, approved: the menu is then that of the user', async () => {
  const { codes, calls, key, text, codeShown, journal } = await scene()
  assert.match((await text('menu.cfg')) ?? '', /Sign in with a code/)
  const code = await codeShown()
  const shown = (await text('code.cfg')) ?? ''
  assert.ok(shown.includes(`echo -- '->' '${place.activateUrl}'`) && shown.includes(`'${code}'`), shown)
  assert.match(shown, /^await_code\n$/m)
  assert.deepEqual(names(await calls('wait.cfg')), ['set'], 'nobody has decided')
  assert.ok(codes.approve(code, 'ann'))
  assert.deepEqual(await calls('wait.cfg'), [
    ['set', 'answer=yes'],
    ['set', 'waiting=no'],
    ['echo', '--', 'Bootcast: signed in as', 'ann'],
    ['set', 'answer=yes'],
    ['show_menu', `/b/${key}`],
  ])
  assert.match((await text('menu.cfg')) ?? '', /^menuentry 'demo 3'[\s\S]*Sign out \(signed in as ann\)/m)
  assert.deepEqual(
    journal.events.map(({ kind }) => kind).filter((kind) => /code|signed/.test(kind)),
    ['code-shown', 'code-shown', 'code-shown', 'signed-in'],
  )
  assert.equal(
    (await calls('choose.cfg', 'image=demo%40stable')).some(([name]) => name === 'linux'),
    true,
  )
  await calls('sign-out.cfg')
  assert.match((await text('menu.cfg')) ?? '', /Sign in with a code/)
})

test('who waits for its turn asks again for what was picked, after a code that was approved for it, too', async () => {
  const { source, codes, calls, codeShown } = await scene()
  const wait = { method: 'wait', reason: 'place 2 of 9', seconds: 9, turnFor: 'demo 3' } as const
  source.plansFor.set('ann demo@stable', wait)
  codes.approve(await codeShown(), 'ann', 'demo@stable')
  assert.deepEqual((await calls('wait.cfg')).at(-1), ['set', 'turn=choose.cfg?image=demo%40stable'])
  assert.deepEqual((await calls('choose.cfg', 'image=demo%40stable')).at(-1), [
    'set',
    'turn=choose.cfg?image=demo%40stable',
  ])
  source.plansFor.set('ann ', wait)
  assert.deepEqual((await calls('machine.cfg')).at(-1), ['set', 'turn=machine.cfg'])
})

test('where codes cannot be had GRUB says so, and goes back to its menu', async () => {
  const { upstream, calls, codeShown } = await scene()
  await codeShown()
  upstream.isAway = true
  const away = ['echo', '--', 'Bootcast:', 'codes cannot be had now, since the upstream does not answer']
  assert.deepEqual(await calls('code.cfg'), [['set', 'answer=yes'], away, ['again', '10']])
  assert.deepEqual(await calls('wait.cfg'), [
    ['set', 'answer=yes'],
    ['set', 'waiting=no'],
    ['set', 'answer=yes'],
    away,
    ['again', '10'],
  ])
})

test('a machine that waits is heard of now and then, at the address that it has by now', async () => {
  const { journal, source, codeShown, text } = await scene()
  await codeShown()
  await text('wait.cfg')
  await text('wait.cfg')
  assert.equal(
    journal.events.filter(({ kind }) => kind === 'code-shown').length,
    2,
    'shown, and looked at once',
  )
  await text('machine.cfg', '', '10.77.0.101')
  assert.equal(source.asked.at(-1)?.address, '10.77.0.101')
  assert.partialDeepStrictEqual(journal.events.at(-2), {
    kind: 'asked',
    address: '10.77.0.101',
    from: '10.77.0.101',
  })
})

test('what GRUB cannot start is refused in the timeline, too', async () => {
  const { source, journal, text } = await scene()
  const iso = { digest: `sha256:${'b'.repeat(64)}`, size: 9, name: 'x.iso' }
  source.plansFor.set(' cd', { method: 'iso', title: 'cd 1', iso })
  assert.match((await text('choose.cfg', 'image=cd')) ?? '', /only through iPXE/)
  assert.partialDeepStrictEqual(journal.events.at(-1), { kind: 'decided', decision: 'refuse' })
})

test('approved with an image it starts that at once, and may fetch its files', async () => {
  const { session, codes, calls, codeShown } = await scene()
  assert.ok(codes.approve(await codeShown(), 'ann', 'demo@stable'))
  const started = await calls('wait.cfg')
  assert.deepEqual(names(started), ['set', 'set', 'echo', 'set', 'echo', 'linux', 'boot', 'echo', 'again'])
  assert.deepEqual(session.pass?.files, [`sha256:${'a'.repeat(64)}`])
})

test('denied, or something else to boot meanwhile: the waiting ends; expired: there is a new code', async () => {
  const { source, codes, calls, codeShown } = await scene()
  assert.ok(codes.deny(await codeShown()))
  assert.match(String(await calls('wait.cfg')), /waiting=no.*refused/)
  const [, ...another] = await calls('wait.cfg')
  assert.deepEqual(
    [another[0], names(another).includes('await_code')],
    [['keep_address'], false],
    'a new code',
  )
  await codeShown()
  source.plans.set(mac, linux)
  assert.match(String(await calls('wait.cfg')), /waiting=no.*linux/)
  assert.deepEqual(names(await calls('menu.cfg')), ['set'], 'a menu without entries closes at once')
})

test('what the policy refuses is said, and nothing can be fetched; other files are not there', async () => {
  const { session, calls, text } = await scene()
  assert.match(String(await calls('choose.cfg', 'image=demo%40stable')), /demo needs a sign-in/)
  assert.equal(session.pass, undefined)
  for (const path of ['none.cfg', '__proto__', 'constructor', 'grub.cfg', ''])
    assert.equal(await text(path), undefined, path)
})
