import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { SiteIdentity, sealSnapshot, UplinkRefused } from '@bootcast/uplink'
import { uplinkPair } from '@bootcast/uplink/testing/uplink-pair'
import { plainSnapshot } from '../../testing/offline-scene.ts'
import { readConfig } from '../site-program.ts'
import { FileSnapshotStore } from '../upstream/file-snapshot-store.ts'
import { doctor } from './doctor.ts'
import { listenStatus } from './status-server.ts'

/** A site that has joined a platform on loopback; what else is well the test decides. */
async function scene(t: TestContext) {
  const data = await mkdtemp(join(tmpdir(), 'bootcast-doctor-'))
  t.after(() => rm(data, { recursive: true, force: true }))
  const state = { isRevoked: false }
  const { authority, url, server } = await uplinkPair(t, {
    handlers: {
      snapshot: async () => {
        if (state.isRevoked) throw new UplinkRefused('site_revoked', 'over')
        return await sealSnapshot(plainSnapshot(), authority)
      },
    },
  })
  const joinIt = async () => {
    const { key, csr } = await SiteIdentity.make()
    const certificate = await authority.issueSite(csr, { id: 's1', name: 'grenoble' })
    const authorities = [...authority.certificates]
    const kept = { id: 's1', name: 'grenoble', url, certificate, authorities }
    await SiteIdentity.keep(join(data, 'identity'), kept, key)
  }
  const keepPolicy = async (issuedAt: number, expiresAt: number, clockOffset = 0) => {
    const { bytes, signature } = await sealSnapshot(plainSnapshot({ issuedAt, expiresAt }), authority)
    await new FileSnapshotStore(join(data, 'snapshot')).save({ bytes, signature, clockOffset })
  }
  const status = await listenStatus(
    { address: '127.0.0.1', port: 0 },
    { obstacles: () => [], metrics: () => '' },
  )
  t.after(status.stop)
  const examine = async (format: 'text' | 'json' = 'json') => {
    const argv = ['--data', data, '--status-listen', `127.0.0.1:${status.port}`, '--dhcp', 'off']
    const read = readConfig({ argv, env: {}, interfaces: {}, readFile: () => undefined })
    assert.ok('config' in read)
    return await doctor({ config: read.config, version: '1', format })
  }
  /** What is not well. */
  const wrong = async () => {
    const { findings } = JSON.parse((await examine()).text) as {
      findings: { what: string; isWell: boolean; says: string; todo?: string }[]
    }
    return Object.fromEntries(findings.filter(({ isWell }) => !isWell).map((one) => [one.what, one]))
  }
  return { data, state, server, joinIt, keepPolicy, status, examine, wrong }
}
const hour = 3_600_000

test('of a site that is well it says what it has looked at', async (t) => {
  const { joinIt, keepPolicy, examine, wrong } = await scene(t)
  await joinIt()
  await keepPolicy(Date.now(), Date.now() + hour)
  const found = await wrong()
  for (const what of ['site', 'certificate', 'upstream', 'clock', 'policy', 'program'])
    assert.equal(found[what], undefined, JSON.stringify(found[what]))
  const { text } = await examine('text')
  assert.match(text, /^ok {5}site {9}this is grenoble, of https:/m)
  assert.match(text, /^ok {5}upstream .* answered in \d+ ms$/m)
})

test('a computer that has not joined is told how; one whose identity is damaged, that', async (t) => {
  const { data, joinIt, wrong, examine } = await scene(t)
  assert.match((await wrong())['site']?.says ?? '', /nobody has joined/)
  assert.match(
    (await examine('text')).text,
    /^WRONG {2}site .*\n +To do: run the command that "bootcast site add/m,
  )
  await joinIt()
  await writeFile(join(data, 'identity', 'site.json'), '{')
  const { says = '', todo = '' } = (await wrong())['site'] ?? {}
  assert.match(says, /cannot be read; join again/)
  assert.match(todo, /bootcast site token NAME/)
})

test('an upstream that is away, and one that has revoked the site', async (t) => {
  const { joinIt, state, server, wrong } = await scene(t)
  await joinIt()
  state.isRevoked = true
  assert.equal((await wrong())['upstream']?.says, 'this site was revoked')
  await server.stop()
  const { says = '', todo = '' } = (await wrong())['upstream'] ?? {}
  assert.match(says, /does not answer/)
  assert.match(todo, /firewall/)
})

test('a policy is too old by the clock of the platform, whatever time it is here', async (t) => {
  const { joinIt, keepPolicy, wrong } = await scene(t)
  await joinIt()
  assert.equal((await wrong())['policy']?.says, 'none is here yet')
  await keepPolicy(Date.now() - 2 * hour, Date.now() - hour)
  assert.match((await wrong())['policy']?.says ?? '', /counts until/)
  await keepPolicy(Date.now() - 2 * hour, Date.now() - hour, -2 * hour)
  assert.equal((await wrong())['policy'], undefined)
})

test('a program that does not run', async (t) => {
  const { status, wrong, examine } = await scene(t)
  await status.stop()
  assert.match((await wrong())['program']?.says ?? '', /nothing answers at/)
  assert.equal((await examine()).isWell, false)
})
