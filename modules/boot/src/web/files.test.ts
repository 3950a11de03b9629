import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keyIn, linuxPlan, withWeb } from '../../testing/boot-web.ts'

const mac = '52:54:00:12:34:56'
const query = `/boot.ipxe?mac=${mac}`
const kernel = 'a'.repeat(64)
const initrd = 'b'.repeat(64)
const other = 'f'.repeat(64)
const minute = 60_000

const fill = (source: { files: Map<string, Uint8Array> }) => {
  for (const hex of [kernel, initrd, other]) source.files.set(`sha256:${hex}`, Buffer.from('0123456789'))
}

test('a key opens the files of its release and no others, on its machine and on no other', () =>
  withWeb(async ({ get, source, card, logged }) => {
    fill(source)
    source.plans.set(mac, linuxPlan)
    const key = keyIn((await get(query)).body)
    const place = `/b/${key}/files`
    assert.equal((await get(`${place}/${kernel}/vmlinuz`)).status, 200)
    assert.equal((await get(`${place}/${other}/vmlinuz`)).status, 403)
    assert.equal((await get(`${place}/${kernel}/vmlinuz`, { from: '127.0.0.9' })).status, 403)
    assert.equal((await get(`/b/${'A'.repeat(22)}/files/${kernel}/vmlinuz`)).status, 403)
    assert.deepEqual(
      source.refusals.map(({ why, mac: of }) => [of, why]),
      [
        [mac, 'file of another release'],
        [mac, 'key of another machine'],
        [undefined, 'unknown key'],
      ],
    )
    card.isSame = true
    assert.equal((await get(`${place}/${kernel}/vmlinuz`, { from: '127.0.0.9' })).status, 200)
    assert.ok(!logged.join('').includes(key))
  }))

test('a key is dead an hour after its last use, and after twelve hours in any case', () =>
  withWeb(async ({ get, source, clock }) => {
    fill(source)
    source.plans.set(mac, linuxPlan)
    const path = async () => `/b/${keyIn((await get(query)).body)}/files/${kernel}/vmlinuz`
    const [idle, busy] = [await path(), await path()]
    for (let n = 0; n < 12 * 2 - 1; n++) {
      clock.at += 31 * minute
      assert.equal((await get(busy)).status, n * 31 + 31 > 12 * 60 ? 403 : 200, `${n}`)
    }
    assert.equal((await get(idle)).status, 403)
  }))

test('a boot has started when its loader has all its files, once', () =>
  withWeb(async ({ get, source, counters }) => {
    fill(source)
    source.plans.set(mac, linuxPlan)
    const place = `/b/${keyIn((await get(query)).body)}/files`
    await get(`${place}/${kernel}/vmlinuz`)
    await get(`${place}/${initrd}/initrd.gz`, { method: 'HEAD' })
    await get(`${place}/${initrd}/initrd.gz`, { headers: { range: 'bytes=0-3' } })
    assert.equal(source.startedBoots.length, 0)
    await get(`${place}/${initrd}/initrd.gz`)
    await get(`${place}/${initrd}/initrd.gz`)
    const [boot, ...more] = source.startedBoots
    assert.deepEqual(
      [boot?.machine.mac, boot?.release, boot?.leave, more],
      [mac, 'demo@3', { by: 'default' }, []],
    )
    assert.equal(counters()['boot.started'], 1)
  }))

test('a document is given out as often as it may be, and knows where it calls back', () =>
  withWeb(async ({ get, source }) => {
    const document = { name: 'preseed.cfg', fetches: 1, installs: true }
    const cmdline = 'url={{preseed}} seed={{seed}}'
    source.plans.set(mac, {
      ...linuxPlan,
      cmdline,
      documents: { preseed: document, seed: { name: '', fetches: 2, installs: false } },
    })
    source.documents.set('preseed/preseed.cfg', 'call {{boot}}/phone-home from {{mac}}')
    source.documents.set('seed/user-data', 'x')
    const { body } = await get(query)
    const key = keyIn(body)
    const url = `http://192.0.2.1:8080/b/${key}`
    assert.match(body, new RegExp(`url=${url}/documents/preseed/preseed.cfg seed=${url}/documents/seed/ `))
    const preseed = `/b/${key}/documents/preseed/preseed.cfg`
    assert.equal((await get(preseed, { method: 'HEAD' })).status, 200)
    const first = await get(preseed)
    assert.deepEqual([first.status, first.body], [200, `call ${url}/phone-home from ${mac}`])
    assert.equal(first.headers['cache-control'], 'no-store')
    assert.equal((await get(preseed)).status, 403)
    const seed = `/b/${key}/documents/seed`
    assert.deepEqual(
      [
        (await get(`${seed}/user-data`)).status,
        (await get(`${seed}/user-data`)).status,
        (await get(`${seed}/user-data`)).status,
      ],
      [200, 200, 403],
    )
    assert.equal((await get(`${seed}/none`)).status, 404)
    assert.equal((await get(`/b/${key}/documents/other/x`)).status, 403)
  }))

test('of two that fetch a document at the same moment one gets it', () =>
  withWeb(async ({ get, source }) => {
    source.plans.set(mac, { ...linuxPlan, documents: { preseed: { name: 'p', fetches: 1, installs: true } } })
    source.documents.set('preseed/p', 'secret')
    const key = keyIn((await get(query)).body)
    const answers = await Promise.all(Array.from({ length: 8 }, () => get(`/b/${key}/documents/preseed/p`)))
    assert.equal(answers.filter(({ status }) => status === 200).length, 1)
  }))

test('a machine phones home as the one it is, in a query or a form', () =>
  withWeb(async ({ get, source }) => {
    source.plans.set(mac, linuxPlan)
    const key = keyIn((await get(query)).body)
    const place = `/b/${key}/phone-home`
    await get(`${place}?state=log&text=partman%0Astarts`)
    await get(place, { method: 'POST', body: 'state=failed&text=no+disk&mac=00:00:00:00:00:00' })
    await get(place, { method: 'POST', body: 'pub_key_rsa=x&instance_id=i' })
    const same = { mac, release: 'demo@3', installs: false }
    assert.deepEqual(source.calls, [
      { ...same, state: 'log', text: 'partman starts' },
      { ...same, state: 'failed', text: 'no disk' },
      { ...same, state: 'done', text: '' },
    ])
    assert.equal((await get(`${place}?state=nonsense`)).status, 400)
  }))

test('that an installation is done is told only of a boot that was to install', () =>
  withWeb(async ({ get, source }) => {
    const document = (installs: boolean) => ({ name: 'x', fetches: 1, installs })
    for (const installs of [true, false]) {
      source.plans.set(mac, { ...linuxPlan, documents: { a: document(false), b: document(installs) } })
      await get(`/b/${keyIn((await get(query)).body)}/phone-home`)
    }
    assert.deepEqual(
      source.calls.map(({ installs }) => installs),
      [true, false],
    )
  }))
