import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { Unreadable } from './tree.ts'
import { unpackedByProgram } from './unpack-program.ts'

export const compressions = ['gzip', 'xz', 'zstd', 'bzip2'] as const
export type Compression = (typeof compressions)[number]

const magics: readonly (readonly [Compression, magic: string])[] = [
  ['gzip', '\x1f\x8b\x08'], // RFC 1952 §2.3.1, method deflate
  ['xz', '\xfd7zXZ\0'],
  ['zstd', '\x28\xb5\x2f\xfd'], // RFC 8878 §3.1.1
  ['bzip2', 'BZh'],
]

/** What a stream is compressed with, by its first six bytes. `undefined`: not compressed, or by something else. */
export function compressionOf(head: Uint8Array): Compression | undefined {
  const start = Buffer.from(head.subarray(0, 6)).toString('latin1')
  return magics.find(([, magic]) => start.startsWith(magic))?.[0]
}

export type UnpackLimits = {
  /** Most that may come out. */
  readonly bytes: number
  /** Longest that it may take, in seconds. */
  readonly seconds: number
  readonly signal?: AbortSignal
}

/** Above this much output the ratio counts: a disk image may well begin with 64 MiB of zeros. */
const ratioFrom = 64 * 2 ** 20
const ratioLimit = 1000

/**
 * The bytes that a compressed stream holds. gzip and zstd in this process, xz and bzip2 by the program of that name.
 * Whoever stops reading early ends all of it. Memory: a few chunks, beside the window of the format (at most 128 MiB).
 * @throws {Unreadable} when it is damaged or cut, beyond the limits, grows more than a thousandfold, or when the program
 *   that unpacks it is not installed
 */
export async function* decompress(
  source: AsyncIterable<Uint8Array>,
  kind: Compression,
  limits: UnpackLimits,
): AsyncGenerator<Uint8Array> {
  const timeout = AbortSignal.timeout(limits.seconds * 1000)
  const signal = limits.signal === undefined ? timeout : AbortSignal.any([timeout, limits.signal])
  const meter = { taken: 0, given: 0 }
  try {
    for await (const chunk of unpackers[kind](metered(source, meter), signal)) {
      meter.given += chunk.length
      checkGrowth(meter, kind, limits)
      yield chunk
    }
  } catch (error) {
    limits.signal?.throwIfAborted()
    if (timeout.aborted) throw new Unreadable(`Unpacking it took more than ${limits.seconds} seconds.`)
    throw error
  }
}

type Meter = { taken: number; given: number }

async function* metered(source: AsyncIterable<Uint8Array>, meter: Meter): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    meter.taken += chunk.length
    yield chunk
  }
}

function checkGrowth({ taken, given }: Meter, kind: Compression, { bytes }: UnpackLimits): void {
  if (given > bytes)
    throw new Unreadable(`The ${kind} file unpacks to more than the limit of ${bytes} bytes.`)
  if (given > ratioFrom && given > taken * ratioLimit)
    throw new Unreadable(
      `The ${kind} file grows more than ${ratioLimit} times when it is unpacked (${taken} bytes to ${given} so far): it may be made to fill the disk.`,
    )
}

type Unpacker = (source: AsyncIterable<Uint8Array>, signal: AbortSignal) => AsyncIterable<Uint8Array>

const unpackers: Readonly<Record<Compression, Unpacker>> = {
  gzip: gunzipped,
  // Node's own decoder loses what follows the first frame when a chunk has the end of one and the start of another.
  zstd: (source, signal) =>
    unpackedByProgram({ program: 'zstd', options: ['-dc', '-M256MB'], install: 'zstd', source, signal }),
  // Presets of xz need at most 65 MiB; a header may ask for 1.5 GiB.
  xz: (source, signal) =>
    unpackedByProgram({
      program: 'xz',
      options: ['-dc', '-T1', '--memlimit-decompress=256MiB'],
      install: 'xz-utils',
      source,
      signal,
    }),
  bzip2: (source, signal) =>
    unpackedByProgram({ program: 'bzip2', options: ['-dc'], install: 'bzip2', source, signal }),
}

async function* gunzipped(
  source: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const decoder = createGunzip({ chunkSize: 256 * 1024 })
  const input = Readable.from(source, { objectMode: false, signal })
  // The error reaches the reader below, too.
  pipeline(input, decoder, { signal }).catch(() => undefined)
  try {
    yield* decoder
  } catch (cause) {
    throw isDecoderError(cause) ? damaged('gzip', cause) : cause
  } finally {
    decoder.destroy()
    input.destroy()
  }
}

const isDecoderError = (error: unknown) =>
  error instanceof Error && /^Z_/.test(String((error as NodeJS.ErrnoException).code))

const damaged = (kind: string, cause: unknown) =>
  new Unreadable(
    `The ${kind} file is damaged or cut (${cause instanceof Error ? cause.message : cause}): is it complete?`,
  )
