import { createHash, randomBytes } from 'node:crypto'

/** For how long a site may join by a token. */
export const tokenMs = 24 * 60 * 60 * 1000

/** 256 random bits: what lets one site join, once. */
export const newSiteToken = (): string => `bcs_${randomBytes(32).toString('base64url')}`

/** What is kept of a token. */
export const hashOfSiteToken = (token: string): string => createHash('sha256').update(token).digest('hex')
