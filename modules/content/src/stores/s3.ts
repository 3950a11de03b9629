import { createHash, randomBytes } from 'node:crypto'
import { open, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type * as S3 from '@aws-sdk/client-s3'
import { arriving } from '../arriving.ts'
import {
  type Blob,
  BlobCorrupt,
  BlobMissing,
  type ByteRange,
  type KeptBlob,
  type PrunableStore,
  type PutOptions,
  RangeNotInBlob,
  StoreFull,
} from '../blob-store.ts'
import { checkRange } from '../byte-range.ts'
import { type Digest, digestHex, parseDigest } from '../digest.ts'
import type { S3Object } from '../open-s3-object.ts'
import { createS3Client, loadS3, type S3Access } from '../s3-client.ts'
import { writeHashed } from './hashed-file.ts'

export type S3Settings = S3Access & {
  readonly bucket: string
  /** Before the name of every object; ends with a slash, or is empty. */
  readonly prefix: string
  /** A folder here for uploads on their way: their digest is known only when they have arrived. */
  readonly scratch: string
}

/** Whether an object is one of a store's own: nobody else shall use it, since the store may remove it at any time. */
export function isOfStore(
  { bucket, prefix }: Pick<S3Settings, 'bucket' | 'prefix'>,
  object: S3Object,
): boolean {
  return object.bucket === bucket && object.key.startsWith(`${prefix}${folder}`)
}

/** Objects above this go up in parts, each checked by its MD5. A part is in memory while it is sent. */
const partBytes = 16 * 1024 * 1024
const folder = 'blobs/sha256/'
/** S3 takes 10,000 parts. */
const mostParts = 9_000

/**
 * Blobs as objects `<prefix>blobs/sha256/<first two digits>/<digits>` of a bucket. An object is there whole or not at
 * all. Uploads are signed (SigV4) and each request's bytes are checked by the server (Content-MD5); the digest was
 * computed here before. The SDK is loaded with this class only.
 */
export class S3Store implements PrunableStore {
  readonly #settings: S3Settings
  readonly #sdk: typeof S3
  readonly #client: S3.S3Client

  private constructor(settings: S3Settings, sdk: typeof S3) {
    this.#settings = settings
    this.#sdk = sdk
    this.#client = createS3Client(sdk, settings)
  }

  /** @throws {S3NotInstalled}, and what the SDK throws when the bucket is not there or not ours */
  static async open(settings: S3Settings): Promise<S3Store> {
    const store = new S3Store(settings, await loadS3())
    const { ListObjectsV2Command } = store.#sdk
    await store.#client.send(
      new ListObjectsV2Command({ Bucket: settings.bucket, Prefix: settings.prefix, MaxKeys: 1 }),
    )
    return store
  }

  async find(digest: Digest): Promise<Blob> {
    const { HeadObjectCommand } = this.#sdk
    const found = await this.#client
      .send(new HeadObjectCommand(this.#object(digest)))
      .catch((error) => this.#missing(digest, error))
    return { digest, size: found.ContentLength ?? 0 }
  }

  async read(digest: Digest, range?: ByteRange): Promise<Readable> {
    const { GetObjectCommand } = this.#sdk
    const blob = range === undefined ? undefined : await this.find(digest)
    const part = blob && range && checkRange(blob, range)
    const Range = part && `bytes=${part.first}-${part.last}`
    const found = await this.#client
      .send(new GetObjectCommand({ ...this.#object(digest), ...(Range !== undefined && { Range }) }))
      .catch((error) => {
        if (blob !== undefined && error.$metadata?.httpStatusCode === 416) throw new RangeNotInBlob(blob)
        return this.#missing(digest, error)
      })
    return found.Body as Readable
  }

  async put(bytes: AsyncIterable<Uint8Array>, options: PutOptions = {}): Promise<Blob> {
    const path = join(this.#settings.scratch, randomBytes(12).toString('hex'))
    try {
      const blob = await received(path, bytes, options)
      if (options.expected !== undefined && blob.digest !== options.expected)
        throw new BlobCorrupt(options.expected, blob.digest)
      options.signal?.throwIfAborted()
      await this.take(path, blob)
      return blob
    } finally {
      await rm(path, { force: true })
    }
  }

  async take(path: string, blob: Blob): Promise<void> {
    try {
      const { size } = await stat(path)
      if (size !== blob.size) throw new Error(`${path} has ${size} bytes, ${blob.size} were announced`)
      if (size <= partBytes) await this.#putWhole(path, blob)
      else await this.#putParts(path, blob)
    } finally {
      await rm(path, { force: true })
    }
  }

  async *list(): AsyncIterable<KeptBlob> {
    const { ListObjectsV2Command } = this.#sdk
    const { bucket: Bucket, prefix } = this.#settings
    let token: string | undefined
    do {
      const page: S3.ListObjectsV2CommandOutput = await this.#client.send(
        new ListObjectsV2Command({
          Bucket,
          Prefix: `${prefix}${folder}`,
          ...(token !== undefined && { ContinuationToken: token }),
        }),
      )
      for (const { Key = '', Size = 0, LastModified } of page.Contents ?? []) {
        const digest = parseDigest(`sha256:${Key.split('/').at(-1)}`)
        if (digest !== undefined) yield { digest, size: Size, keptAt: LastModified?.getTime() ?? Date.now() }
      }
      token = page.NextContinuationToken
    } while (token !== undefined)
  }

  async remove(digest: Digest): Promise<void> {
    const { DeleteObjectCommand } = this.#sdk
    await this.#client.send(new DeleteObjectCommand(this.#object(digest)))
  }

  /** An address that gives the bytes to whoever has it, for so many seconds (SigV4, presigned). */
  async presigned(digest: Digest, seconds: number): Promise<string> {
    const { getSignedUrl } = await import('@aws-sdk/s3-request-presigner')
    const { GetObjectCommand } = this.#sdk
    return await getSignedUrl(this.#client, new GetObjectCommand(this.#object(digest)), {
      expiresIn: seconds,
    })
  }

  async #putWhole(path: string, { digest, size }: Blob): Promise<void> {
    const { PutObjectCommand } = this.#sdk
    const file = await open(path, 'r')
    try {
      const body = Buffer.alloc(size)
      await file.read(body, 0, size, 0)
      const sent = { Body: body, ContentLength: size, ContentMD5: md5(body) }
      await this.#client.send(new PutObjectCommand({ ...this.#object(digest), ...sent }))
    } finally {
      await file.close()
    }
  }

  async #putParts(path: string, { digest, size }: Blob): Promise<void> {
    const { CreateMultipartUploadCommand, CompleteMultipartUploadCommand, AbortMultipartUploadCommand } =
      this.#sdk
    const object = this.#object(digest)
    const { UploadId } = await this.#client.send(new CreateMultipartUploadCommand(object))
    try {
      const Parts = await this.#sendParts(path, size, { ...object, UploadId })
      await this.#client.send(
        new CompleteMultipartUploadCommand({ ...object, UploadId, MultipartUpload: { Parts } }),
      )
    } catch (error) {
      await this.#client.send(new AbortMultipartUploadCommand({ ...object, UploadId })).catch(() => undefined)
      throw error
    }
  }

  async #sendParts(
    path: string,
    size: number,
    upload: { Bucket: string; Key: string; UploadId: string | undefined },
  ) {
    const { UploadPartCommand } = this.#sdk
    const step = Math.max(partBytes, Math.ceil(size / mostParts))
    const parts: S3.CompletedPart[] = []
    const file = await open(path, 'r')
    try {
      for (let at = 0; at < size; at += step) {
        const body = Buffer.alloc(Math.min(step, size - at))
        await file.read(body, 0, body.length, at)
        const PartNumber = parts.length + 1
        const sent = { Body: body, ContentLength: body.length, ContentMD5: md5(body), PartNumber }
        const { ETag } = await this.#client.send(new UploadPartCommand({ ...upload, ...sent }))
        parts.push({ PartNumber, ETag })
      }
      return parts
    } finally {
      await file.close()
    }
  }

  #object(digest: Digest): { readonly Bucket: string; readonly Key: string } {
    const hex = digestHex(digest)
    const { bucket, prefix } = this.#settings
    return { Bucket: bucket, Key: `${prefix}${folder}${hex.slice(0, 2)}/${hex}` }
  }

  #missing(digest: Digest, error: Error & { $metadata?: { httpStatusCode?: number } }): never {
    if (error.$metadata?.httpStatusCode === 404 && error.name !== 'NoSuchBucket')
      throw new BlobMissing(digest)
    throw error
  }
}

const md5 = (bytes: Buffer) => createHash('md5').update(bytes).digest('base64')

async function received(path: string, bytes: AsyncIterable<Uint8Array>, options: PutOptions): Promise<Blob> {
  const file = await open(path, 'wx', 0o640)
  try {
    return await writeHashed(file, arriving(bytes, options), options.onProgress)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw code === 'ENOSPC' || code === 'EDQUOT'
      ? new StoreFull('no room left for uploads', { cause: error })
      : error
  } finally {
    await file.close()
  }
}
