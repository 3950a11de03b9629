import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { MenuPlan } from '@bootcast/boot'
import { keyIn, linuxPlan } from '@bootcast/boot/testing/boot-web'
import type { Variant } from '@bootcast/catalogue'
import { rigBase, rigKey, startUforgeBootRig } from '../../../testing/uforge-boot-rig.ts'
import { signedPath } from '../credentials.ts'

const odd = `a+b&c"d'e;f$g{h}`
const oddPassword = `p+& "w' ;$x{y} =%41`
const people = { guest: 'correct horse', [odd]: oddPassword }
const mac = '52:54:00:12:34:56'
const loader = { 'user-agent': 'iPXE/1.0.0+git-20190125' }
const menuOf = (user: string, ...texts: string[]): MenuPlan => ({
  ...{ method: 'menu', user, preselected: 'code', seconds: 0 },
  images: texts.map((text, index) => ({ group: 'Images', reference: `image${index}@stable`, text })),
})
const basic = (user: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
})
const right = { ...loader, ...basic('guest', people.guest) }

/** The address at which a script asks again, as the loader of `mac` fills it in. */
function againIn(script: string): string {
  const [, address = ''] = /^chain --replace --autofree (\S+\?ticket=\S+) \|\|$/m.exec(script) ?? []
  assert.ok(address.startsWith(rigBase), script)
  return address
    .slice(rigBase.length)
    .replace(`\${netX/mac}`, mac)
    .replace(/\$\{[^}]+\}/g, '')
}

