import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { MenuPlan } from '@bootcast/boot'
import { type BootWeb, keyIn, linuxPlan, withWeb } from '../../testing/boot-web.ts'

const mac = '52:54:00:12:34:56'
const menu: MenuPlan = { method: 'menu', user: undefined, images: [], preselected: 'code', seconds: 60 }
const hex = (text: string) => Buffer.from(text).toString('hex')
const odd = 'p+& "w\' ;${x}é'

/** A machine at its menu: the place of its session. */
async function atMenu({ source, get }: BootWeb, more = ''): Promise<string> {
  source.plans.set(mac, menu)
  source.plansFor.set('alice ', { ...menu, user: 'alice', images: [] })
  return `/b/${keyIn((await get(`/boot.ipxe?mac=${mac}${more}`)).body)}/session`
}

test('a password that was sent as a form signs in, whatever characters it has', () =>
  withWeb(async (web) => {
    const place = await atMenu(web)
    web.passwords.set('alice', odd)
    const body = `user=${hex('alice')}&password=${hex(odd)}`
    const { body: script } = await web.get(`${place}/check`, { method: 'POST', body })
    assert.match(script, /signed in as alice/)
    assert.match(script, /^#!ipxe\nclear password \|\|\n/)
    assert.ok(!web.logged.join('').includes(hex(odd)) && !web.logged.join('').includes(odd))
  }))

test('a loader without forms is asked by 401, and its Basic answer signs in', () =>
  withWeb(async (web) => {
    const place = await atMenu(web)
    web.passwords.set('alice', odd)
    const first = await web.get(`${place}/check`)
    assert.deepEqual([first.status, first.headers['www-authenticate']], [401, 'Basic realm="Bootcast"'])
    const authorization = `Basic ${Buffer.from(`${hex('alice')}:${hex(odd)}`).toString('base64')}`
    assert.match((await web.get(`${place}/check`, { headers: { authorization } })).body, /signed in as alice/)
  }))

test('wrong passwords and unknown users get the same words; who is locked out is told how long', () =>
  withWeb(async (web) => {
    const place = await atMenu(web)
    web.passwords.set('alice', odd)
    const attempt = async (user: string) =>
      (await web.get(`${place}/check`, { method: 'POST', body: `user=${hex(user)}&password=${hex('no')}` }))
        .body
    const wrong = await attempt('alice')
    assert.match(wrong, /the user name or the password is wrong/)
    assert.equal(await attempt('nobody'), wrong)
    assert.match(await attempt('locked'), /too many failed sign-ins\necho Bootcast: wait 30 s/)
  }))

test('what is no sign-in is asked for one, however it is damaged', () =>
  withWeb(async (web) => {
    const place = await atMenu(web)
    const bodies = [
      '',
      'user=',
      'user=zz&password=00',
      'user=6&password=',
      `user=${'61'.repeat(5000)}`,
      'x'.repeat(100_000),
    ]
    for (const body of bodies)
      assert.equal((await web.get(`${place}/check`, { method: 'POST', body })).status, 401, body.slice(0, 20))
    for (const authorization of [
      'Basic',
      'Basic !!',
      'Bearer x',
      `Basic ${Buffer.from('nocolon').toString('base64')}`,
    ])
      assert.equal((await web.get(`${place}/check`, { headers: { authorization } })).status, 401)
  }))

test('a loader that can send forms is asked for one, another for Basic', () =>
  withWeb(async (web) => {
    const place = await atMenu(web, '&platform=efi')
    const agent = (version: string) => ({ headers: { 'user-agent': `iPXE/${version}` } })
    const modern = (await web.get(`${place}/sign-in`, agent('2.0.0+dfsg-5'))).body
    const old = (await web.get(`${place}/sign-in`, agent('1.0.0+git-20190125.36a4c85-5.1'))).body
    assert.match(modern, /param password \$\{password:hexraw\}/)
    assert.doesNotMatch(old, /param/)
    assert.match(old, /http:\/\/\$\{username:hexraw\}:\$\{password:hexraw\}@192\.0\.2\.1:8080\/b\//)
  }))

test('a machine that shows a code goes on as soon as somebody approves it', () =>
  withWeb(async (web) => {
    const place = await atMenu(web)
    const { body } = await web.get(`${place}/code`)
    const [, code = ''] = /^echo {6}([A-Z]{4}-[A-Z]{4})$|^echo +([A-Z]{4}-[A-Z]{4})$/m.exec(body) ?? []
    const shown = code || (/([B-DF-HJ-NP-TV-XZ]{4}-[B-DF-HJ-NP-TV-XZ]{4})/.exec(body)?.[1] ?? '')
    assert.equal(web.codes.find(shown.toLowerCase())?.session.machine.mac, mac)
    const waiting = web.get(`${place}/wait`)
    await sleep(100)
    const at = performance.now()
    assert.equal(web.codes.approve(shown, 'alice'), true)
    assert.match((await waiting).body, /^chain --replace --autofree \S+\/session\/menu \|\|$/m)
    assert.match((await web.get(`${place}/menu`)).body, /signed in as alice/)
    assert.ok(performance.now() - at < 10_000, 'else it is answered after 20 s')
    assert.equal(web.codes.find(shown), undefined)
  }))

test('an approval for one image boots it at once, a denial goes back to the menu', () =>
  withWeb(async (web) => {
    const place = await atMenu(web)
    web.source.plansFor.set('alice demo', linuxPlan)
    const codeOf = async () => /([B-Z]{4}-[B-Z]{4})/.exec((await web.get(`${place}/code`)).body)?.[1] ?? ''
    web.codes.deny(await codeOf())
    assert.match((await web.get(`${place}/wait`)).body, /the sign-in was refused/)
    web.codes.approve(await codeOf(), 'alice', 'demo')
    assert.match((await web.get(`${place}/wait`)).body, /\/session\/choose\?image=demo \|\|/)
    assert.match(
      (await web.get(`${place}/choose?image=demo`)).body,
      /^#!ipxe\necho Bootcast: starting demo 3\n/,
    )
  }))

test('a machine that waits with a code and hangs up leaves nothing behind', () =>
  withWeb(async (web) => {
    const place = await atMenu(web)
    const code = /([B-Z]{4}-[B-Z]{4})/.exec((await web.get(`${place}/code`)).body)?.[1] ?? ''
    const leaving = new AbortController()
    const waiting = web.get(`${place}/wait`, { signal: leaving.signal })
    await sleep(50)
    leaving.abort()
    await assert.rejects(waiting)
    web.codes.approve(code, 'alice')
    assert.match((await web.get(`${place}/wait`)).body, /signed in as alice/)
  }))

test('a code is good for ten minutes, then the screen shows another one', () =>
  withWeb(async (web) => {
    const place = await atMenu(web)
    const codeOf = async () => /([B-Z]{4}-[B-Z]{4})/.exec((await web.get(`${place}/code`)).body)?.[1] ?? ''
    const first = await codeOf()
    assert.equal(await codeOf(), first)
    web.clock.at += 10 * 60_000
    assert.equal(web.codes.find(first), undefined)
    assert.equal(web.codes.approve(first, 'alice'), false)
    const answer = (await web.get(`${place}/wait`)).body
    assert.match(answer, /enter the code/)
    assert.ok(!answer.includes(first))
  }))

test('where codes cannot be had the screen says so, and the menu with the password comes again', () =>
  withWeb(async (web) => {
    const place = await atMenu(web)
    web.upstream.isAway = true
    for (const path of ['code', 'wait']) {
      const { body } = await web.get(`${place}/${path}`)
      assert.match(
        body,
        /codes cannot be had now.*\nprompt .*\nchain --replace --autofree \S+\/session\/menu/,
      )
    }
    assert.equal((await web.get(`${place}/code.png`)).status, 404)
    assert.equal(web.counters()['codes.away'], 2)
    web.upstream.isAway = false
    assert.match((await web.get(`${place}/code`)).body, /enter the code/)
  }))

test('a loader that can show pictures offers the code as one', () =>
  withWeb(async (web) => {
    const place = await atMenu(web, '&platform=efi')
    const headers = { 'user-agent': 'iPXE/2.0.0+dfsg-5' }
    assert.match(
      (await web.get(`${place}/code`, { headers })).body,
      /console --picture http:\S+\/session\/code\.png/,
    )
    assert.doesNotMatch((await web.get(`${place}/code`)).body, /console/)
    const { headers: head, body } = await web.get(`${place}/code.png`)
    assert.equal(head['content-type'], 'image/png')
    assert.match(body, /^picture of http:\/\/192\.0\.2\.1:8080\/activate\?code=[A-Z]{4}-[A-Z]{4}$/)
  }))

test('what is picked is what is asked for, and signing out forgets who it was', () =>
  withWeb(async (web) => {
    const place = await atMenu(web)
    web.source.plansFor.set(' demo@stable', linuxPlan)
    assert.match((await web.get(`${place}/choose?image=demo%40stable`)).body, /starting demo 3/)
    web.passwords.set('alice', 'x')
    await web.get(`${place}/check`, { method: 'POST', body: `user=${hex('alice')}&password=${hex('x')}` })
    assert.match((await web.get(`${place}/menu`)).body, /signed in as alice/)
    assert.doesNotMatch((await web.get(`${place}/sign-out`)).body, /signed in/)
    assert.doesNotMatch((await web.get(`${place}/menu`)).body, /signed in/)
  }))

test('who waits for its turn keeps its key, what was picked, and who signed in', () =>
  withWeb(async (web) => {
    const place = await atMenu(web)
    const wait = {
      method: 'wait',
      reason: 'place 2 of 9 in the queue',
      seconds: 9,
      turnFor: 'demo 3',
    } as const
    web.source.plansFor.set('alice demo@stable', wait)
    web.passwords.set('alice', 'x')
    await web.get(`${place}/check`, { method: 'POST', body: `user=${hex('alice')}&password=${hex('x')}` })
    const { body } = await web.get(`${place}/choose?image=demo%40stable`)
    const [, again = ''] = /^chain --replace --autofree (\S+) \|\| chain/m.exec(body) ?? []
    assert.equal(again, `http://192.0.2.1:8080${place}/choose?image=demo%40stable`)
    web.source.plansFor.set('alice demo@stable', linuxPlan)
    assert.match((await web.get(new URL(again).pathname + new URL(again).search)).body, /starting demo 3/)
    web.source.plansFor.set('alice ', wait)
    assert.match(
      (await web.get(`${place}/menu`)).body,
      /^chain --replace --autofree \S+\/session\/menu \|\| /m,
    )
  }))

test('one key does not sign another machine in', () =>
  withWeb(async (web) => {
    const [first, second] = [await atMenu(web), await atMenu(web)]
    web.passwords.set('alice', 'x')
    await web.get(`${first}/check`, { method: 'POST', body: `user=${hex('alice')}&password=${hex('x')}` })
    assert.doesNotMatch((await web.get(`${second}/menu`)).body, /signed in/)
    assert.equal((await web.get(`${first}/menu`, { from: '127.0.0.3' })).status, 403)
  }))
