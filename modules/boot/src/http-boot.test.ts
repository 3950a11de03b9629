import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { efiLoader } from '../testing/loader-files.ts'
import { MemoryBootSource } from '../testing/memory-boot-source.ts'
import { MemoryJournal } from '../testing/memory-journal.ts'
import { createFileSender } from './http/file-sender.ts'
import { createHttpBoot } from './http-boot.ts'
import { LoaderShelf } from './loader-shelf.ts'
import { firstScript } from './methods/first.ts'

const base = 'http://192.0.2.1:8080'

type Asked = {
  readonly status: number
  readonly headers: NodeJS.Dict<string | string[]>
  readonly body: string
}
type Site = {
  readonly source: MemoryBootSource
  readonly logged: string[]
  readonly journal: MemoryJournal
  get(path: string, method?: string): Promise<Asked>
  counters(): Readonly<Record<string, number>>
}

async function withSite(run: (site: Site) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'bootcast-http-'))
  const source = new MemoryBootSource()
  const logged: string[] = []
  const sender = createFileSender({ threads: 0 })
  const shelf = await LoaderShelf.open({ directory, log: () => {} })
  await shelf.import('ipxe-amd64.efi', [efiLoader()] as never)
  const log = (level: string, message: string, fields = {}) =>
    logged.push(`${level} ${message} ${JSON.stringify(fields)}`)
  const journal = new MemoryJournal()
  const boot = createHttpBoot({ source, shelf, sender, baseUrl: () => base, log, journal })
  const server = createServer((incoming, response) => {
    if (boot.handle(incoming, response)) return
    response.writeHead(418).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const get = (path: string, method = 'GET') =>
    new Promise<Asked>((resolve, reject) => {
      // As EDK2 does: HTTP/1.1, and a path that is sent as it is.
      const call = request({ host: '127.0.0.1', port, path, method, agent: false }, (answer) => {
        const parts: Buffer[] = []
        answer.on('data', (part: Buffer) => parts.push(part))
        answer.on('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            headers: answer.headers,
            body: Buffer.concat(parts).toString('latin1'),
          }),
        )
      })
      call.on('error', reject)
      call.end()
    })
  try {
    await run({ source, logged, journal, get, counters: () => boot.counters() })
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    await sender.stop()
    rmSync(directory, { recursive: true })
  }
}

