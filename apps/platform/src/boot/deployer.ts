import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { BootFile, ServedFile } from '@bootcast/boot'

/** The deploy environment, which writes disk images to machines: `npm run deployer` builds it. */
export type Deployer = {
  readonly kernel: BootFile
  readonly initrd: BootFile
  /** Digest → the file. */
  readonly files: ReadonlyMap<string, ServedFile>
}

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
