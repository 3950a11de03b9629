import { createHmac, randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { SignInRefused } from '@bootcast/boot'
import type { SiteDatabase } from './site-database.ts'
import { UserAttempts } from './user-attempts.ts'

export type SignInVerifiersSettings = {
  readonly database: SiteDatabase
  /** 32 bytes, kept elsewhere: pepper-file.ts. */
  readonly pepper: Uint8Array
}

/** OWASP Password Storage Cheat Sheet: scrypt with N=2^15, r=8 has p=3; the pepper stands for the other passes. */
const cost = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 2 ** 20 }
const hashLength = 32
const saltLength = 16
/** Derivations at the same time: 32 MiB and a thread of the pool each. */
const atOnce = 3
/** More wait; beyond these they are sent away. */
const mostWaiting = 16
const longestName = 256
const longestPassword = 1024
const mostVerifiers = 10_000

type Row = {
  readonly name: string
  readonly salt: Uint8Array
  readonly hash: Uint8Array
  readonly expires_at: number
}

/**
 * Lets users sign in while the upstream is away, when they did a while ago while it was there. What is kept is scrypt of
 * a keyed digest of the password, never the password; it is good until the time that was said. Memory: 96 MiB while
 * three derive, and 10,000 names of who tries.
 */
export class SignInVerifiers {
  readonly #database: SiteDatabase
  readonly #pepper: Uint8Array
  readonly #attempts = new UserAttempts()
  readonly #nobody = { salt: randomBytes(saltLength), hash: randomBytes(hashLength) }
  readonly #queue: (() => void)[] = []
  #running = 0

  constructor({ database, pepper }: SignInVerifiersSettings) {
    this.#database = database
    this.#pepper = pepper
  }

  /** After the upstream has let the user in: from then on, until `until`, this password does here too. */
  async remember(user: string, password: string, until: number): Promise<void> {
    const salt = randomBytes(saltLength)
    const hash = await this.#derive(password, salt)
    const { sqlite } = this.#database
    this.#database.durably(() => {
      sqlite
        .prepare('INSERT OR REPLACE INTO verifiers VALUES (?, ?, ?, ?, ?)')
        .run(keyOf(user), user, salt, hash, Math.round(until))
      sqlite
        .prepare(
          'DELETE FROM verifiers WHERE key IN (SELECT key FROM verifiers ORDER BY expires_at DESC LIMIT -1 OFFSET ?)',
        )
        .run(mostVerifiers)
    })
  }

  /**
   * The user's name, when the password is right. The same work whether there is such a user or not.
   * @throws {SignInRefused} `wrong`; `locked`: five attempts a minute for a name, and so many at once
   */
  async check(user: string, password: string, now: number): Promise<string> {
    const key = keyOf(user)
    const waitMs = this.#attempts.begin(key, now)
    if (waitMs > 0) throw new SignInRefused('locked', Math.ceil(waitMs / 1000))
    this.#forgetExpired(now)
    const found = this.#database.sqlite.prepare('SELECT * FROM verifiers WHERE key = ?').get(key) as
      | Row
      | undefined
    const row = found !== undefined && found.expires_at > now ? found : undefined
    const { salt, hash } = row ?? this.#nobody
    const isRight = timingSafeEqual(await this.#derive(password, salt), hash)
    if (row === undefined || !isRight) throw new SignInRefused('wrong', 2)
    this.#attempts.succeeded(key)
    return row.name
  }

  /** Forgets users that are not among these: they were removed, or locked out. */
  keepOnly(users: Iterable<string>): void {
    const kept = new Set([...users].map(keyOf))
    const { sqlite } = this.#database
    const all = sqlite.prepare('SELECT key FROM verifiers').all() as { key: string }[]
    const gone = all.filter(({ key }) => !kept.has(key))
    if (gone.length === 0) return
    const remove = sqlite.prepare('DELETE FROM verifiers WHERE key = ?')
    this.#database.durably(() => {
      for (const { key } of gone) remove.run(key)
    })
  }

  #forgetExpired(now: number): void {
    const { sqlite } = this.#database
    try {
      this.#database.unhurried(() => sqlite.prepare('DELETE FROM verifiers WHERE expires_at <= ?').run(now))
    } catch {
      // A full disk keeps nobody out; `check` looks at the time itself.
    }
  }

  async #derive(password: string, salt: Uint8Array): Promise<Buffer> {
    await this.#turn()
    try {
      const keyed = createHmac('sha256', this.#pepper).update(
        password.slice(0, longestPassword).normalize('NFC'),
      )
      return await derive(keyed.digest(), salt, hashLength, cost)
    } finally {
      const next = this.#queue.shift()
      if (next === undefined) this.#running -= 1
      else next()
    }
  }

  async #turn(): Promise<void> {
    if (this.#running < atOnce) {
      this.#running += 1
      return
    }
    if (this.#queue.length >= mostWaiting) throw new SignInRefused('locked', 5)
    await new Promise<void>((resolve) => this.#queue.push(resolve))
  }
}

const derive = promisify<Uint8Array, Uint8Array, number, typeof cost, Buffer>(scrypt)

/** However it is typed at a screen: the verifier says whose password it is. */
const keyOf = (user: string): string => user.slice(0, longestName).normalize('NFC').trim().toLowerCase()
