import { open } from 'node:fs/promises'
import { StartRefused } from '@bootcast/options'

const leastLength = 12
const mostBytes = 1024

/** A password of our own: the first line of a file that only its owner may read. @throws {StartRefused} */
export async function readPasswordFile(path: string): Promise<string> {
  const password = await readSecretFile(path)
  if (password.length >= leastLength) return password
  throw new StartRefused(`the first line of ${path} must be a password of at least ${leastLength} characters`)
}

/** A secret of another service, of any length; otherwise the same. @throws {StartRefused} */
export async function readSecretFile(path: string): Promise<string> {
  const file = await open(path, 'r').catch((cause: Error) => {
    throw new StartRefused(`${path} cannot be read: ${cause.message}`, { cause })
  })
  try {
    const found = await file.stat()
    if (!found.isFile()) throw new StartRefused(`${path} is no file`)
    if ((found.mode & 0o077) !== 0)
      throw new StartRefused(`others may read ${path}; take that away: chmod 600 ${path}`)
    const { bytesRead, buffer } = await file.read(Buffer.alloc(mostBytes + 2), 0)
    return firstLine(path, buffer.toString('utf8', 0, bytesRead))
  } finally {
    await file.close()
  }
}

function firstLine(path: string, text: string): string {
  const [line = ''] = text.split(/\r?\n/, 1)
  if (line === '') throw new StartRefused(`the first line of ${path} is empty`)
  if (Buffer.byteLength(line) > mostBytes)
    throw new StartRefused(`the first line of ${path} is longer than ${mostBytes} bytes`)
  return line
}
