import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { Refused } from '../../api/problem-response.ts'
import { Forbidden } from '../../identity/sessions.ts'

/** A client fetches at once what it was shown; who was slower is shown another key. */
const goodMs = 60 * 60 * 1000
const mostUsed = 10_000
/** Of one user, who so leaves the others theirs. */
const mostUsedByOne = 500

export type DownloadKeysOptions = { readonly now?: () => number }

/**
 * Keys that let their holder fetch one release once, within an hour, without a sign-in. A key is made for each release
 * that is shown, so they are not kept: each is signed, with a secret of this process. Memory: those that were used, for
 * an hour, 500 of a user and 10,000 at most; then nothing more is given out by keys until some have expired.
 */
export class DownloadKeys {
  readonly #secret = randomBytes(32)
  /** Whose each used one was and when it expires, in the order of their use. */
  readonly #used = new Map<string, { readonly user: string; readonly until: number }>()
  /** How many of those each user has. */
  readonly #counts = new Map<string, number>()
  readonly #now: () => number

  constructor({ now = Date.now }: DownloadKeysOptions = {}) {
    this.#now = now
  }

  /** @param release `demo@3` @param user whose right it is to have it */
  make(release: string, user: string): string {
    const payload = JSON.stringify([user, this.#now() + goodMs, randomBytes(9).toString('base64url')])
    const text = Buffer.from(payload).toString('base64url')
    return `${text}.${this.#sign(text, release)}`
  }

  /** Whose key it is; it is good no more. @throws {Forbidden} for one that is none, expired or used */
  redeem(key: string, release: string): string {
    const { user, nonce, until } = this.#read(key, release)
    this.#forget()
    if (this.#used.has(nonce))
      throw new Forbidden('This key was used already. Ask for the image again, for another')
    const count = this.#counts.get(user) ?? 0
    if (this.#used.size >= mostUsed || count >= mostUsedByOne)
      throw new Refused('too_many_requests', 'Too many downloads by one-time keys within an hour')
    this.#used.set(nonce, { user, until })
    this.#counts.set(user, count + 1)
    return user
  }

  /** Whose key it is, which stays good. @throws as `redeem` */
  check(key: string, release: string): string {
    const { user, nonce } = this.#read(key, release)
    if (this.#used.has(nonce))
      throw new Forbidden('This key was used already. Ask for the image again, for another')
    return user
  }

  #read(key: string, release: string) {
    const [text = '', mark = ''] = key.slice(0, 4096).split('.')
    const right = Buffer.from(this.#sign(text, release))
    const given = Buffer.from(mark)
    if (given.length !== right.length || !timingSafeEqual(given, right))
      throw new Forbidden('This key is not for this image. Ask for the image again, for another')
    const [user, until, nonce] = JSON.parse(Buffer.from(text, 'base64url').toString()) as [
      string,
      number,
      string,
    ]
    if (until <= this.#now())
      throw new Forbidden('This key has expired. Ask for the image again, for another')
    return { user, until, nonce }
  }

  #sign(text: string, release: string): string {
    return createHmac('sha256', this.#secret).update(`${release}\0${text}`).digest('base64url')
  }

  /** From the first used on, as far as they have expired: one that was made late and used early holds the rest up. */
  #forget(): void {
    const now = this.#now()
    for (const [nonce, { user, until }] of this.#used) {
      if (until > now) return
      this.#used.delete(nonce)
      const left = (this.#counts.get(user) ?? 1) - 1
      if (left === 0) this.#counts.delete(user)
      else this.#counts.set(user, left)
    }
  }
}
