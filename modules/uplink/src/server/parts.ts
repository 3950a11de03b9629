import { type FileHandle, open } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { constants, createZstdCompress, zstdCompress } from 'node:zlib'
import type { z } from 'zod'
import { UplinkRefused } from '../problems.ts'
import { mostPartsBytes, type partsRequestSchema } from '../protocol.ts'
import type { ServedBlob } from './served-blobs.ts'

type Range = { readonly first: number; readonly last: number }

const pieceBytes = 256 * 1024
/** As many bodies are compressed at once: each takes a few MiB and a thread's time. Further ones go as they are. */
const mostCompressing = 16
let compressing = 0

const compress = promisify(zstdCompress)
/** Level 3: what it saves beyond costs more time than it spares on any line we know. */
const params = { [constants.ZSTD_c_compressionLevel]: 3 }

/** @throws {UplinkRefused} ranges that are not in the blob, not ascending, overlapping, or too many bytes */
export function rangesIn({ ranges }: z.output<typeof partsRequestSchema>, size: number): readonly Range[] {
  let [after, total] = [-1, 0]
  for (const [first, last] of ranges) {
    if (first <= after || last < first)
      throw new UplinkRefused('invalid_request', 'The ranges do not ascend, or overlap')
    if (last >= size)
      throw new UplinkRefused('range_not_in_blob', `${first}-${last} lies outside of the ${size} bytes`)
    after = last
    total += last - first + 1
  }
  if (total > mostPartsBytes)
    throw new UplinkRefused('too_large', `Together the ranges have more than ${mostPartsBytes} bytes`)
  return ranges.map(([first, last]) => ({ first, last }))
}

/**
 * Sends the bytes of the ranges one after another and ends the response; destroys the connection when they cannot be
 * sent to their end. Compressed when `zstd` and the first 256 KiB become at least 5 % smaller. Memory: those 256 KiB,
 * one more piece, and the compressor's.
 */
export async function sendParts(
  response: ServerResponse,
  blob: ServedBlob,
  ranges: readonly Range[],
  { zstd, signal }: { readonly zstd: boolean; readonly signal: AbortSignal },
): Promise<void> {
  const pieces = piecesOf(blob, ranges, signal)
  const total = ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0)
  response.setHeader('content-type', 'application/octet-stream')
  response.setHeader('vary', 'accept-encoding')
  if (!zstd || compressing >= mostCompressing) return await sendAsIs(response, pieces, total, signal)
  // Counted before the trial, so that many at once do not all find room.
  compressing++
  try {
    const trial = await trialOf(pieces)
    const all = continued(trial, pieces)
    if (!(await pays(trial))) return await sendAsIs(response, all, total, signal)
    response.setHeader('content-encoding', 'zstd')
    response.writeHead(200)
    await pipeline(all, createZstdCompress({ params }), response, { signal })
  } finally {
    compressing--
    await pieces.return()
  }
}

async function sendAsIs(
  response: ServerResponse,
  pieces: AsyncIterable<Buffer>,
  total: number,
  signal: AbortSignal,
): Promise<void> {
  response.writeHead(200, { 'content-length': total })
  await pipeline(pieces, response, { signal })
}

/** About the first 256 KiB, of as many ranges as it takes. */
async function trialOf(pieces: AsyncGenerator<Buffer, void, void>): Promise<readonly Buffer[]> {
  const trial: Buffer[] = []
  for (let size = 0; size < pieceBytes; ) {
    const { done, value } = await pieces.next()
    if (done === true) break
    trial.push(value)
    size += value.length
  }
  return trial
}

async function pays(trial: readonly Buffer[]): Promise<boolean> {
  const bytes = Buffer.concat(trial)
  return (await compress(bytes, { params })).length <= bytes.length * 0.95
}

async function* continued(
  trial: readonly Buffer[],
  pieces: AsyncGenerator<Buffer, void, void>,
): AsyncGenerator<Buffer> {
  yield* trial
  yield* pieces
}

/** Bytes of the ranges; rejects when the blob is shorter than it said. */
async function* piecesOf(
  blob: ServedBlob,
  ranges: readonly Range[],
  signal: AbortSignal,
): AsyncGenerator<Buffer, void, void> {
  const file = blob.path === undefined ? undefined : await open(blob.path, 'r')
  try {
    for (const { first, last } of ranges)
      for (let at = first; at <= last; ) {
        const upTo = (await blob.ready?.(at, last, signal)) ?? last
        yield* file === undefined ? streamed(blob, at, upTo) : fromFile(file, blob.offset ?? 0, at, upTo)
        at = upTo + 1
      }
  } finally {
    await file?.close()
  }
}

async function* fromFile(
  file: FileHandle,
  offset: number,
  first: number,
  last: number,
): AsyncGenerator<Buffer> {
  for (let at = first; at <= last; ) {
    const buffer = Buffer.allocUnsafe(Math.min(pieceBytes, last + 1 - at))
    const { bytesRead } = await file.read(buffer, 0, buffer.length, offset + at)
    if (bytesRead === 0) throw new Error('the file is shorter than the blob')
    at += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}

async function* streamed(blob: ServedBlob, first: number, last: number): AsyncGenerator<Buffer> {
  let left = last - first + 1
  const stream = await blob.read(first, last)
  try {
    for await (const piece of stream) {
      const bytes: Buffer = piece
      left -= bytes.length
      yield bytes
    }
  } finally {
    stream.destroy()
  }
  if (left !== 0) throw new Error('the store gave another number of bytes than asked for')
}
