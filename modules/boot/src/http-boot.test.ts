import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keyIn, linuxPlan, withWeb } from '../testing/boot-web.ts'
import { firstConfig } from './grub/first-config.ts'
import { firstScript } from './methods/first.ts'

const base = 'http://192.0.2.1:8080'
const mac = '52:54:00:12:34:56'
const query = `/boot.ipxe?mac=${mac}`

test('the first script is the same at all its places, and comes whole', () =>
  withWeb(async ({ get }) => {
    for (const path of ['/boot.ipxe', '/boot.ipxe?', '/autoexec.ipxe', '/loaders/autoexec.ipxe']) {
      const { status, headers, body } = await get(path)
      assert.equal(status, 200, path)
      assert.equal(body, firstScript(base).toString())
      assert.equal(headers['content-length'], String(body.length))
      assert.equal(headers['transfer-encoding'], undefined)
      assert.equal(headers['cache-control'], 'no-store')
    }
  }))

test('a machine that tells its facts gets the script of its plan, and becomes known', () =>
  withWeb(async ({ get, source, counters }) => {
    source.plans.set(mac, { method: 'local-disk', reason: 'installed' })
    const { status, body } = await get(
      '/boot.ipxe?mac=52%3A54%3A00%3A12%3A34%3A56&serial=S%201?&platform=efi&buildarch=arm64&cpu=x86-64-v3',
    )
    assert.equal(status, 200)
    assert.match(body, /^#!ipxe\necho Bootcast: leaving the network boot: installed\n/)
    const cpuLevel = 'x86-64-v3'
    assert.deepEqual(source.asked, [
      { mac, serial: 'S 1?', firmware: 'uefi', architecture: 'arm64', cpuLevel },
    ])
    assert.deepEqual(counters(), { 'http.script': 1, 'plan.local-disk': 1 })
  }))

test('when the source is broken, the screen says so and the machine asks again', () =>
  withWeb(async ({ get, source, logged }) => {
    source.plans.set(mac, linuxPlan)
    const key = keyIn((await get(query)).body)
    source.broken = new Error('disk\nI/O error')
    const { status, body } = await get(query)
    assert.equal(status, 200)
    assert.equal(
      body,
      `#!ipxe
echo Bootcast: the platform cannot answer now; its log says why
echo Bootcast: this machine is 52:54:00:12:34:56 and asks again in 10 s
:wait
sleep 10 ||
ifconf --configurator dhcp netX || ifconf --configurator dhcp ||
chain --replace --autofree http://192.0.2.1:8080/boot.ipxe ||
echo Bootcast: http://192.0.2.1:8080 does not answer; again in 10 s
goto wait
`,
    )
    assert.ok(
      logged.includes(
        'error no boot script could be made for a machine {"mac":"52:54:00:12:34:56","reason":"disk I/O error"}',
      ),
    )
    assert.equal((await get(`/b/${key}/files/${'a'.repeat(64)}/vmlinuz`)).status, 503)
    assert.ok(!logged.join('').includes(key), 'a key never reaches the log')
  }))

test('a plan whose command line no script can say is treated as broken, not sent', () =>
  withWeb(async ({ get, source }) => {
    source.plans.set(mac, { ...linuxPlan, cmdline: 'a\npoweroff' })
    const { body } = await get(query)
    assert.match(body, /the platform cannot answer now/)
    assert.doesNotMatch(body, /poweroff/)
  }))

test('a machine without a proper mac gets no script: it would ask for ever without a pause', () =>
  withWeb(async ({ get, source }) => {
    for (const wrong of ['', 'no', '%00']) {
      const { status, body } = await get(`/boot.ipxe?mac=${wrong}`)
      assert.equal(status, 400)
      assert.match(body, /hardware address/)
    }
    assert.deepEqual(source.asked, [])
  }))

test('files and loaders come by GET and HEAD with their length, and in parts', () =>
  withWeb(async ({ get, source }) => {
    const hex = 'a'.repeat(64)
    source.plans.set(mac, linuxPlan)
    source.files.set(`sha256:${hex}`, Buffer.from('0123456789'))
    const key = keyIn((await get(query)).body)
    for (const [path, length] of [
      [`/b/${key}/files/${hex}/vmlinuz`, '10'],
      ['/loaders/ipxe-amd64.efi', '1024'],
    ] as const) {
      const whole = await get(path)
      const head = await get(path, { method: 'HEAD' })
      assert.deepEqual([whole.status, head.status, head.body], [200, 200, ''])
      assert.equal(whole.headers['content-length'], length)
      assert.equal(head.headers['content-length'], length)
      assert.equal(head.headers['etag'], whole.headers['etag'])
    }
    const part = await get(`/b/${key}/files/${hex}/x`, { headers: { range: 'bytes=2-4' } })
    assert.deepEqual([part.status, part.body], [206, '234'])
  }))

test('files of a tree come by the path that installers make of it', () =>
  withWeb(async ({ get, source }) => {
    const hex = 'c'.repeat(64)
    source.plans.set(mac, { ...linuxPlan, tree: `sha256:${hex}` })
    const tree = new Map([
      ['live/filesystem.squashfs', Buffer.from('squashfs')],
      ['a b/+x%.deb', Buffer.from('package')],
    ])
    source.trees.set(`sha256:${hex}`, tree)
    const place = `/b/${keyIn((await get(query)).body)}/trees`
    for (const [path, body] of [
      ['live/filesystem.squashfs', 'squashfs'],
      ['/live//filesystem.squashfs', 'squashfs'],
      ['a%20b/+x%25.deb', 'package'],
      ['a%20b%2f%2Bx%25.deb', 'package'],
    ] as const)
      assert.equal((await get(`${place}/${hex}/${path}`)).body, body, path)
    for (const path of ['live', 'live/', '%', '%ff', '../live/filesystem.squashfs', 'x\t%00'])
      assert.equal((await get(`${place}/${hex}/${encodeURI(path)}`)).status, 404, path)
    assert.equal((await get(`${place}/${hex}/%`)).status, 404)
    assert.equal((await get(`${place}/${'d'.repeat(64)}/live/filesystem.squashfs`)).status, 403)
  }))

test('what is not there is 404 with a sentence, and other methods are 405', () =>
  withWeb(async ({ get, source }) => {
    source.plans.set(mac, linuxPlan)
    const key = keyIn((await get(query)).body)
    assert.match((await get('/loaders/none.efi')).body, /no boot loader of this name/)
    assert.equal((await get(`/b/${key}/nothing`)).status, 404)
    const posted = await get('/boot.ipxe', { method: 'POST' })
    assert.deepEqual([posted.status, posted.headers['allow']], [405, 'GET, HEAD'])
    assert.equal((await get(`/b/${key}/files/${'a'.repeat(64)}/x`, { method: 'PUT' })).status, 405)
  }))

test('other paths are left to the platform', () =>
  withWeb(async ({ get }) => {
    const others = [
      '/',
      '/api/v1/images',
      '/boot.ipxe/x',
      `/files/${'a'.repeat(64)}/x`,
      `/trees/${'a'.repeat(64)}/x`,
      '//boot.ipxe',
      '/loaders/../x',
      '/b/short/files/x',
    ]
    for (const path of others) {
      const { status } = await get(path)
      assert.ok(status === 418, `${path}: ${status}`)
    }
  }))

test('GRUB asks for the size and then for the bytes: one answer, and one machine that was told', () =>
  withWeb(async ({ get, source, counters }) => {
    const path = `/grub/machine.cfg?mac=${mac}&buildarch=x86_64&platform=efi&serial=S%201%20`
    const head = await get(path, { method: 'HEAD' })
    source.plans.set(mac, { method: 'local-disk', reason: 'it was changed meanwhile' })
    const whole = await get(path)
    assert.deepEqual([head.status, whole.status], [200, 200])
    assert.equal(head.headers['content-length'], String(whole.body.length))
    assert.match(whole.body, /nothing to boot yet/)
    const address = '127.0.0.1'
    assert.deepEqual(source.asked, [
      { mac, serial: 'S 1', firmware: 'uefi', architecture: 'x86_64', address },
    ])
    assert.match((await get(path)).body, /start_disk/)
    assert.deepEqual(counters(), { 'http.grub': 3, 'plan.wait': 1, 'plan.local-disk': 1 })
  }))

test('GRUB and shim find their files as they write the paths, with a key like other loaders', () =>
  withWeb(async ({ get, source }) => {
    assert.equal((await get('/grub/grub.cfg')).body, firstConfig)
    assert.equal((await get('/loaders//ipxe-amd64.efi')).status, 200)
    for (const path of ['/grub/machine.cfg', '/grub/nothing', '/loaders//nothing.efi'])
      assert.equal((await get(path)).status, 404, path)
    source.plans.set(mac, linuxPlan)
    source.files.set(linuxPlan.kernel.digest, Buffer.from('0123456789'))
    const script = (await get(`/grub/machine.cfg?mac=${mac}`)).body
    const path = /'(\/b\/[^']+\/vmlinuz)'/.exec(script)?.[1] ?? ''
    assert.equal((await get(path)).body, '0123456789')
    assert.equal((await get(path, { from: '127.0.0.9' })).status, 403)
  }))

