import { execFile } from 'node:child_process'
import type { KeyObject } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** A certificate request made by OpenSSL, with a name, another name, and the wish to be an authority. */
export async function requestFor({ privateKey }: { privateKey: KeyObject }, name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'request-'))
  try {
    const key = join(folder, 'key.pem')
    await writeFile(key, privateKey.export({ type: 'pkcs8', format: 'pem' }))
    const wishes = ['-addext', `subjectAltName=DNS:${name}`, '-addext', 'basicConstraints=critical,CA:TRUE']
    const args = ['req', '-new', '-key', key, '-subj', `/CN=${name}`, ...wishes]
    return (await promisify(execFile)('openssl', args)).stdout
  } finally {
    await rm(folder, { recursive: true })
  }
}