describe('the script of a user', () => {
  test('who says who they are is asked which machine it is, and gets their menu with a key of its own', async () => {
    await using rig = await startUforgeBootRig(people)
    rig.source.plansFor.set('guest ', menuOf('guest', 'demo 3'))
    const first = await rig.get('/api/users/guest/pxe', { headers: loader })
    assert.deepEqual([first.status, first.headers['www-authenticate']], [401, 'Basic realm="Bootcast"'])
    assert.match(first.body, /<ns0:uforgeError /)
    const asked = await rig.get('/api/users/guest/pxe', { headers: right })
    assert.equal(asked.status, 200)
    assert.match(asked.body, /^#!ipxe\nclear password \|\|\n/)
    // iPXE shows the ticket first without the password, and needs it no more.
    const told = await rig.get(againIn(asked.body), { headers: loader })
    assert.match(told.body, /menu Bootcast - signed in as guest\n/)
    const chosen = await rig.get(`/b/${keyIn(told.body)}/session/choose?image=image0%40stable`)
    assert.equal(chosen.status, 200)
    assert.deepEqual(rig.journal.kinds().slice(0, 3), ['asked', 'signed-in', 'decided'])
  })

  test('both forms of Basic and a signed address are understood', async () => {
    await using rig = await startUforgeBootRig(people)
    const raw = { authorization: `Basic guest:${people.guest}` }
    assert.equal((await rig.get('/api/users/guest/pxe', { headers: raw })).status, 200)
    const signed = await rig.get(`/api/${signedPath('users/guest/pxe', rigKey)}`)
    rig.source.plansFor.set('guest ', menuOf('guest'))
    assert.match((await rig.get(againIn(signed.body))).body, /signed in as guest/)
    const forged = `/api/${signedPath('users/guest/pxe', { ...rigKey, secretKey: 'no' })}`
    assert.equal((await rig.get(forged)).status, 401)
    const by = rig.journal.events.flatMap((event) => (event.kind === 'signed-in' ? [event.how] : []))
    assert.deepEqual(by, ['api-key'])
  })

  test('what is assigned to a machine boots there, whoever signs in', async () => {
    await using rig = await startUforgeBootRig(people)
    rig.source.plans.set(mac, linuxPlan)
    const asked = await rig.get('/api/users/guest/pxe', { headers: right })
    const { body } = await rig.get(againIn(asked.body))
    assert.match(body, new RegExp(`^kernel .*${rigBase}/b/${keyIn(body)}/files/a{64}/vmlinuz .*quiet`, 'm'))
  })

  test('a ticket is good for its user, from the same address, for a minute', async () => {
    await using rig = await startUforgeBootRig(people)
    const again = againIn((await rig.get('/api/users/guest/pxe', { headers: right })).body)
    const others = again.replace('/users/guest/', `/users/${encodeURIComponent(odd)}/`)
    for (const path of [others, again.replace('?ticket=', '?ticket=A'), again.replace('?ticket=', '?x=')])
      assert.equal((await rig.get(path)).status, 401, path)
    assert.equal((await rig.get(again, { from: '127.0.0.2' })).status, 401)
    assert.equal((await rig.get(again)).status, 200)
    rig.clock.at += 60_000
    assert.equal((await rig.get(again)).status, 401)
  })

  test('the path may name its user in any case of the letters, as a directory does', async () => {
    await using rig = await startUforgeBootRig(people)
    rig.source.plansFor.set('guest ', menuOf('guest'))
    const asked = await rig.get('/api/users/Guest/pxe', { headers: right })
    assert.equal(asked.status, 200)
    const again = againIn(asked.body).replace('/users/guest/', '/users/GUEST/')
    assert.match((await rig.get(again)).body, /signed in as guest/)
  })

  test('another user than who signed in is refused, and so is what names no machine', async () => {
    await using rig = await startUforgeBootRig(people)
    const path = `/api/users/${encodeURIComponent(odd)}/pxe`
    assert.equal((await rig.get(path, { headers: basic('guest', people.guest) })).status, 403)
    assert.equal((await rig.get('/api/users/guest/pxe?mac=nonsense', { headers: right })).status, 400)
    assert.equal((await rig.get('/api/users/guest/pxe', { method: 'POST', headers: right })).status, 404)
    assert.equal((await rig.get('/api/users/%zz/pxe', { headers: right })).status, 400)
  })

  test('a loader with a wrong password gets the reason on its screen and the form again, others get 401', async () => {
    await using rig = await startUforgeBootRig(people)
    const wrong = basic('guest', 'wrong')
    assert.equal((await rig.get('/api/users/guest/pxe', { headers: wrong })).status, 401)
    const { status, body } = await rig.get('/api/users/guest/pxe', { headers: { ...wrong, ...loader } })
    assert.equal(status, 200)
    assert.equal(
      body,
      `#!ipxe
clear password ||
clear forge-who ||
:again
echo Bootcast: The user or the password is wrong
echo Bootcast: the form comes again in 2 s
sleep 2 ||
chain --replace --autofree /resources/ipxe-init ||
goto again
`,
    )
    for (let guess = 0; guess < 5; guess += 1)
      await rig.get('/api/users/guest/pxe', { headers: { ...wrong, ...loader } })
    const locked = await rig.get('/api/users/guest/pxe', { headers: right })
    assert.match(locked.body, /^echo Bootcast: Too many failed .*\necho Bootcast: the form .* in \d+ s$/im)
  })

  test('hostile names stay words of a script, and no log and no timeline has a password, a ticket or a key', async () => {
    await using rig = await startUforgeBootRig(people)
    rig.source.plansFor.set(`${odd} `, menuOf(odd, '${x} || shell', 'a\nshell\n:b', '# && reboot'))
    const headers = { ...loader, ...basic(odd, oddPassword) }
    // As iPXE of 2019 writes it: a quote and braces are not encoded.
    const asked = await rig.get(`/api/users/${odd}/pxe`, { headers })
    const again = againIn(asked.body)
    const { body } = await rig.get(again, { headers: loader })
    assert.match(body, /^menu Bootcast - signed in as a\+b&c"d'e;f\$g\{h\}$/m)
    assert.deepEqual(body.match(/^item image.*$/gm), [
      'item image1 $(x} , shell',
      'item image2 a shell :b',
      'item image3 (#) , reboot',
    ])
    await rig.get('/api/users/my password/pxe'.replace(' ', '%20'), { headers })
    const written = rig.written()
    const ticket = /ticket=([^&]+)/.exec(again)?.[1] ?? '?'
    for (const secret of [oddPassword, headers.authorization.slice(6), ticket, keyIn(body), 'my password'])
      assert.ok(!written.includes(secret) && !written.includes(encodeURIComponent(secret)), secret)
  })
})

describe('the files of a release', () => {
  const vmlinuz = Buffer.from('a kernel of 26 characters.')
  const digest = (digit: string) => `sha256:${digit.repeat(64)}`
  const variant = (architecture: 'x86_64' | 'arm64', digit: string): Variant => ({
    config: {
      ...{ schema: 1, architecture, parameters: [], provenance: [] },
      boot: { method: 'linux', kernel: 'kernel', initrds: [], cmdline: '' },
    },
    files: [
      {
        ...{ role: 'kernel', name: 'vmlinuz', digest: digest(digit), blob: digest(digit) },
        ...{ size: 26, offset: 0 },
      },
    ],
    tree: digest(digit === 'a' ? 'c' : 'd'),
  })

  async function withFiles() {
    const rig = await startUforgeBootRig(people)
    const about = { number: 3, createdAt: 1, createdBy: 'admin' }
    const variants = [variant('x86_64', 'a'), variant('arm64', 'b')]
    for (const image of ['demo', 'other']) rig.releases.set(`${image}@3`, { ...about, image, variants })
    rig.numbers.set(7, { kind: 'image', name: 'demo' }).set(8, { kind: 'release', name: 'demo@3' })
    rig.numbers.set(9, { kind: 'image', name: 'other' }).set(10, { kind: 'release', name: 'other@3' })
    rig.images.set('guest', new Set(['demo'])).set(odd, 'all')
    rig.source.files.set(digest('a'), vmlinuz).set(digest('b'), Buffer.from('another kernel'))
    const tree = { 'pool/main/a.deb': 'a package', '../hostile': 'of a tree that nobody should have made' }
    const entries = Object.entries(tree).map(([path, text]) => [path, Buffer.from(text)] as const)
    rig.source.trees.set(digest('c'), new Map(entries))
    return rig
  }
  const place = '/api/users/guest/appliances/7/images/8/files'

  test('come by name or by path, whole, in parts and measured, with a strong ETag, to who may boot them', async () => {
    await using rig = await withFiles()
    const whole = await rig.get(`${place}/vmlinuz`, { headers: right })
    const { etag = '' } = whole.headers
    assert.deepEqual(
      [whole.status, whole.body, whole.headers['content-length'], etag],
      [200, vmlinuz.toString(), '26', `"${digest('a')}"`],
    )
    assert.match(String(whole.headers['cache-control']), /^private\b/)
    const part = await rig.get(`${place}/vmlinuz`, { headers: { ...right, range: 'bytes=2-7' } })
    assert.deepEqual([part.status, part.body], [206, 'kernel'])
    const same = { ...right, 'if-none-match': String(etag) }
    assert.equal((await rig.get(`${place}/vmlinuz`, { headers: same })).status, 304)
    const measured = await rig.get(`${place}/vmlinuz`, { method: 'HEAD', headers: right })
    assert.deepEqual([measured.status, measured.headers['content-length'], measured.body], [200, '26', ''])
    assert.equal((await rig.get(`${place}/arm64/vmlinuz`, { headers: right })).body, 'another kernel')
    assert.equal((await rig.get(`${place}/pool/main/a.deb`, { headers: right })).body, 'a package')
    const signed = signedPath('users/guest/appliances/7/images/8/files/vmlinuz', rigKey)
    assert.equal((await rig.get(`/api/${signed}`)).body, vmlinuz.toString())
  })

  test('of others, and what is none, are as if they were not there', async () => {
    await using rig = await withFiles()
    const none = {
      'an image that the user may not boot': place.replace('7/images/8', '9/images/10'),
      'a release of another image': place.replace('images/8/', 'images/10/'),
      'numbers of the other kind': place.replace('7/images/8', '8/images/7'),
      'no number': place.replace('/7/', '/demo/'),
      'a number that nothing has': place.replace('images/8/', `images/${'9'.repeat(40)}/`),
    }
    for (const [what, path] of Object.entries(none)) {
      const { status, body } = await rig.get(`${path}/vmlinuz`, { headers: right })
      assert.deepEqual([status, /<statusCode>404</.test(body)], [404, true], what)
    }
    assert.equal((await rig.get(`${place}/vmlinuz`)).status, 401)
    assert.equal((await rig.get(`${place}/vmlinuz`, { headers: basic('guest', 'no') })).status, 401)
    const theirs = place.replace('guest', encodeURIComponent(odd))
    assert.equal((await rig.get(`${theirs}/vmlinuz`, { headers: right })).status, 403)
    const all = { headers: basic(odd, oddPassword) }
    assert.equal((await rig.get(`${theirs.replace('7/images/8', '9/images/10')}/vmlinuz`, all)).status, 200)
    assert.equal((await rig.get(`${theirs.replace('images/8/', 'images/10/')}/vmlinuz`, all)).status, 404)
  })

  test('a path that climbs names nothing', async () => {
    await using rig = await withFiles()
    for (const path of [
      ...['../../../../etc/passwd', '..%2f..%2fetc%2fpasswd', 'pool/../vmlinuz', './vmlinuz', '/vmlinuz'],
      ...[
        'pool//main/a.deb',
        '..\\vmlinuz',
        '../hostile',
        'vmlinuz%00',
        'pool/main',
        '',
        '__proto__',
        'x'.repeat(8000),
      ],
    ])
      assert.equal((await rig.get(`${place}/${path}`, { headers: right })).status, 404, path)
  })
})
