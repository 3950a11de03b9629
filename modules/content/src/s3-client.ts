import type * as S3 from '@aws-sdk/client-s3'

/** Where an S3 server is, and as whom it is asked. */
export type S3Access = {
  /** Another server than AWS, for instance `https://s3.example`. */
  readonly endpoint?: string | undefined
  readonly region: string
  /** Absent: what the AWS SDK finds (environment, profile, instance role). */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string }
}

export class S3NotInstalled extends Error {
  override readonly name = 'S3NotInstalled'
  readonly code = 's3_not_installed'
}

const silenceMs = 60_000

/** The SDK, which is loaded with the first use only. @throws {S3NotInstalled} */
export async function loadS3(): Promise<typeof S3> {
  try {
    return await import('@aws-sdk/client-s3')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause
    throw new S3NotInstalled(
      'S3 needs the package @aws-sdk/client-s3, which is optional and not installed here: run npm ci without --omit=optional in the folder of Bootcast.',
      { cause },
    )
  }
}

/** A minute of silence ends a request, or what is read of an answer. */
export function createS3Client(sdk: typeof S3, { endpoint, region, credentials }: S3Access): S3.S3Client {
  return new sdk.S3Client({
    region,
    // Newer defaults frame uploads in a way that other servers than AWS store as data or refuse.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { connectionTimeout: 10_000, socketTimeout: silenceMs },
    ...(endpoint !== undefined && { endpoint, forcePathStyle: true }),
    ...(credentials !== undefined && { credentials }),
  })
}