test('the length stands in the letters by which GRUB knows it', () =>
  withWeb(async ({ get, source }) => {
    source.plans.set(mac, linuxPlan)
    source.files.set(linuxPlan.kernel.digest, Buffer.from('0123456789'))
    const key = keyIn((await get(query)).body)
    const file = `/b/${key}/files/${'a'.repeat(64)}/x`
    for (const path of ['/grub/grub.cfg', file, '/loaders/ipxe-amd64.efi'])
      for (const method of ['GET', 'HEAD'])
        assert.ok((await get(path, { method })).fieldNames.includes('Content-Length'), path)
  }))

test('the journal hears of the script that was asked for, why, and of each file with its bytes', () =>
  withWeb(async ({ get, source, journal }) => {
    source.plans.set(mac, { ...linuxPlan, cmdline: 'secret=hunter2' })
    const { kernel, initrds } = linuxPlan
    source.files.set(kernel.digest, Buffer.from('0123456789'))
    await get('/boot.ipxe')
    const script = await get(`${query}&address=192.0.2.9&serial=S1&platform=efi`)
    const key = keyIn(script.body)
    await get(`/b/${key}/files/${'a'.repeat(64)}/vmlinuz?key=hunter2`)
    await get(`/b/${key}/files/${'b'.repeat(64)}/initrd%0a`)
    await get('/loaders/ipxe-amd64.efi', { method: 'HEAD' })
    await get(`/b/${'A'.repeat(22)}/files/${'a'.repeat(64)}/vmlinuz`)
    source.broken = new Error('disk')
    await get(query)
    const address = '127.0.0.1'
    const events = journal.events.map((event) => ('ms' in event ? { ...event, ms: 0 } : event))
    assert.partialDeepStrictEqual(events, [
      { kind: 'first-script', address, via: 'http' },
      { kind: 'asked', mac, address: '192.0.2.9', from: address, firmware: 'uefi', architecture: 'unknown' },
      {
        kind: 'decided',
        mac,
        decision: 'boot',
        because: 'a test said so',
        release: 'demo@3',
        files: [kernel, ...initrds],
      },
      { kind: 'file-begins', address, mac, what: 'file', name: 'vmlinuz', digest: kernel.digest, size: 10 },
      { kind: 'file', address, mac, name: 'vmlinuz', status: 200, bytes: 10, ms: 0, completed: true },
      { kind: 'file', what: 'file', name: 'initrd\n', status: 404, bytes: 0 },
      { kind: 'file', what: 'loader', name: 'ipxe-amd64.efi', status: 200, bytes: 0, isMeasured: true },
      { kind: 'refused-file', address, why: 'unknown key' },
      { kind: 'asked', mac },
      { kind: 'trouble', mac, where: 'script', reason: 'disk' },
    ])
    assert.ok(!JSON.stringify(journal.events).includes('hunter2'))
    assert.ok(!JSON.stringify(journal.events).includes(key))
  }))
