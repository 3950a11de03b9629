import {
  isOfStore,
  openS3Object,
  type S3Access,
  S3NotInstalled,
  type S3Object,
  type S3Settings,
} from '@bootcast/content'
import { AddressRefused, type Fetched, FetchFailed, nameIn } from './fetched.ts'

/** As the operator has set it; publishers name a bucket and a key of that server, and no address. */
export type S3Sources = {
  readonly access: S3Access
  /** Where the platform keeps its own files, when that is in S3. */
  readonly store: Pick<S3Settings, 'bucket' | 'prefix'> | undefined
}

/** An object of the S3 server that the platform is set up for. @throws {AddressRefused | FetchFailed} */
export async function fetchS3(
  url: string,
  { access, store }: S3Sources,
  signal: AbortSignal,
): Promise<Fetched> {
  const object = objectIn(url)
  if (store !== undefined && isOfStore(store, object))
    throw new AddressRefused(
      `${url} is a file of this platform's own store, which goes when no release needs it. Publish what it was made of.`,
    )
  try {
    const { bytes, size } = await openS3Object(object, access, signal)
    return { bytes: told(bytes, url), size, name: nameIn(object.key) }
  } catch (error) {
    throw signal.aborted
      ? error
      : new FetchFailed(wordsFor(object, error as S3Error, access), { cause: error })
  }
}

async function* told(bytes: AsyncIterable<Uint8Array>, url: string): AsyncGenerator<Uint8Array> {
  try {
    yield* bytes
  } catch (cause) {
    throw new FetchFailed(`${url} broke off: ${(cause as Error).message}`, { cause })
  }
}

/** The key is what stands behind the bucket, as it is: `aws s3 cp` reads it the same. */
function objectIn(url: string): S3Object {
  const [, bucket, key = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\/(.+)$/s.exec(url) ?? []
  const names = key.split('/')
  const isKey = Buffer.byteLength(key) <= 1024 && !names.includes('.') && !names.includes('..')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (bucket === undefined || key.endsWith('/') || !isKey || /[\u0000-\u001f\u007f]/.test(key))
    throw new AddressRefused(
      `“${url.slice(0, 200)}” is no object of a bucket: write it as s3://bucket/path/image.iso.`,
    )
  return { bucket, key }
}

type S3Error = Error & { readonly $metadata?: { readonly httpStatusCode?: number } }

const keysHint =
  'Its keys come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile, or the machine’s role.'
const regionHint = 'Say the right one with --s3-region.'

/** What to do, by S3's error codes ("List of error codes") and the SDK's. */
const hints: Readonly<Record<string, string>> = {
  NoSuchKey: 'There is no such object. Is the key spelled right, with its folders?',
  NoSuchBucket: 'There is no such bucket. Is it one of this server (--s3-endpoint)?',
  AccessDenied: `The platform may not read it, or it is not there. ${keysHint}`,
  InvalidAccessKeyId: `The server does not know the access key of the platform. ${keysHint}`,
  SignatureDoesNotMatch: `The secret key of the platform is wrong. ${keysHint}`,
  CredentialsProviderError: `The platform has no keys for S3. ${keysHint} An object that everybody may read has a web address, too: publish that.`,
  ExpiredToken: `The keys of the platform have expired. ${keysHint}`,
  PermanentRedirect: `The bucket is in another region. ${regionHint}`,
  IllegalLocationConstraintException: `The bucket is in another region. ${regionHint}`,
  AuthorizationHeaderMalformed: `The bucket is in another region. ${regionHint}`,
  InvalidObjectState: 'It is archived (Glacier). Restore it first.',
  TimeoutError: 'The server does not answer in time.',
}

function wordsFor({ bucket, key }: S3Object, error: S3Error, { endpoint = 'AWS' }: S3Access): string {
  if (error instanceof S3NotInstalled) return error.message
  const { name, message, $metadata } = error
  const status = $metadata?.httpStatusCode
  const said =
    status === undefined ? `cannot be reached: ${message}` : `answers ${status}: ${name}: ${message}`
  const hint = Object.hasOwn(hints, name) ? hints[name] : `${endpoint} ${said}`
  return `s3://${bucket}/${key} cannot be read. ${hint}`
}
