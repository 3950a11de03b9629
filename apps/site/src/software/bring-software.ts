import { createHash } from 'node:crypto'
import { cp, mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { mostSoftwareBytes, type Snapshot, SoftwareRefused, unpackSoftware } from '@bootcast/uplink'
import { type SoftwareVersions, syncFolder } from './software-versions.ts'

export type OfferedSoftware = NonNullable<Snapshot['software']>

export type Bringing = {
  readonly versions: SoftwareVersions
  readonly bytesOf: (software: OfferedSoftware, signal: AbortSignal) => AsyncIterable<Uint8Array>
  readonly signal: AbortSignal
}

/**
 * Fetches a version, verifies it and unpacks it; when fulfilled it is durable, and the newest. Memory: what
 * `unpackSoftware` needs. @throws {SoftwareRefused} and what fetching throws; then everything is as it was
 */
export async function bringSoftware(software: OfferedSoftware, bringing: Bringing): Promise<void> {
  const { versions } = bringing
  const { digest, version } = software
  if (!versions.has(digest)) {
    const incoming = join(versions.folder, 'incoming')
    await rm(incoming, { recursive: true, force: true })
    try {
      await bringInto(incoming, software, bringing)
      await rm(versions.folderOf(digest), { recursive: true, force: true })
      await rename(incoming, versions.folderOf(digest))
    } catch (error) {
      await rm(incoming, { recursive: true, force: true })
      throw error
    }
  }
  await versions.prefer({ digest, version })
}

async function bringInto(
  incoming: string,
  software: OfferedSoftware,
  { versions, bytesOf, signal }: Bringing,
): Promise<void> {
  const packed = await fetched(software, bytesOf(software, signal))
  await mkdir(versions.folder, { recursive: true, mode: 0o750 })
  await unpackSoftware(packed, incoming)
  await writeFile(join(incoming, 'software.tar.zst'), packed)
  await writeFile(join(incoming, 'software.json'), `${JSON.stringify(software)}\n`)
  await bringNative(incoming)
  await syncFolder(incoming)
}

async function fetched(
  { size, digest }: OfferedSoftware,
  arriving: AsyncIterable<Uint8Array>,
): Promise<Buffer> {
  if (size > mostSoftwareBytes) throw new SoftwareRefused('it is too large')
  const parts: Uint8Array[] = []
  let count = 0
  for await (const part of arriving) {
    count += part.length
    if (count > size) throw new SoftwareRefused('it is longer than was said')
    parts.push(part)
  }
  const bytes = Buffer.concat(parts)
  const found = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
  if (found !== digest) throw new SoftwareRefused(`its digest is ${found}, and should be ${digest}`)
  return bytes
}

async function writeFile(path: string, content: string | Uint8Array): Promise<void> {
  const file = await open(path, 'wx', 0o640)
  try {
    await file.writeFile(content)
    await file.datasync()
  } finally {
    await file.close()
  }
}

/**
 * The upstream packs what is compiled for its own processor. On another one that of the running version goes on, when
 * it is of the same version: without it DHCP cannot be kept on one network device.
 */
async function bringNative(folder: string): Promise<void> {
  const name = `@koromix/koffi-${process.platform}-${process.arch}`
  const here = nativeFolder(name)
  const wanted = await versionIn(join(folder, 'node_modules/koffi'))
  if (here === undefined || wanted === undefined || (await versionIn(here)) !== wanted) return
  await cp(here, join(folder, 'node_modules', name), { recursive: true, force: false })
}

function nativeFolder(name: string): string | undefined {
  try {
    const netboot = createRequire(import.meta.url).resolve('@bootcast/netboot')
    return dirname(createRequire(netboot).resolve(name))
  } catch {
    return undefined
  }
}

async function versionIn(folder: string): Promise<string | undefined> {
  try {
    return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')).version
  } catch {
    return undefined
  }
}
