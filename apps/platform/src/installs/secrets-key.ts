import { randomBytes } from 'node:crypto'
import { open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { StartRefused } from '@bootcast/options'

const keyBytes = 32

export type SecretsKeyPlace = {
  /** The data folder. */
  readonly data: string
  /** Named by the operator: then it must be there. */
  readonly file: string | undefined
}

export const secretsKeyPath = ({ data, file }: SecretsKeyPlace): string => file ?? join(data, 'secrets.key')

/**
 * The key that values are encrypted with: 32 bytes in base64, in a file that only its owner may read. In the data folder
 * it is made at the first start.
 * @throws {StartRefused}
 */
export async function readSecretsKey(place: SecretsKeyPlace): Promise<Buffer> {
  const path = secretsKeyPath(place)
  if (place.file === undefined) await makeUnlessThere(path)
  const file = await open(path, 'r').catch((cause: Error) => {
    throw new StartRefused(`the key ${path} cannot be read: ${cause.message}`, { cause })
  })
  try {
    const found = await file.stat()
    if (!found.isFile()) throw new StartRefused(`${path} is no file`)
    if ((found.mode & 0o077) !== 0)
      throw new StartRefused(`others may read ${path}; take that away: chmod 600 ${path}`)
    const { bytesRead, buffer } = await file.read(Buffer.alloc(256), 0)
    const key = Buffer.from(buffer.toString('latin1', 0, bytesRead).trim(), 'base64')
    if (key.length !== keyBytes)
      throw new StartRefused(
        `${path} holds no key: 32 bytes in base64, as "openssl rand -base64 32" makes them`,
      )
    return key
  } finally {
    await file.close()
  }
}

/** Durable before anything is encrypted with it. */
async function makeUnlessThere(path: string): Promise<void> {
  const file = await open(path, 'wx', 0o600).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'EEXIST') return undefined
    throw new StartRefused(`the key ${path} cannot be made: ${cause.message}`, { cause })
  })
  if (file === undefined) return
  try {
    await file.writeFile(`${randomBytes(keyBytes).toString('base64')}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  const folder = await open(dirname(path), 'r')
  await folder.sync().finally(() => folder.close())
}
