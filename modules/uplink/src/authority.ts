import { createHash, createPrivateKey, type KeyObject, sign, X509Certificate } from 'node:crypto'
import { promisify } from 'node:util'
import type { AuthorityState, AuthorityStore } from './authority-store.ts'
import {
  backdatedMs,
  issue,
  type KeyAndCertificate,
  keyOfRequest,
  keyPem,
  leafLifeMs,
  makeAuthority,
  makeKey,
} from './certificates/make-certificate.ts'
import { renewalDue, type TlsCredentials } from './certificates/tls-credentials.ts'
import { platformServerName, siteIdPattern, siteServerName } from './names.ts'

export type AuthorityOptions = {
  readonly store: AuthorityStore
  readonly now?: () => number
}

const signAside = promisify(sign)

/**
 * Who says which site is which: a certificate authority of the platform's own, ECDSA P-256, for 20 years. It also signs
 * the snapshots of sites. What it signs counts from two hours before, so that sites whose clock is an hour slow believe
 * it; and is renewed a month before its end, so that those whose clock is fast do.
 */
export class Authority {
  readonly #store: AuthorityStore
  readonly #now: () => number
  #state: AuthorityState
  #key: KeyObject
  #server: (KeyAndCertificate & { readonly of: string }) | undefined
  #turn: Promise<unknown> = Promise.resolve()

  private constructor(options: AuthorityOptions, state: AuthorityState) {
    this.#store = options.store
    this.#now = options.now ?? Date.now
    this.#state = state
    this.#key = createPrivateKey(state.current.key)
  }

  /** The authority that is kept there; a new one, kept before it signs anything, when there has never been one. */
  static async open(options: AuthorityOptions): Promise<Authority> {
    const known = await options.store.load()
    if (known !== undefined) return new Authority(options, known)
    const state = { current: await makeAuthority((options.now ?? Date.now)()), retired: [] }
    await options.store.save(state)
    return new Authority(options, state)
  }

  /** Authorities that a site shall trust, PEM: the one that signs, the next one, and those before. */
  get certificates(): readonly string[] {
    const { current, next, retired } = this.#state
    const before = retired.filter(({ until }) => this.#now() < until).map(({ certificate }) => certificate)
    return [current.certificate, ...(next === undefined ? [] : [next.certificate]), ...before]
  }

  /** Names the one that waits for the switch-over. */
  get nextFingerprint(): string | undefined {
    const { next } = this.#state
    return next && fingerprintOf(next.certificate)
  }

  /** Names the authority that signs. */
  get fingerprint(): string {
    return fingerprintOf(this.#state.current.certificate)
  }

  /**
   * A certificate for the key of a request, PEM: to ask with, and to serve other sites with. The names are ours; what
   * the request says of itself counts for nothing. @throws {CsrRefused}
   */
  async issueSite(csr: string, site: { readonly id: string; readonly name: string }): Promise<string> {
    if (!siteIdPattern.test(site.id)) throw new Error(`${site.id} cannot be the id of a site`)
    const publicKey = await keyOfRequest(csr)
    const leaf = {
      subject: { commonName: site.id, organization: site.name.slice(0, 64) },
      dnsName: siteServerName(site.id),
      publicKey,
      uses: ['client', 'server'],
      now: this.#now(),
    } as const
    return await issue(leaf, this.#signer())
  }

  /** What the platform shows to sites; a new one when two thirds of its life are over, or another authority signs. */
  async serverCertificate(): Promise<KeyAndCertificate> {
    return await this.#inTurn(async () => {
      const known = this.#server
      const of = this.fingerprint
      if (known?.of === of && !renewalDue(known.certificate, this.#now())) return known
      const { privateKey, publicKey } = await makeKey()
      const names = { subject: { commonName: platformServerName }, dnsName: platformServerName }
      const leaf = { ...names, publicKey, uses: ['server'], now: this.#now() } as const
      this.#server = { of, key: keyPem(privateKey), certificate: await issue(leaf, this.#signer()) }
      return this.#server
    })
  }

  /** What a server for sites needs. */
  async credentials(): Promise<TlsCredentials> {
    const { key, certificate } = await this.serverCertificate()
    return { key, certificate, authorities: this.certificates }
  }

  /** The signature of the one that signs now: ECDSA P-256 with SHA-256, DER, base64. */
  async sign(bytes: Uint8Array): Promise<string> {
    return (await signAside('sha256', bytes, this.#key)).toString('base64')
  }

  /**
   * Makes the authority of later. Sites trust it as soon as they have a new snapshot; wait until all have one, then
   * switch over. One that waits already stays.
   */
  async rotate(): Promise<void> {
    await this.#inTurn(async () => {
      if (this.#state.next !== undefined) return
      await this.#keep({ ...this.#state, next: await makeAuthority(this.#now()) })
    })
  }

  /**
   * The next authority signs from now on; the one before is trusted until all that it signed is over. Sites that have
   * not heard of the next one have to join again, and tokens that were given out before name the old one.
   */
  async switchOver(): Promise<void> {
    await this.#inTurn(async () => {
      const { current, next, retired } = this.#state
      if (next === undefined) throw new NoNextAuthority()
      const now = this.#now()
      const old = { certificate: current.certificate, until: now + leafLifeMs + backdatedMs }
      await this.#keep({ current: next, retired: [old, ...retired.filter(({ until }) => now < until)] })
    })
  }

  async #keep(state: AuthorityState): Promise<void> {
    await this.#store.save(state)
    this.#state = state
    this.#key = createPrivateKey(state.current.key)
  }

  #signer() {
    return { certificate: this.#state.current.certificate, key: this.#key }
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work)
    this.#turn = mine.catch(() => undefined)
    return mine
  }
}

/** There is nothing to switch over to. */
export class NoNextAuthority extends Error {
  override readonly name = 'NoNextAuthority'
  readonly code = 'no_next_authority'

  constructor() {
    super('There is no next authority yet; make one first, and wait until all sites have heard of it.')
  }
}

/** SHA-256 of a certificate's DER, base64url: 43 characters. */
export const fingerprintOf = (certificate: string): string =>
  createHash('sha256').update(new X509Certificate(certificate).raw).digest('base64url')
