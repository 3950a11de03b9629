import { pipeline } from 'node:stream'
import { constants, createZstdDecompress } from 'node:zlib'
import { type Blob, BlobMissing, type ByteRange } from '../blob-store.ts'
import type { Digest } from '../digest.ts'
import { type FarBlobs, type FarRead, FarRefused, FarUnreachable, lengthOf } from './far-blobs.ts'
import {
  type Answer,
  asUnreachable,
  type ExchangeOptions,
  HttpExchange,
  type Question,
} from './http-exchange.ts'

export type HttpBlobsOptions = ExchangeOptions & {
  /** Where a blob lies, for ever: GET with Range, and HEAD. An object store or a CDN will do. */
  readonly urlOf: (digest: Digest) => URL
  /** Where parts of a blob are asked for: `docs/protocols/site-cache.md`. Absent: only by Range. */
  readonly partsUrlOf?: (digest: Digest) => URL
}

/** Statuses of the 4xx class that say "not now" (RFC 9110 §15.5.9, RFC 8470 §5.2, RFC 6585 §4). */
const notNow: readonly number[] = [408, 425, 429]
const gone: readonly number[] = [404, 410]
/** A frame's window is memory here: 16 MiB. What zstd makes by itself up to level 19 needs 8 MiB. */
const windowLogMax = 24

/** Blobs over HTTP or HTTPS. Memory: what the sockets and one decompressor for each answer hold. */
export class HttpBlobs implements FarBlobs {
  readonly #urlOf: (digest: Digest) => URL
  readonly #http: HttpExchange
  /** Only where the other side knows it. */
  readonly readParts?: NonNullable<FarBlobs['readParts']>

  constructor({ urlOf, partsUrlOf, ...options }: HttpBlobsOptions) {
    this.#urlOf = urlOf
    this.#http = new HttpExchange(options)
    if (partsUrlOf !== undefined)
      this.readParts = (digest, ranges, read) => this.#readParts(partsUrlOf(digest), digest, ranges, read)
  }

  /** Bytes of bodies that came in, compressed as they were. */
  get wireBytes(): number {
    return this.#http.wireBytes
  }

  async find(digest: Digest, { signal }: FarRead = {}): Promise<Blob> {
    const answer = await this.#ask(digest, { url: this.#urlOf(digest), method: 'HEAD', signal })
    answer.close()
    const size = sizeIn(answer.headers['content-length'])
    if (answer.status !== 200 || size === undefined)
      throw new FarRefused(answer.status, `HEAD of ${digest}: status ${answer.status} without a length`)
    return { digest, size }
  }

  async *readRange(digest: Digest, range: ByteRange, { signal }: FarRead = {}): AsyncGenerator<Buffer> {
    const headers = { range: `bytes=${range.first}-${range.last}`, 'accept-encoding': 'identity' }
    const answer = await this.#ask(digest, { url: this.#urlOf(digest), method: 'GET', headers, signal })
    refuseUnless(answer, isPart(answer, range), `${digest} ${headers.range}`)
    yield* exactly(lengthOf(range), answer.body(lengthOf(range)))
  }

  async *#readParts(
    url: URL,
    digest: Digest,
    ranges: readonly ByteRange[],
    { signal }: FarRead = {},
  ): AsyncGenerator<Buffer> {
    const length = ranges.reduce((sum, range) => sum + lengthOf(range), 0)
    const headers = { 'content-type': 'application/json', 'accept-encoding': 'zstd' }
    const body = JSON.stringify({ ranges: ranges.map(({ first, last }) => [first, last]) })
    const answer = await this.#ask(digest, { url, method: 'POST', headers, body, signal })
    const coding = answer.headers['content-encoding'] ?? 'identity'
    const isAsAsked = answer.status === 200 && (coding === 'zstd' || isOfLength(answer, length))
    refuseUnless(answer, isAsAsked, `parts of ${digest}`)
    // Compressed bytes may be a little more than plain ones, never much: frames without content are endless.
    if (coding === 'zstd')
      yield* exactly(length, unpacked(answer.body(length + length / 64 + 65_536), signal))
    else yield* exactly(length, answer.body(length))
  }

  async #ask(digest: Digest, question: Question): Promise<Answer> {
    const answer = await this.#http.ask(question)
    const { status } = answer
    if (status >= 200 && status < 300) return answer
    answer.close()
    const said = `${question.method} of ${digest}: status ${status}`
    if (gone.includes(status)) throw new BlobMissing(digest)
    if (status >= 500 || notNow.includes(status)) throw new FarUnreachable(said)
    throw new FarRefused(status, said)
  }
}

function refuseUnless(answer: Answer, isAsAsked: boolean, what: string): void {
  if (isAsAsked) return
  answer.close()
  const { status, headers } = answer
  const { 'content-range': range, 'content-length': length, 'content-encoding': coding } = headers
  const said = Object.entries({ range, length, coding }).map(([name, value]) => `${name} ${value ?? 'none'}`)
  throw new FarRefused(status, `${what}: answered by status ${status}, ${said.join(', ')}`)
}

/** The part that was asked for; or all, when that is as much and the part was the start. */
function isPart(answer: Answer, range: ByteRange): boolean {
  if (!isOfLength(answer, lengthOf(range))) return false
  if (answer.status === 200) return range.first === 0 && answer.headers['content-length'] !== undefined
  const [, first, last] = /^bytes (\d+)-(\d+)\/(?:\d+|\*)$/.exec(answer.headers['content-range'] ?? '') ?? []
  return answer.status === 206 && Number(first) === range.first && Number(last) === range.last
}

/** Plain, and of this length as far as it says. */
function isOfLength({ headers }: Answer, length: number): boolean {
  const said = headers['content-length']
  return (
    (headers['content-encoding'] ?? 'identity') === 'identity' &&
    (said === undefined || sizeIn(said) === length)
  )
}

function sizeIn(text: string | undefined): number | undefined {
  const size = text !== undefined && /^\d+$/.test(text) ? Number(text) : Number.NaN
  return Number.isSafeInteger(size) ? size : undefined
}

/** What `pieces` give, when it is so many bytes. Nothing past them comes out. */
async function* exactly(length: number, pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let received = 0
  for await (const piece of pieces) {
    received += piece.length
    if (received > length) throw new FarUnreachable(`more than the ${length} bytes asked for`)
    yield piece
  }
  if (received < length) throw new FarUnreachable(`${received} bytes of the ${length} asked for`)
}

/** Only as fast as it is read: what a few bytes may unpack to is never in memory. */
async function* unpacked(
  packed: AsyncGenerator<Buffer>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer> {
  const unzip = createZstdDecompress({
    chunkSize: 65_536,
    params: { [constants.ZSTD_d_windowLogMax]: windowLogMax },
  })
  // Its errors are met by whoever reads the end of it.
  pipeline(packed, unzip, () => undefined)
  try {
    yield* unzip
  } catch (error) {
    signal?.throwIfAborted()
    throw asUnreachable(error)
  }
}
