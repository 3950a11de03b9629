import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { StartRefused } from '@bootcast/options'
import { turns } from './turns.ts'

/** OWASP Password Storage Cheat Sheet: argon2id with 19 MiB, two passes, one lane. */
const cost = { memory: 19_456, passes: 2, parallelism: 1 }
const tagLength = 32
const nonceLength = 16

export type PasswordHasher = {
  /** A PHC string (`$argon2id$v=19$m=…,t=…,p=…$salt$tag`) with a salt of its own. */
  hash(password: string): Promise<string>
  /** Whether the password is the one of the PHC string; without one it works as long, and says no. */
  verify(password: string, phc: string | undefined): Promise<boolean>
}

/**
 * argon2id by node:crypto. At most `atOnce` are computed at the same time (19 MiB and a thread each), at most
 * `waiting` wait for their turn. @throws {StartRefused} on a Node without argon2id: no weaker way is taken in its place
 */
export function createPasswordHasher({ atOnce = 2, waiting = 16 } = {}): PasswordHasher {
  if (typeof argon2 !== 'function')
    throw new StartRefused(
      `this Node (${process.version}) has no argon2id; Bootcast needs Node 24.7 or later`,
    )
  const takeTurn = turns(atOnce, waiting)
  const nobody = { ...cost, nonce: randomBytes(nonceLength), tag: randomBytes(tagLength) }
  return {
    async hash(password) {
      const nonce = randomBytes(nonceLength)
      return phcText(nonce, await takeTurn(() => derive(password, { ...cost, nonce, tagLength })))
    },
    async verify(password, phc) {
      const known = phc === undefined ? undefined : parsePhc(phc)
      const { tag, ...parameters } = known ?? nobody
      const found = await takeTurn(() => derive(password, { ...parameters, tagLength: tag.length }))
      return timingSafeEqual(found, tag) && known !== undefined
    },
  }
}

type Parameters = typeof cost & { readonly nonce: Buffer; readonly tagLength: number }

const derive = (password: string, parameters: Parameters): Promise<Buffer> =>
  promisify(argon2)('argon2id', { message: password.normalize('NFC'), ...parameters })

const unpadded = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '')

function phcText(nonce: Buffer, tag: Buffer): string {
  const { memory, passes, parallelism } = cost
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${unpadded(nonce)}$${unpadded(tag)}`
}

const phcPattern =
  /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,64})\$([A-Za-z0-9+/]{22,86})$/

/** @throws when the catalogue holds something else: then it is damaged, and nobody may sign in by it */
function parsePhc(phc: string) {
  const [, memory, passes, parallelism, nonce, tag] = phcPattern.exec(phc) ?? []
  if (tag === undefined || nonce === undefined) throw new Error('a stored password is no argon2id PHC string')
  return {
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    nonce: Buffer.from(nonce, 'base64'),
    tag: Buffer.from(tag, 'base64'),
  }
}

const letters = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789'

/** 24 letters and digits that are not mistaken for each other: 139 bits. */
export function makePassword(): string {
  const bytes = [...randomBytes(96)].filter((byte) => byte < 4 * letters.length)
  const password = bytes.slice(0, 24).map((byte) => letters[byte % letters.length])
  return password.length === 24 ? password.join('') : makePassword()
}
