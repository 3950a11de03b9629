import assert from 'node:assert/strict'
import { mkdtemp, readdir, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { MemoryAuthorityStore } from '../testing/memory-authority-store.ts'
import { Authority } from './authority.ts'
import { SiteIdentity } from './site-identity.ts'

const day = 24 * 60 * 60 * 1000
const site = { id: 's1', name: 'grenoble' }
const authority = await Authority.open({ store: new MemoryAuthorityStore() })
const other = await Authority.open({ store: new MemoryAuthorityStore() })
const folderName = async () => join(await mkdtemp(join(tmpdir(), 'identity-')), 'identity')

async function joined(folder: string) {
  const { key, csr } = await SiteIdentity.make()
  const certificate = await authority.issueSite(csr, site)
  const kept = {
    ...site,
    url: 'https://127.0.0.1:8443',
    certificate,
    authorities: [...authority.certificates],
  }
  return { kept, key, identity: await SiteIdentity.keep(folder, kept, key) }
}

test('who a site is survives, and only its owner reads the key', async () => {
  const folder = await folderName()
  const { identity } = await joined(folder)
  const again = await SiteIdentity.open(folder)
  assert.deepEqual(again.credentials(), identity.credentials())
  assert.equal(again.serverName, 'platform.bootcast.internal')
  const files = await readdir(folder)
  assert.equal(files.length, 2)
  for (const name of files) assert.equal((await stat(join(folder, name))).mode & 0o777, 0o600)
})

test('a site that has not joined says so; one whose files are damaged says that', async () => {
  const folder = await folderName()
  await assert.rejects(SiteIdentity.open(folder), { code: 'identity_missing' })
  await joined(folder)
  await writeFile(join(folder, 'site.json'), '{}')
  await assert.rejects(SiteIdentity.open(folder), { code: 'identity_unusable' })
})

test('parts that do not belong together are not kept', async () => {
  const folder = await folderName()
  const { kept, key } = await joined(folder)
  const unusable = { code: 'identity_unusable' }
  const { key: another } = await SiteIdentity.make()
  await assert.rejects(SiteIdentity.keep(folder, kept, another), unusable)
  await assert.rejects(SiteIdentity.keep(folder, { ...kept, id: 's2' }, key), unusable)
  await assert.rejects(
    SiteIdentity.keep(folder, { ...kept, authorities: [...other.certificates] }, key),
    unusable,
  )
  await assert.rejects(SiteIdentity.keep(folder, { ...kept, authorities: ['x'] }, key), unusable)
  assert.equal((await SiteIdentity.open(folder)).id, 's1')
})

test('a renewal brings a new key, and the old one goes', async () => {
  const folder = await folderName()
  const { identity, key: old } = await joined(folder)
  assert.ok(!identity.needsRenewal(Date.now() + 59 * day))
  assert.ok(identity.needsRenewal(Date.now() + 61 * day))
  const { key, csr } = await SiteIdentity.make()
  const certificate = await authority.issueSite(csr, site)
  await identity.renew({ certificate, authorities: [...authority.certificates] }, key)
  const again = await SiteIdentity.open(folder)
  assert.equal(again.credentials().key, key)
  assert.notEqual(again.credentials().key, old)
  assert.equal((await readdir(folder)).length, 2)
})

test('after a crash between the two files of a renewal the site is who it was', async () => {
  const folder = await folderName()
  const { identity } = await joined(folder)
  await writeFile(join(folder, `key-${'0'.repeat(16)}.pem`), 'the key of a certificate that never was kept')
  assert.deepEqual((await SiteIdentity.open(folder)).credentials(), identity.credentials())
})

test('a site learns whom to believe, but never that its own authority is to be forgotten', async () => {
  const folder = await folderName()
  const { identity } = await joined(folder)
  assert.equal(await identity.trust(authority.certificates), false)
  assert.equal(await identity.trust([...authority.certificates, ...other.certificates]), true)
  assert.equal((await SiteIdentity.open(folder)).authorities.length, 2)
  await assert.rejects(identity.trust(other.certificates), { code: 'identity_unusable' })
})
