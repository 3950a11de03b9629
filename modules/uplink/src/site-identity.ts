import { createHash, createPrivateKey, X509Certificate } from 'node:crypto'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { makeRequest } from './certificates/make-certificate.ts'
import { renewalDue, type TlsCredentials } from './certificates/tls-credentials.ts'
import { makePrivateFolder, writeDurably } from './durable-file.ts'
import { platformServerName, siteIdPattern, siteNamePattern, siteServerName } from './names.ts'

const keptSchema = z.object({
  id: z.string().regex(siteIdPattern),
  name: z.string().regex(siteNamePattern),
  /** Of the upstream. */
  url: z.url(),
  /** The id of the site that is the upstream; absent: the platform is. */
  via: z.string().regex(siteIdPattern).exactOptional(),
  certificate: z.string(),
  authorities: z.array(z.string()).min(1).max(16),
})

/** All of an identity but its key. */
export type KeptIdentity = z.infer<typeof keptSchema>
/** A certificate and those who are to be believed, as `join` and `renew` bring them. */
export type Issued = Pick<KeptIdentity, 'certificate' | 'authorities'>

/**
 * Who a site is. A folder with `site.json` and a key whose file is named after it, so that key and certificate change
 * in one step: first the key is written, then `site.json`, then the old key goes. The key leaves the folder never.
 */
export class SiteIdentity {
  readonly #folder: string
  #kept: KeptIdentity
  #key: string

  private constructor(folder: string, kept: KeptIdentity, key: string) {
    this.#folder = folder
    this.#kept = kept
    this.#key = key
  }

  /** A new key, and the request for a certificate. Nothing is written. */
  static async make(): Promise<{ readonly key: string; readonly csr: string }> {
    return await makeRequest()
  }

  /** Keeps who the site is from now on. @throws {IdentityUnusable} when the parts do not belong together */
  static async keep(folder: string, kept: KeptIdentity, key: string): Promise<SiteIdentity> {
    check(kept, key)
    const identity = new SiteIdentity(folder, kept, key)
    await identity.#write(kept, key)
    return identity
  }

  /** @throws {IdentityMissing} when the site has not joined; {IdentityUnusable} */
  static async open(folder: string): Promise<SiteIdentity> {
    const text = await readFile(join(folder, 'site.json'), 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') throw new IdentityMissing(folder)
      throw error
    })
    try {
      const kept = keptSchema.parse(JSON.parse(text))
      const key = await readFile(join(folder, keyFileOf(kept.certificate)), 'utf8')
      check(kept, key)
      return new SiteIdentity(folder, kept, key)
    } catch (cause) {
      if (cause instanceof IdentityUnusable) throw cause
      throw new IdentityUnusable(`What is kept in ${folder} cannot be read; join again`, { cause })
    }
  }

  get id(): string {
    return this.#kept.id
  }

  get name(): string {
    return this.#kept.name
  }

  get url(): string {
    return this.#kept.url
  }

  /** How the upstream is called in TLS. */
  get serverName(): string {
    return this.#kept.via === undefined ? platformServerName : siteServerName(this.#kept.via)
  }

  get authorities(): readonly string[] {
    return this.#kept.authorities
  }

  /** When the certificate is over, in milliseconds since 1970. After that the site has to join again. */
  get expiresAt(): number {
    return Date.parse(new X509Certificate(this.#kept.certificate).validTo)
  }

  /** To ask with, and to serve other sites with. */
  credentials(): TlsCredentials {
    return { key: this.#key, certificate: this.#kept.certificate, authorities: this.#kept.authorities }
  }

  /** From two thirds of its life on. */
  needsRenewal(now: number): boolean {
    return renewalDue(this.#kept.certificate, now)
  }

  /** A new certificate, for a new key. Durable when fulfilled. @throws {IdentityUnusable} and stays who it was */
  async renew(issued: Issued, key: string): Promise<void> {
    const kept = { ...this.#kept, certificate: issued.certificate, authorities: [...issued.authorities] }
    check(kept, key)
    await this.#write(kept, key)
    this.#kept = kept
    this.#key = key
  }

  /** Whom to believe from now on, as a snapshot says. Whether that is news. @throws {IdentityUnusable} */
  async trust(authorities: readonly string[]): Promise<boolean> {
    const before = this.#kept.authorities
    if (before.length === authorities.length && before.every((one, at) => one === authorities[at]))
      return false
    await this.renew({ certificate: this.#kept.certificate, authorities: [...authorities] }, this.#key)
    return true
  }

  async #write(kept: KeptIdentity, key: string): Promise<void> {
    await makePrivateFolder(this.#folder)
    const keyFile = keyFileOf(kept.certificate)
    await writeDurably(join(this.#folder, keyFile), key)
    await writeDurably(join(this.#folder, 'site.json'), `${JSON.stringify(kept, undefined, 2)}\n`)
    const old = (await readdir(this.#folder)).filter((name) => keyFilePattern.test(name) && name !== keyFile)
    for (const name of old) await rm(join(this.#folder, name), { force: true })
  }
}

const keyFilePattern = /^key-[0-9a-f]{16}\.pem$/

/** Named after the key that the certificate is for. */
function keyFileOf(certificate: string): string {
  const spki = new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'der' })
  return `key-${createHash('sha256').update(spki).digest('hex').slice(0, 16)}.pem`
}

/** That the certificate is of this key, of this site, and of an authority that is believed. Not whether it is over. */
function check({ certificate, authorities, id }: KeptIdentity, key: string): void {
  const own = certificateIn(certificate)
  const issuers = authorities.map(certificateIn)
  if (!own.checkPrivateKey(createPrivateKey(key)))
    throw new IdentityUnusable('The certificate is for another key')
  if (own.checkHost(siteServerName(id)) === undefined)
    throw new IdentityUnusable(`The certificate is not that of the site ${id}`)
  if (!issuers.some((issuer) => issuer.ca && own.checkIssued(issuer) && own.verify(issuer.publicKey)))
    throw new IdentityUnusable('The certificate is of an authority that is not believed')
}

function certificateIn(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem)
  } catch (cause) {
    throw new IdentityUnusable('That is no certificate', { cause })
  }
}

/** The site has not joined. */
export class IdentityMissing extends Error {
  override readonly name = 'IdentityMissing'
  readonly code = 'identity_missing'

  constructor(folder: string) {
    super(`There is no identity in ${folder}: this site has not joined a platform`)
  }
}

/** The parts of an identity do not belong together, or cannot be read. */
export class IdentityUnusable extends Error {
  override readonly name = 'IdentityUnusable'
  readonly code = 'identity_unusable'
}
