import type { AddressCheck } from '@bootcast/image'
import { BootcastSource } from './bootcast/bootcast-source.ts'
import { type ImageSource, SourceFailed } from './image-source.ts'
import { OciSource } from './oci/oci-source.ts'
import type { Source, SourceKind } from './source.ts'
import { UforgeClient } from './uforge/uforge-client.ts'
import { UforgeSource } from './uforge/uforge-source.ts'

export type OpenSourceSettings = {
  /** For where a source leads to that is not itself; absent: anywhere. */
  readonly checkAddress: AddressCheck | undefined
  readonly documentMs?: number | undefined
}

type Open = (source: Source, secret: string | undefined, settings: OpenSourceSettings) => ImageSource

const openers: Readonly<Record<SourceKind, Open>> = {
  uforge: ({ url, settings: { user = '', apiKey } }, secret, { documentMs }) => {
    const password = needed(secret)
    const account =
      apiKey === undefined ? { user, password } : { user, apiKey: { publicKey: apiKey, secretKey: password } }
    const secrets = [password, `${user}:${password}`]
    return new UforgeSource({ client: new UforgeClient({ url, account, documentMs }), secrets })
  },
  bootcast: ({ url, settings: { follow = 'stable' } }, secret, { documentMs }) =>
    new BootcastSource({ url, token: needed(secret), follow, documentMs }),
  oci: ({ url, settings: { user, plainHttp = false, image } }, secret, { checkAddress }) => {
    const password = user === undefined ? undefined : needed(secret)
    const check = checkAddress && butItself(new URL(url.replace(/^oci:/, 'http:')), checkAddress)
    return new OciSource({ url, user, password, plainHttp, image, checkAddress: check })
  },
}

/** What asks a source. @throws {SourceFailed} without its secret */
export const openImageSource: Open = (source, secret, settings) =>
  openers[source.kind](source, secret, settings)

/** An administrator named the registry itself, so it may be on an inner network; where it leads to may not. */
const butItself =
  ({ host, hostname }: URL, check: AddressCheck): AddressCheck =>
  (asked, address) => {
    if (asked !== host && asked !== hostname) check(asked, address)
  }

function needed(secret: string | undefined): string {
  if (secret !== undefined) return secret
  throw new SourceFailed(
    'Its password, key or token cannot be read: it was encrypted with another key. Remove the source and add it again.',
  )
}
