import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { efiLoader } from '@bootcast/boot/testing/loader-files'
import { SiteIdentity, sealSnapshot } from '@bootcast/uplink'
import { MemoryBlobs } from '@bootcast/uplink/testing/memory-blobs'
import { newAuthority, uplinkPair } from '@bootcast/uplink/testing/uplink-pair'
import { pino } from 'pino'
import { plainSnapshot } from '../testing/offline-scene.ts'
import { startSite } from './compose.ts'
import { readConfig } from './site-program.ts'

/** A site that has joined a platform on loopback, without DHCP and TFTP; started and stopped as often as wanted. */
async function scene(t: TestContext) {
  const data = await mkdtemp(join(tmpdir(), 'bootcast-site-'))
  t.after(() => rm(data, { recursive: true, force: true }))
  const blobs = new MemoryBlobs()
  const loader = efiLoader()
  const loaders = [{ name: 'ipxe.efi', digest: blobs.add(loader), size: loader.length }]
  const authority = await newAuthority()
  const times = () => ({ issuedAt: Date.now(), expiresAt: Date.now() + 3_600_000 })
  const { url, server } = await uplinkPair(t, {
    ...{ authority, blobs },
    handlers: {
      snapshot: async ({ etag }, _, { signal }) => {
        if (etag !== undefined && !signal.aborted)
          await new Promise((resolve) => signal.addEventListener('abort', resolve))
        if (etag !== undefined) return undefined
        const authorities = [...authority.certificates]
        return await sealSnapshot(plainSnapshot({ ...times(), loaders, authorities }), authority)
      },
      // An upstream that has the events and never says so.
      events: () => new Promise(() => undefined),
    },
  })
  const { key, csr } = await SiteIdentity.make()
  const certificate = await authority.issueSite(csr, { id: 's1', name: 'grenoble' })
  const kept = { id: 's1', name: 'grenoble', url, certificate, authorities: [...authority.certificates] }
  await SiteIdentity.keep(join(data, 'identity'), kept, key)
  const argv = ['--data', data, '--listen', '127.0.0.1:0', '--status-listen', '127.0.0.1:0']
  const read = readConfig({
    argv: [...argv, '--dhcp', 'off', '--tftp-port', 'off'],
    ...{ env: {}, interfaces: {}, readFile: () => undefined },
  })
  assert.ok('config' in read)
  const { config } = read
  const lines: string[] = []
  const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) })
  const start = () => startSite({ config, log, version: '1' })
  const page = async (statusUrl: string, path: string) => {
    const answer = await fetch(statusUrl + path)
    return { status: answer.status, text: await answer.text() }
  }
  return { data, start, page, server, lines }
}

test('a site starts, is ready, and stops within three seconds though its upstream does not answer', async (t) => {
  const { data, start, page, lines } = await scene(t)
  const { started, stop } = await start()
  assert.equal(started.name, 'grenoble')
  assert.deepEqual(await page(started.statusUrl, '/readyz'), { status: 200, text: 'ok\n' })
  assert.match((await page(started.statusUrl, '/metrics')).text, /^bootcast_site_upstream_there 1$/m)
  const began = performance.now()
  await stop()
  assert.ok(performance.now() - began < 3_000, `${performance.now() - began} ms`)
  assert.ok((await readdir(data)).includes('snapshot'))
  assert.deepEqual(
    lines.filter((line) => JSON.parse(line).level >= 50),
    [],
  )
})

test('while the upstream is away it starts by what it knows, and is ready', async (t) => {
  const { start, page, server } = await scene(t)
  await (await start()).stop()
  await server.stop()
  const { started, stop } = await start()
  t.after(stop)
  assert.deepEqual(await page(started.statusUrl, '/readyz'), { status: 200, text: 'ok\n' })
})
