import { createPublicKey } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { newKeyPair, type PublicKey, readPublicKey } from '@bootcast/image'
import { Failure, usageFailure } from './failure.ts'

/** A key pair of this user, or a key of somebody that this user trusts. */
export type Key = {
  readonly name: string
  readonly id: string
  /** Bundles can be signed with it here. */
  readonly isOwn: boolean
  readonly isTrusted: boolean
}

/**
 * Keys that sign bundles: `keys/own/NAME.key` (PKCS #8, for the user only) with `NAME.pub` beside it, and
 * `keys/trusted/NAME.pub`. One's own keys are trusted from the start.
 */
export class Keys {
  readonly #own: string
  readonly #trusted: string

  constructor(configDir: string) {
    this.#own = join(configDir, 'keys', 'own')
    this.#trusted = join(configDir, 'keys', 'trusted')
  }

  async create(name: string): Promise<Key> {
    checkName(name)
    const { privateKey, publicKey } = newKeyPair()
    await write(this.#own, `${name}.key`, privateKey, 0o600)
    await write(this.#own, `${name}.pub`, publicKey, 0o644)
    await this.trust(name, publicKey)
    return { name, id: readPublicKey(publicKey).id, isOwn: true, isTrusted: true }
  }

  /** A new key under the same name; the old one keeps its trust under `NAME-DATE`, and signs no more by itself. */
  async rotate(name: string, now: Date): Promise<{ readonly key: Key; readonly old: string }> {
    checkName(name)
    await this.privateKey(name)
    const old = `${name}-${now.toISOString().slice(0, 10).replaceAll('-', '')}`
    checkName(old)
    for (const [folder, ending] of [
      [this.#own, 'key'],
      [this.#own, 'pub'],
      [this.#trusted, 'pub'],
    ] as const)
      await rename(join(folder, `${name}.${ending}`), join(folder, `${old}.${ending}`)).catch(unlessMissing)
    return { key: await this.create(name), old }
  }

  async list(): Promise<readonly Key[]> {
    const own = await this.#publicKeys(this.#own)
    const trusted = await this.#publicKeys(this.#trusted)
    const names = [...new Set([...own.keys(), ...trusted.keys()])].sort()
    return names.map((name) => ({
      name,
      id: (own.get(name) ?? trusted.get(name))?.id ?? '',
      isOwn: own.has(name),
      isTrusted: trusted.has(name),
    }))
  }

  /** @throws {Failure} for what is no Ed25519 public key */
  async trust(name: string, pem: string): Promise<PublicKey> {
    checkName(name)
    const key = publicKeyIn(pem)
    await write(
      this.#trusted,
      `${name}.pub`,
      key.key.export({ type: 'spki', format: 'pem' }).toString(),
      0o644,
    )
    return key
  }

  async untrust(name: string): Promise<void> {
    checkName(name)
    const path = join(this.#trusted, `${name}.pub`)
    await readFile(path).catch(() => {
      throw new Failure(`There is no trusted key ${name}.`, {
        code: 'key_not_found',
        todo: 'See: bootcast key list',
      })
    })
    await rm(path)
  }

  async trusted(): Promise<readonly PublicKey[]> {
    return [...(await this.#publicKeys(this.#trusted)).values()]
  }

  async publicKey(name: string): Promise<string> {
    checkName(name)
    return createPublicKey(await this.privateKey(name))
      .export({ type: 'spki', format: 'pem' })
      .toString()
  }

  /** @throws {Failure} when this user has no such key */
  async privateKey(name: string): Promise<string> {
    checkName(name)
    return await readFile(join(this.#own, `${name}.key`), 'utf8').catch(() => {
      throw new Failure(`You have no key ${name}.`, {
        code: 'key_not_found',
        todo: `Make it: bootcast key new ${name}`,
      })
    })
  }

  async #publicKeys(folder: string): Promise<ReadonlyMap<string, PublicKey>> {
    const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.pub'))
    const found = new Map<string, PublicKey>()
    for (const name of names)
      found.set(name.slice(0, -4), publicKeyIn(await readFile(join(folder, name), 'utf8')))
    return found
  }
}

function publicKeyIn(pem: string): PublicKey {
  try {
    return readPublicKey(pem)
  } catch (error) {
    throw new Failure('This is no Ed25519 public key.', {
      code: 'not_a_key',
      why: error instanceof Error ? error.message : String(error),
      todo: 'Take the file that “bootcast key show NAME” prints.',
    })
  }
}

function checkName(name: string): void {
  if (!/^[a-z0-9][a-z0-9._-]{0,62}$/.test(name))
    throw usageFailure(
      `“${name.slice(0, 80)}” cannot be the name of a key.`,
      'Choose 1 to 63 of a-z 0-9 . _ -.',
    )
}

/** Never over a key that is there. */
async function write(folder: string, name: string, text: string, mode: number): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const file = await open(join(folder, name), 'wx', mode).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
    throw new Failure(`There is a key ${name} already.`, {
      code: 'key_exists',
      todo: 'Choose another name, or rotate it.',
    })
  })
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

function unlessMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}
