import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import {
  closeSync,
  globSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import type { BootDetail } from '../../../modules/contract/src/boots.ts'
import { scratchDirectory } from './lab-run.ts'
import type { CameFile } from './plain-client.ts'
import { loaders } from './platform.ts'
import { inside, run } from './processes.ts'
import type { SiteProcess } from './site.ts'
import type { TinyLinux } from './tiny-linux.ts'

const hexOf = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex')

/** Where the cache of a site keeps the bytes of a file. */
export function cachedFile({ data }: SiteProcess, file: string): string {
  const [found] = globSync(join(data, 'cache/**', hexOf(file)))
  assert.ok(found, 'it is in the cache')
  return found
}

/** As a disk does it by itself: no time of the file tells that it was changed, except the one that nobody can set. */
export function flipBit(path: string, at: number): void {
  const { atime, mtime } = statSync(path)
  const bytes = readFileSync(path)
  const place = Math.floor(at)
  bytes[place] = (bytes[place] ?? 0) ^ 4
  const file = openSync(path, 'r+')
  writeSync(file, bytes)
  closeSync(file)
  utimesSync(path, atime, mtime)
}

const onlyStatus = ['--output', '/dev/null', '--write-out', '%{http_code}']

/** What the upstream answers to somebody who has stolen the key of a site. */
export async function askUplink(
  namespace: string,
  { data }: SiteProcess,
  address: string,
  [path, ...more]: readonly string[],
): Promise<string> {
  const folder = join(data, 'identity')
  const { certificate } = JSON.parse(readFileSync(join(folder, 'site.json'), 'utf8'))
  const stolen = join(scratchDirectory(), 'certificate.pem')
  writeFileSync(stolen, certificate)
  const [key = ''] = globSync(join(folder, 'key-*.pem'))
  const args = ['--silent', '--insecure', '--cert', stolen, '--key', key, '--max-time', '20', ...more]
  return await run(...inside(namespace, 'curl', [...args, `https://${address}:8443/uplink/v1/${path}`]))
}

/** The same of the bytes of a file, as an HTTP status. */
export const statusOfFile = (namespace: string, site: SiteProcess, address: string, file: string) =>
  askUplink(namespace, site, address, [`blobs/${hexOf(file)}`, ...onlyStatus])

export const loaderCount = () => readdirSync(loaders).length

export const sizeOf = ({ kernel, initrd }: TinyLinux) => statSync(kernel).size + statSync(initrd).size

export const sizeOfLoaders = () =>
  readdirSync(loaders).reduce((sum, name) => sum + statSync(join(loaders, name)).size, 0)

export const snapshotOf = ({ data }: SiteProcess) => readFileSync(join(data, 'snapshot'), 'utf8')

/** Kernel and initrd came, as they were published. */
export const isWhole = (files: readonly CameFile[]) =>
  files.length === 2 && files.every(({ isRight }) => isRight)

/** No line of a timeline is there twice. */
export function assertOnce({ timeline }: BootDetail): void {
  const lines = timeline.map(({ n: _, ...event }) => JSON.stringify(event))
  assert.deepEqual(lines, [...new Set(lines)])
  const count = (kind: string) => timeline.filter((event) => event.kind === kind).length
  assert.deepEqual([count('decided'), count('file'), count('started')], [1, 2, 1])
}
