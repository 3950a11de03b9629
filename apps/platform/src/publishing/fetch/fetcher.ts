import { type AddressCheck, HostFailed, RegistryCorrupt, RegistryRefused } from '@bootcast/image'
import { fetchHttp } from './fetch-http.ts'
import { fetchRegistry } from './fetch-registry.ts'
import { fetchS3, type S3Sources } from './fetch-s3.ts'
import { AddressRefused, type Fetched, FetchFailed, type Wanted } from './fetched.ts'
import { steady } from './steady.ts'

/**
 * Opens what is at an address; the bytes arrive as they are read.
 * @throws {AddressRefused | FetchFailed | RegistryCorrupt | Unreadable}, when it is opened or as it is read
 */
export type Fetcher = (wanted: Wanted, signal: AbortSignal) => Promise<Fetched>

export type FetcherSettings = {
  /** For every address on the way but that of the operator's S3 server; absent: any may be reached. */
  readonly checkAddress: AddressCheck | undefined
  readonly s3: S3Sources
}

type Fetch = (wanted: Wanted, settings: FetcherSettings, signal: AbortSignal) => Promise<Fetched>

const http: Fetch = ({ url }, { checkAddress }, signal) => fetchHttp(url, checkAddress, signal)
const schemes: Readonly<Record<string, Fetch>> = {
  'http:': http,
  'https:': http,
  'oci:': (wanted, { checkAddress }, signal) => fetchRegistry(wanted, checkAddress, signal),
  's3:': ({ url }, { s3 }, signal) => fetchS3(url, s3, signal),
}

export function createFetcher(settings: FetcherSettings): Fetcher {
  return async (wanted, signal) => {
    const scheme = URL.parse(wanted.url)?.protocol ?? ''
    const fetch = Object.hasOwn(schemes, scheme) ? schemes[scheme] : undefined
    if (fetch === undefined)
      throw new AddressRefused(
        `“${wanted.url.slice(0, 200)}” is no address that the platform fetches from: give https://, http://, oci:// or s3://.`,
      )
    if (wanted.registry !== undefined && scheme !== 'oci:')
      throw new AddressRefused('How to talk to a registry has a meaning only with oci://.')
    const fetched = await fetch(wanted, settings, signal).catch((error: unknown) => {
      throw failureOf(error)
    })
    return { ...fetched, bytes: told(steady(fetched.bytes)) }
  }
}

async function* told(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* bytes
  } catch (error) {
    throw failureOf(error)
  }
}

/** What a server did wrong is one thing for whoever publishes; other bytes, or an address that is refused, are others. */
function failureOf(error: unknown): unknown {
  const isServer = error instanceof HostFailed || error instanceof RegistryRefused
  if (isServer && !(error instanceof RegistryCorrupt)) return new FetchFailed(error.message, { cause: error })
  return error
}