test('the first script is the same at all its places, and comes whole', () =>
  withSite(async ({ get }) => {
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
  withSite(async ({ get, source, counters }) => {
    source.plans.set('52:54:00:12:34:56', { method: 'local-disk', reason: 'installed' })
    const { status, body } = await get(
      '/boot.ipxe?mac=52%3A54%3A00%3A12%3A34%3A56&serial=S%201?&platform=efi&buildarch=arm64',
    )
    assert.equal(status, 200)
    assert.match(body, /^#!ipxe\necho Bootcast: leaving the network boot: installed\n/)
    assert.deepEqual(source.asked, [
      { mac: '52:54:00:12:34:56', serial: 'S 1?', firmware: 'uefi', architecture: 'arm64' },
    ])
    assert.deepEqual(counters(), { 'http.script': 1, 'plan.local-disk': 1 })
  }))

test('when the source is broken, the screen says so and the machine asks again', () =>
  withSite(async ({ get, source, logged }) => {
    source.broken = new Error('disk\nI/O error')
    const { status, body } = await get('/boot.ipxe?mac=525400123456')
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
    assert.deepEqual(logged, [
      'error no boot script could be made for a machine {"mac":"52:54:00:12:34:56","reason":"disk I/O error"}',
    ])
    assert.equal((await get(`/files/${'a'.repeat(64)}/vmlinuz`)).status, 503)
  }))

test('a plan whose command line no script can say is treated as broken, not sent', () =>
  withSite(async ({ get, source }) => {
    const file = { digest: `sha256:${'a'.repeat(64)}`, size: 1, name: 'vmlinuz' }
    const plan = { method: 'linux', title: 't', architecture: 'x86_64', kernel: file, initrds: [] } as const
    source.plans.set('52:54:00:12:34:56', { ...plan, cmdline: 'a\npoweroff' })
    const { body } = await get('/boot.ipxe?mac=525400123456')
    assert.match(body, /the platform cannot answer now/)
    assert.doesNotMatch(body, /poweroff/)
  }))

test('a machine without a proper mac gets no script: it would ask for ever without a pause', () =>
  withSite(async ({ get, source }) => {
    for (const mac of ['', 'no', '%00']) {
      const { status, body } = await get(`/boot.ipxe?mac=${mac}`)
      assert.equal(status, 400)
      assert.match(body, /hardware address/)
    }
    assert.deepEqual(source.asked, [])
  }))

test('files and loaders come by GET and HEAD with their length, and in parts', () =>
  withSite(async ({ get, source }) => {
    const hex = 'b'.repeat(64)
    source.files.set(`sha256:${hex}`, Buffer.from('0123456789'))
    for (const [path, length] of [
      [`/files/${hex}/initrd.gz`, '10'],
      ['/loaders/ipxe-amd64.efi', '1024'],
    ] as const) {
      const whole = await get(path)
      const head = await get(path, 'HEAD')
      assert.deepEqual([whole.status, head.status, head.body], [200, 200, ''])
      assert.equal(whole.headers['content-length'], length)
      assert.equal(head.headers['content-length'], length)
      assert.equal(head.headers['etag'], whole.headers['etag'])
    }
    assert.equal((await get(`/files/${hex}/x`)).body, '0123456789')
  }))

test('files of a tree come by the path that installers make of it', () =>
  withSite(async ({ get, source }) => {
    const hex = 'c'.repeat(64)
    const tree = new Map([
      ['live/filesystem.squashfs', Buffer.from('squashfs')],
      ['a b/+x%.deb', Buffer.from('package')],
    ])
    source.trees.set(`sha256:${hex}`, tree)
    for (const [path, body] of [
      ['live/filesystem.squashfs', 'squashfs'],
      ['/live//filesystem.squashfs', 'squashfs'],
      ['a%20b/+x%25.deb', 'package'],
      ['a%20b%2f%2Bx%25.deb', 'package'],
    ] as const)
      assert.equal((await get(`/trees/${hex}/${path}`)).body, body, path)
    for (const path of ['live', 'live/', '%', '%ff', '../live/filesystem.squashfs', 'x\t%00'])
      assert.equal((await get(`/trees/${hex}/${encodeURI(path)}`)).status, 404, path)
    assert.equal((await get(`/trees/${hex}/%`)).status, 404)
    assert.equal((await get(`/trees/${'d'.repeat(64)}/live/filesystem.squashfs`)).status, 404)
  }))

test('what is not there is 404 with a sentence, and other methods are 405', () =>
  withSite(async ({ get }) => {
    assert.equal((await get(`/files/${'0'.repeat(64)}/x`)).status, 404)
    assert.match((await get('/loaders/none.efi')).body, /no boot loader of this name/)
    const posted = await get('/boot.ipxe', 'POST')
    assert.deepEqual([posted.status, posted.headers['allow']], [405, 'GET, HEAD'])
  }))

test('other paths are left to the platform', () =>
  withSite(async ({ get }) => {
    const others = [
      '/',
      '/api/v1/images',
      '/boot.ipxe/x',
      '/files/abc/x',
      `/files/${'A'.repeat(64)}/x`,
      '//boot.ipxe',
      '/loaders/../x',
    ]
    for (const path of others) {
      const { status } = await get(path)
      assert.ok(status === 418, `${path}: ${status}`)
    }
  }))

test('the journal hears of the script that was asked for, why, and of each file with its bytes', () =>
  withSite(async ({ get, source, journal }) => {
    const digest = `sha256:${'b'.repeat(64)}`
    const mac = '52:54:00:12:34:56'
    const kernel = { digest, size: 5, name: 'vmlinuz' }
    const plan = { method: 'linux', title: 'demo 3', release: 'demo@3', architecture: 'x86_64' } as const
    source.plans.set(mac, { ...plan, kernel, initrds: [], cmdline: 'secret=hunter2' })
    source.files.set(digest, Buffer.from('bytes'))
    await get('/boot.ipxe')
    await get(`/boot.ipxe?mac=${mac}&address=192.0.2.9&serial=S1&platform=efi`)
    await get(`/files/${'b'.repeat(64)}/vmlinuz?key=hunter2`)
    await get(`/files/${'c'.repeat(64)}/initrd%0a`)
    await get('/loaders/ipxe-amd64.efi', 'HEAD')
    source.broken = new Error('disk')
    await get(`/boot.ipxe?mac=${mac}`)
    const address = '127.0.0.1'
    const events = journal.events.map((event) => ('ms' in event ? { ...event, ms: 0 } : event))
    const transfer = (events[3] as { transfer: string }).transfer
    const file = { address, what: 'file', name: 'vmlinuz', digest, size: 5, transfer }
    assert.deepEqual(events.slice(0, 5), [
      { kind: 'first-script', address },
      { kind: 'asked', mac, address: '192.0.2.9', from: address, firmware: 'uefi', architecture: 'unknown' },
      { kind: 'decided', mac, decision: 'boot', because: 'demo 3', release: 'demo@3', files: [kernel] },
      { kind: 'file-begins', ...file },
      { kind: 'file', ...file, status: 200, bytes: 5, ms: 0, completed: true },
    ])
    assert.partialDeepStrictEqual(events.slice(5), [
      { kind: 'file', what: 'file', name: 'initrd\n', status: 404, bytes: 0 },
      { kind: 'file', what: 'loader', name: 'ipxe-amd64.efi', status: 200, bytes: 0, isMeasured: true },
      { kind: 'asked', mac },
      { kind: 'trouble', mac, where: 'script', reason: 'disk' },
    ])
    assert.ok(!JSON.stringify(journal.events).includes('hunter2'))
  }))
