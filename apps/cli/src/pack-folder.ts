import { createHash } from 'node:crypto'
import { lstat, readdir, readlink } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { tarEnd, tarHeader, tarPadding } from '@bootcast/image'
import { Failure } from './failure.ts'
import { type LocalFile, localFile, piecesOf } from './local-file.ts'
import type { Sendable } from './sending.ts'

const mostFiles = 200_000

type Entry = { readonly header: Buffer; readonly file: LocalFile | undefined; readonly size: number }

/**
 * A folder as the one tar that is uploaded: nothing is written here, and its bytes are the same each time.
 * @throws {Failure} when something in it cannot be read or is no file, folder or link
 */
export async function packFolder(path: string): Promise<Sendable> {
  const entries: Entry[] = []
  for await (const found of below(resolve(path), '')) {
    entries.push(found)
    if (entries.length > mostFiles)
      throw new Failure(`${path} has more than ${mostFiles} files.`, { code: 'folder_too_large' })
  }
  if (entries.length === 0) throw new Failure(`${path} is empty.`, { code: 'file_empty' })
  const size = entries.reduce((sum, entry) => sum + lengthOf(entry), tarEnd.length)
  const key = createHash('sha256')
  for (const { header, file } of entries) key.update(header).update(`${file?.identity ?? ''}\n`)
  return {
    name: `${basename(resolve(path))}.tar`,
    size,
    key: key.digest('hex'),
    read: (from, onBytes) => readFrom(entries, size, from, onBytes),
  }
}

const lengthOf = ({ header, size }: Entry) => header.length + padded(size)
const padded = (size: number) => size + tarPadding(size)

async function* below(folder: string, prefix: string): AsyncGenerator<Entry> {
  const names = (await readdir(folder)).sort()
  for (const name of names) {
    const [path, inside] = [join(folder, name), prefix + name]
    const stat = await lstat(path)
    if (stat.isDirectory()) yield* below(path, `${inside}/`)
    else if (stat.isSymbolicLink())
      yield {
        header: tarHeader({ path: inside, size: 0, link: await readlink(path) }),
        file: undefined,
        size: 0,
      }
    else if (stat.isFile() && stat.size === 0)
      yield { header: tarHeader({ path: inside, size: 0 }), file: undefined, size: 0 }
    else if (stat.isFile()) {
      const file = await localFile(path)
      yield { header: tarHeader({ path: inside, size: file.size }), file, size: file.size }
    } else
      throw new Failure(`${path} is no file, folder or link.`, { code: 'not_a_file', todo: 'Leave it out.' })
  }
}

async function* readFrom(
  entries: readonly Entry[],
  total: number,
  from: number,
  onBytes: (end: number) => void,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let at = 0
  for (const entry of entries) {
    const end = at + lengthOf(entry)
    if (end > from) {
      let position = Math.max(at, from)
      for await (const bytes of partsOf(entry, position - at)) {
        position += bytes.length
        onBytes(position)
        yield bytes
      }
    }
    at = end
  }
  const rest = total - Math.max(at, from)
  onBytes(total)
  if (rest > 0) yield new Uint8Array(rest)
}

async function* partsOf(
  { header, file, size }: Entry,
  skip: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  if (skip < header.length) yield new Uint8Array(header.subarray(skip))
  const start = Math.max(0, skip - header.length)
  if (file !== undefined && start < size) yield* piecesOf(file, () => undefined, start)
  const rest = padded(size) - Math.max(start, size)
  if (rest > 0) yield new Uint8Array(rest)
}
