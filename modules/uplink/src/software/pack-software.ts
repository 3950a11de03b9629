import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { constants, zstdCompress } from 'node:zlib'
import { tarEnd, tarHeader, tarPadding } from '@bootcast/image'
import { softwareFiles } from './software-files.ts'

/** The software of sites as one file: a tar (POSIX ustar) in one frame of zstd. */
export type PackedSoftware = {
  readonly version: string
  readonly digest: string
  readonly bytes: Buffer
}

const compress = promisify(zstdCompress)
/** Level 9 takes a quarter of a second for what level 3 makes a tenth larger. */
const options = { params: { [constants.ZSTD_c_compressionLevel]: 9 } }

/**
 * Packs what a site needs out of the installation at `root`. The same files give the same digest, wherever and whenever
 * they are packed by the same version of Node. Reads one file after another and compresses in a thread, so that others
 * get their turns; memory: what is packed, about 12 MiB. @throws {SoftwareIncomplete}
 */
export async function packSoftware(root: string): Promise<PackedSoftware> {
  const files = await softwareFiles(root)
  const { version } = JSON.parse(await readFile(join(root, 'apps/site/package.json'), 'utf8'))
  const parts = [entry('package.json', Buffer.from(rootManifest(version)))]
  for (const { path, from } of files) parts.push(entry(path, await readFile(from)))
  const bytes = await compress(Buffer.concat([...parts.flat(), tarEnd]), options)
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
  return { version: String(version), digest, bytes }
}

const entry = (path: string, content: Buffer): readonly Buffer[] => [
  tarHeader({ path, size: content.length }),
  content,
  Buffer.alloc(tarPadding(content.length)),
]

const rootManifest = (version: unknown): string =>
  `${JSON.stringify({ name: 'bootcast-site-software', version, private: true, type: 'module', workspaces: ['modules/*', 'apps/*'] })}\n`
