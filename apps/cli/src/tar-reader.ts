/** A regular file in a tar archive. `bytes` is asked for before the next entry, or never. */
export type TarEntry = {
  readonly path: string
  readonly size: number
  /** The whole content. The caller has looked at `size`. */
  bytes(): Promise<Uint8Array>
}

const blockBytes = 512
/** A long name is a path: 4096 bytes in Linux. Pax headers carry a few of those. */
const mostHeaderBytes = 64 * 1024

/**
 * The regular files of a tar archive (POSIX ustar and pax, GNU long names), one after the other. Memory: the chunks
 * that arrive, and what `bytes` is asked for. @throws {Error} when it is no tar archive or ends too early
 */
export async function* tarEntries(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<TarEntry, void, undefined> {
  const source = new Source(chunks)
  let longPath: string | undefined
  for (;;) {
    const header = await source.take(blockBytes)
    if (header.every((byte) => byte === 0)) return
    const { kind, size, path } = headerOf(header)
    const end = source.offset + Math.ceil(size / blockBytes) * blockBytes
    if (kind in longPaths) longPath = longPaths[kind]?.(await headerText(source, size)) ?? longPath
    else {
      if (regularKinds.includes(kind)) yield { path: longPath ?? path, size, bytes: () => source.take(size) }
      longPath = undefined
    }
    await source.skip(end - source.offset)
  }
}

const regularKinds: readonly string[] = ['0', '\0']

/** Entries that only tell the path of the next one, by their kind. */
const longPaths: Readonly<Record<string, (text: Buffer) => string | undefined>> = {
  L: (text) => text.toString('utf8').replace(/\0.*$/s, ''),
  x: paxPath,
}

async function headerText(source: Source, size: number): Promise<Buffer> {
  if (size > mostHeaderBytes) throw new Error('The archive has a header that is too long.')
  return Buffer.from(await source.take(size))
}

function headerOf(header: Uint8Array): { kind: string; size: number; path: string } {
  assertHeader(header)
  const kind = String.fromCharCode(header[156] ?? 0)
  return { kind, size: octal(header, 124, 12), path: headerPath(header) }
}

function assertHeader(header: Uint8Array): void {
  const sum = header.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0)
  if (sum !== octal(header, 148, 8)) throw new Error('The archive is damaged: a checksum is wrong.')
}

function octal(header: Uint8Array, at: number, length: number): number {
  const text = field(header, at, length).trim()
  if (!/^[0-7]{1,11}$/.test(text)) throw new Error('The archive is damaged: a number is none.')
  return Number.parseInt(text, 8)
}

function field(header: Uint8Array, at: number, length: number): string {
  return Buffer.from(header.subarray(at, at + length))
    .toString('utf8')
    .replace(/\0.*$/s, '')
}

function headerPath(header: Uint8Array): string {
  const prefix = field(header, 257, 6) === 'ustar' ? field(header, 345, 155) : ''
  const name = field(header, 0, 100)
  return prefix === '' ? name : `${prefix}/${name}`
}

/** Records are `LENGTH KEY=VALUE\n`, the length in bytes of all of it. */
function paxPath(records: Buffer): string | undefined {
  for (let at = 0; at < records.length; ) {
    const length = Number.parseInt(records.subarray(at, at + 8).toString('latin1'), 10)
    if (!(length > 0)) return undefined
    const record = records.subarray(at, at + length).toString('utf8')
    const value = /^\d+ path=(.*)\n$/s.exec(record)?.[1]
    if (value !== undefined) return value
    at += length
  }
  return undefined
}

/** Bytes taken from chunks of any size. */
class Source {
  offset = 0
  readonly #chunks: AsyncIterator<Uint8Array>
  #rest: Uint8Array = new Uint8Array(0)

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]()
  }

  async take(length: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = []
    await this.#walk(length, (part) => parts.push(part))
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts)
  }

  async skip(length: number): Promise<void> {
    await this.#walk(length, () => undefined)
  }

  async #walk(length: number, onPart: (part: Uint8Array) => void): Promise<void> {
    for (let left = length; left > 0; ) {
      if (this.#rest.length === 0) await this.#fill()
      const part = this.#rest.subarray(0, left)
      this.#rest = this.#rest.subarray(part.length)
      this.offset += part.length
      left -= part.length
      onPart(part)
    }
  }

  async #fill(): Promise<void> {
    const { done, value } = await this.#chunks.next()
    if (done === true) throw new Error('The archive ends too early.')
    this.#rest = value
  }
}
