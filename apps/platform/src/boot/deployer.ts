import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { ServedFile } from '@bootcast/boot'
import type { Deployer } from '@bootcast/catalogue'

/** `undefined`: it was not built. Reads both files once. */
export async function openDeployer(folder: string): Promise<Deployer | undefined> {
  const kernel = await described(join(folder, 'vmlinuz'), 'vmlinuz')
  const initrd = await described(join(folder, 'initrd.img'), 'initrd.img')
  if (kernel === undefined || initrd === undefined) return undefined
  const files = new Map([kernel, initrd].map(({ served }) => [served.digest, served]))
  return { kernel: kernel.file, initrd: initrd.file, files }
}

async function described(path: string, name: string) {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) return undefined
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  const digest = `sha256:${hash.digest('hex')}`
  const { size } = found
  const served: ServedFile = {
    digest,
    size,
    path,
    read: async (first, last) => createReadStream(path, { start: first, end: last }),
  }
  return { file: { digest, size, name }, served }
}
