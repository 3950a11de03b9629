import assert from 'node:assert/strict'
import { createPublicKey, generateKeyPairSync, verify, X509Certificate } from 'node:crypto'
import { mkdtemp, readFile, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { MemoryAuthorityStore } from '../testing/memory-authority-store.ts'
import { requestFor } from '../testing/requests.ts'
import { Authority, fingerprintOf } from './authority.ts'
import { FileAuthorityStore } from './authority-store.ts'
import { SiteIdentity } from './site-identity.ts'

const hour = 60 * 60 * 1000
const day = 24 * hour
const start = Date.UTC(2030, 0, 1)
const opened = async (now = () => start) => Authority.open({ store: new MemoryAuthorityStore(), now })
const site = { id: 's1', name: 'grenoble' }

test('an authority is made once, kept where only its owner reads it, and is the same afterwards', async () => {
  const folder = join(await mkdtemp(join(tmpdir(), 'authority-')), 'sites')
  const first = await Authority.open({ store: new FileAuthorityStore(folder) })
  const again = await Authority.open({ store: new FileAuthorityStore(folder) })
  assert.equal(again.fingerprint, first.fingerprint)
  assert.equal((await stat(join(folder, 'authority.json'))).mode & 0o777, 0o600)
  assert.equal((await stat(folder)).mode & 0o777, 0o700)
  const [certificate = ''] = first.certificates
  const { ca, validFrom, validTo } = new X509Certificate(certificate)
  assert.ok(ca)
  assert.ok(Date.parse(validTo) - Date.parse(validFrom) > 19 * 365 * day)
})

test('an authority that cannot be read is never replaced by a new one', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'authority-'))
  await writeFile(join(folder, 'authority.json'), '{"current":')
  await assert.rejects(Authority.open({ store: new FileAuthorityStore(folder) }), /bring back a copy/)
  assert.equal(await readFile(join(folder, 'authority.json'), 'utf8'), '{"current":')
})

test('the certificate of a site has the names we give it, and both uses, for 90 days', async () => {
  const authority = await opened()
  const { csr } = await SiteIdentity.make()
  const certificate = new X509Certificate(await authority.issueSite(csr, site))
  const [ca = ''] = authority.certificates
  assert.ok(certificate.verify(new X509Certificate(ca).publicKey))
  assert.equal(certificate.subject, 'CN=s1\nO=grenoble')
  assert.equal(certificate.subjectAltName, 'DNS:s1.site.bootcast.internal')
  assert.deepEqual(certificate.keyUsage, ['1.3.6.1.5.5.7.3.2', '1.3.6.1.5.5.7.3.1'])
  assert.equal(certificate.ca, false)
  assert.equal(Date.parse(certificate.validFrom), start - 2 * hour)
  assert.equal(Date.parse(certificate.validTo), start + 90 * day)
})

test('names and wishes of a request count for nothing', async () => {
  const authority = await opened()
  const csr = await requestFor(
    generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    'platform.bootcast.internal',
  )
  const certificate = new X509Certificate(await authority.issueSite(csr, site))
  assert.equal(certificate.subjectAltName, 'DNS:s1.site.bootcast.internal')
  assert.ok(!certificate.subject.includes('platform'))
  assert.equal(certificate.ca, false)
})

test('another kind of key, a forged signature, and what is no request are refused', async () => {
  const authority = await opened()
  const refused = { code: 'csr_refused' }
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' })
  const k256 = generateKeyPairSync('ec', { namedCurve: 'secp256k1' })
  await assert.rejects(async () => authority.issueSite(await requestFor(rsa, 'a'), site), refused)
  await assert.rejects(async () => authority.issueSite(await requestFor(p384, 'a'), site), refused)
  await assert.rejects(async () => authority.issueSite(await requestFor(k256, 'a'), site), refused)
  const { csr } = await SiteIdentity.make()
  const der = Buffer.from(csr.replace(/-----[^-]+-----|\s/g, ''), 'base64')
  der[der.length - 5] = (der[der.length - 5] ?? 0) ^ 1
  const forged = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----`
  await assert.rejects(authority.issueSite(forged, site), refused)
  for (const text of [
    '',
    'x',
    '-----BEGIN',
    csr.slice(0, 200),
    authority.certificates[0] ?? '',
    csr.repeat(100),
  ])
    await assert.rejects(authority.issueSite(text, site), refused, text.slice(0, 30))
})

test('the certificate of the platform is renewed at two thirds of its life', async () => {
  let now = start
  const authority = await opened(() => now)
  const first = await authority.serverCertificate()
  now += 59 * day
  assert.equal((await authority.serverCertificate()).certificate, first.certificate)
  now += 2 * day
  const second = await authority.serverCertificate()
  assert.notEqual(second.certificate, first.certificate)
  const certificate = new X509Certificate(second.certificate)
  assert.equal(certificate.subjectAltName, 'DNS:platform.bootcast.internal')
  assert.deepEqual(certificate.keyUsage, ['1.3.6.1.5.5.7.3.1'])
})

test('a next authority is trusted before it signs, and the one before until all it signed is over', async () => {
  let now = start
  const store = new MemoryAuthorityStore()
  const authority = await Authority.open({ store, now: () => now })
  const old = authority.fingerprint
  await assert.rejects(authority.switchOver(), { code: 'no_next_authority' })
  await authority.rotate()
  await authority.rotate()
  assert.equal(authority.certificates.length, 2)
  assert.equal(authority.fingerprint, old, 'it does not sign yet')
  const shown = await authority.serverCertificate()
  await authority.switchOver()
  assert.notEqual(authority.fingerprint, old)
  assert.notEqual((await authority.serverCertificate()).certificate, shown.certificate)
  assert.deepEqual(authority.certificates.map(fingerprintOf), [authority.fingerprint, old])
  const again = await Authority.open({ store, now: () => now })
  assert.deepEqual(again.certificates, authority.certificates, 'it is kept')
  now += 91 * day
  assert.equal(authority.certificates.length, 1)
})

test('when the store is full an authority stays what it was', async () => {
  const store = new MemoryAuthorityStore()
  const authority = await Authority.open({ store })
  const before = authority.certificates
  store.isFull = true
  await assert.rejects(authority.rotate(), /full/)
  assert.deepEqual(authority.certificates, before)
  await assert.rejects(Authority.open({ store: Object.assign(new MemoryAuthorityStore(), { isFull: true }) }))
})

test('what it signs can be checked with its certificate', async () => {
  const authority = await opened()
  const bytes = Buffer.from('{"a":1}')
  const signature = Buffer.from(await authority.sign(bytes), 'base64')
  const key = createPublicKey(authority.certificates[0] ?? '')
  assert.ok(verify('sha256', bytes, key, signature))
  assert.ok(!verify('sha256', Buffer.from('{"a":2}'), key, signature))
})
