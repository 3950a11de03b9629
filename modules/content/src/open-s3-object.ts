import { addAbortSignal, type Readable } from 'node:stream'
import { createS3Client, loadS3, type S3Access } from './s3-client.ts'

export type S3Object = { readonly bucket: string; readonly key: string }

export type OpenS3Object = {
  readonly bytes: AsyncIterable<Uint8Array>
  /** Bytes, when the server says so. */
  readonly size: number | undefined
}

/**
 * Any object of a bucket, as it is read: not one of a store. Ends with the signal.
 * @throws {S3NotInstalled}, and what the SDK throws: `name` is S3's code (NoSuchKey, AccessDenied…)
 */
export async function openS3Object(
  { bucket: Bucket, key: Key }: S3Object,
  access: S3Access,
  signal: AbortSignal,
): Promise<OpenS3Object> {
  const sdk = await loadS3()
  const client = createS3Client(sdk, access)
  try {
    const found = await client.send(new sdk.GetObjectCommand({ Bucket, Key }), { abortSignal: signal })
    const body = addAbortSignal(signal, found.Body as Readable)
    // Whoever reads it hears of the error; nobody has to when it is ended before it is read.
    body.on('error', () => undefined).once('close', () => client.destroy())
    return { bytes: body, size: found.ContentLength }
  } catch (error) {
    client.destroy()
    throw error
  }
}
