export class AddressRefused extends Error {
  override readonly name = 'AddressRefused'
  readonly code = 'address_refused'
}

export class FetchFailed extends Error {
  override readonly name = 'FetchFailed'
  readonly code = 'fetch_failed'
}

/** What somebody wants to be fetched. */
export type Wanted = {
  readonly url: string
  /** For `oci://`: how to talk to the registry. */
  readonly registry?: RegistryAccess | undefined
}

export type RegistryAccess = {
  readonly plainHttp?: boolean | undefined
  readonly user?: string | undefined
  readonly password?: string | undefined
}

export type Fetched = {
  readonly bytes: AsyncIterable<Uint8Array>
  /** Bytes, when the server says so. */
  readonly size: number | undefined
  /** The file's name. */
  readonly name: string
  /** What it is known by there, when that is not the digest of the bytes. */
  readonly digest?: string
}

/** A file name as machines may be told it, of the last part of a path. */
export function nameIn(path: string): string {
  const last = path.split('/').filter(Boolean).at(-1) ?? 'image'
  return last.replace(/[^A-Za-z0-9._+~-]/g, '_').slice(0, 200)
}
