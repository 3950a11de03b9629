import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { KeyAndCertificate } from './certificates/make-certificate.ts'
import { makePrivateFolder, writeDurably } from './durable-file.ts'

/** All that an authority is. */
export type AuthorityState = {
  /** Signs. */
  readonly current: KeyAndCertificate
  /** Trusted already, signs from the switch-over on. */
  readonly next?: KeyAndCertificate | undefined
  /** Sign nothing any more, and are trusted until the last certificate that they signed is over. */
  readonly retired: readonly RetiredAuthority[]
}

/** `until`: milliseconds since 1970. */
export type RetiredAuthority = { readonly certificate: string; readonly until: number }

/** The port: where an authority keeps its keys. */
export interface AuthorityStore {
  /** `undefined`: there has never been one. @throws when that cannot be told */
  load(): Promise<AuthorityState | undefined>
  /** Durable when fulfilled. */
  save(state: AuthorityState): Promise<void>
}

const pair = z.object({ key: z.string(), certificate: z.string() })
const stateSchema = z.object({
  current: pair,
  next: pair.optional(),
  retired: z.array(z.object({ certificate: z.string(), until: z.int() })),
})

/** Keeps an authority as `authority.json` in a folder, readable by its owner alone. */
export class FileAuthorityStore implements AuthorityStore {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  async load(): Promise<AuthorityState | undefined> {
    const text = await readFile(this.#path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined
      throw error
    })
    if (text === undefined) return undefined
    try {
      return stateSchema.parse(JSON.parse(text))
    } catch (cause) {
      // A new authority in its place would lock out every site.
      throw new Error(`${this.#path} is not what was written there; bring back a copy of it`, { cause })
    }
  }

  async save(state: AuthorityState): Promise<void> {
    await makePrivateFolder(this.#folder)
    await writeDurably(this.#path, `${JSON.stringify(state, undefined, 2)}\n`)
  }

  get #path(): string {
    return join(this.#folder, 'authority.json')
  }
}
