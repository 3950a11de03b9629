import { createHash, randomBytes } from 'node:crypto'
import { siteIdPattern, siteNamePattern } from './names.ts'

/** What one prints on the platform and types at the site: `grenoble.<secret>.<fingerprint>`. */
export type JoinToken = {
  /** The name of the site. */
  readonly site: string
  /** 128 random bits, base64url: 22 characters. Counts once. */
  readonly secret: string
  /** Of the authority that the site shall believe, so that nobody on the way can be it. */
  readonly fingerprint: string
  /** The id of the site that it asks instead of the platform; then it stands at the end. */
  readonly via?: string
}

const mostCharacters = 256
const secretPattern = /^[A-Za-z0-9_-]{22}$/
const fingerprintPattern = /^[A-Za-z0-9_-]{43}$/

export const newSecret = (): string => randomBytes(16).toString('base64url')

export function formatJoinToken({ site, secret, fingerprint, via }: JoinToken): string {
  return [site, secret, fingerprint, ...(via === undefined ? [] : [via])].join('.')
}

/** `undefined`: it is none. Takes any text. */
export function parseJoinToken(text: string): JoinToken | undefined {
  if (text.length > mostCharacters) return undefined
  const [site = '', secret = '', fingerprint = '', via, ...more] = text.trim().split('.')
  const isOne =
    siteNamePattern.test(site) &&
    secretPattern.test(secret) &&
    fingerprintPattern.test(fingerprint) &&
    (via === undefined || siteIdPattern.test(via)) &&
    more.length === 0
  return isOne ? { site, secret, fingerprint, ...(via !== undefined && { via }) } : undefined
}

/** What the platform keeps of a secret: SHA-256, hexadecimal. 128 random bits need no slow hash. */
export const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('hex')
