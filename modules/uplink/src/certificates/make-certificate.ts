import './reflect-metadata.ts'
import { createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Pkcs10CertificateRequest,
  Pkcs10CertificateRequestGenerator,
  PublicKey,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509'

/** ECDSA on P-256 with SHA-256: what every TLS library has. Nothing else is made, nothing else is accepted. */
const curve = { name: 'ECDSA', namedCurve: 'P-256' } as const
const signing = { name: 'ECDSA', hash: 'SHA-256' } as const

const hour = 60 * 60 * 1000
const day = 24 * hour
/**
 * A certificate counts from two hours before it was made: sites without a clock of their own are wrong by an hour when
 * somebody took local time for UTC, and the rest of it is the tolerance for what they drift beside.
 */
export const backdatedMs = 2 * hour
export const leafLifeMs = 90 * day
const authorityLifeMs = 20 * 365 * day

/** A private key (PKCS #8) and its certificate, both PEM. */
export type KeyAndCertificate = { readonly key: string; readonly certificate: string }

export async function makeKey(): Promise<{ readonly privateKey: KeyObject; readonly publicKey: KeyObject }> {
  return await promisify(generateKeyPair)('ec', { namedCurve: 'P-256' })
}

export const keyPem = (key: KeyObject): string => String(key.export({ type: 'pkcs8', format: 'pem' }))

/** Makes an authority: a key and a certificate that it signs itself. */
export async function makeAuthority(now: number): Promise<KeyAndCertificate> {
  const { privateKey, publicKey } = await makeKey()
  const identifier = await SubjectKeyIdentifierExtension.create(spkiOf(publicKey))
  const certificate = await X509CertificateGenerator.createSelfSigned({
    // With a part of its key's name, since two authorities of one platform are trusted side by side.
    name: [{ CN: [`Bootcast authority ${identifier.keyId.slice(0, 8)}`] }],
    keys: { privateKey: webKey(privateKey, 'sign'), publicKey: webKey(publicKey, 'verify') },
    notBefore: new Date(now - backdatedMs),
    notAfter: new Date(now + authorityLifeMs),
    signingAlgorithm: signing,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.digitalSignature, true),
      identifier,
    ],
  })
  return { key: keyPem(privateKey), certificate: pemOf(certificate) }
}

export type Leaf = {
  /** CN and, for people, O. */
  readonly subject: { readonly commonName: string; readonly organization?: string }
  /** The one name that it is known by in TLS. */
  readonly dnsName: string
  readonly publicKey: KeyObject
  readonly uses: readonly ('client' | 'server')[]
  readonly now: number
}

const usages = { client: ExtendedKeyUsage.clientAuth, server: ExtendedKeyUsage.serverAuth } as const

/** A certificate for 90 days, PEM. */
export async function issue(
  leaf: Leaf,
  authority: { readonly certificate: string; readonly key: KeyObject },
): Promise<string> {
  const issuer = new X509Certificate(authority.certificate)
  const { subject, now } = leaf
  const publicKey = spkiOf(leaf.publicKey)
  const extensions: Extension[] = [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension(leaf.uses.map((use) => usages[use])),
    new SubjectAlternativeNameExtension([{ type: 'dns', value: leaf.dnsName }]),
    await SubjectKeyIdentifierExtension.create(publicKey),
    await AuthorityKeyIdentifierExtension.create(issuer.publicKey),
  ]
  const certificate = await X509CertificateGenerator.create({
    subject: [
      { CN: [subject.commonName] },
      ...(subject.organization === undefined ? [] : [{ O: [subject.organization] }]),
    ],
    issuer: issuer.subjectName.toJSON(),
    publicKey,
    signingKey: webKey(authority.key, 'sign'),
    notBefore: new Date(now - backdatedMs),
    notAfter: new Date(Math.min(now + leafLifeMs, issuer.notAfter.getTime())),
    signingAlgorithm: signing,
    extensions,
  })
  return pemOf(certificate)
}

/** A certificate request for a new key. Its names are empty: who signs it decides them. */
export async function makeRequest(): Promise<{ readonly key: string; readonly csr: string }> {
  const { privateKey, publicKey } = await makeKey()
  const request = await Pkcs10CertificateRequestGenerator.create({
    keys: { privateKey: webKey(privateKey, 'sign'), publicKey: webKey(publicKey, 'verify') },
    signingAlgorithm: signing,
  })
  return { key: keyPem(privateKey), csr: pemOf(request) }
}

/** A request of ours has about 400 bytes. */
export const mostCsrBytes = 4096

/** A certificate request that is signed by nobody's key, or by a kind of key that is not taken. */
export class CsrRefused extends Error {
  override readonly name = 'CsrRefused'
  readonly code = 'csr_refused'
}

/** The key that a request is for; whatever else it wishes is not looked at. @throws {CsrRefused} */
export async function keyOfRequest(csr: string): Promise<KeyObject> {
  if (csr.length > mostCsrBytes)
    throw new CsrRefused(`The certificate request is larger than ${mostCsrBytes} bytes`)
  const request = parsed(csr)
  const key = publicKeyOf(request)
  if (key?.asymmetricKeyType !== 'ec' || key.asymmetricKeyDetails?.namedCurve !== 'prime256v1')
    throw new CsrRefused('The key of the certificate request is not of the kind EC P-256')
  if (!(await request.verify().catch(() => false)))
    throw new CsrRefused('The certificate request is not signed by its own key')
  return key
}

function parsed(csr: string): Pkcs10CertificateRequest {
  try {
    return new Pkcs10CertificateRequest(csr)
  } catch (cause) {
    throw new CsrRefused('This is no certificate request in PEM (PKCS #10)', { cause })
  }
}

function publicKeyOf(request: Pkcs10CertificateRequest): KeyObject | undefined {
  try {
    return createPublicKey({ key: Buffer.from(request.publicKey.rawData), type: 'spki', format: 'der' })
  } catch {
    // Also what OpenSSL does not know is a key of another kind.
    return undefined
  }
}

/** The same key for the library, whose types are those of browsers. */
const webKey = (key: KeyObject, use: 'sign' | 'verify'): CryptoKey =>
  key.toCryptoKey(curve, true, [use]) as CryptoKey

const spkiOf = (key: KeyObject): PublicKey => new PublicKey(key.export({ type: 'spki', format: 'der' }))

const pemOf = (encoded: X509Certificate | Pkcs10CertificateRequest): string => `${encoded.toString('pem')}\n`
