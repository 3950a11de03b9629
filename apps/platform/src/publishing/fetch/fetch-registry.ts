import {
  type AddressCheck,
  openPull,
  parseRegistryReference,
  RegistryClient,
  type RegistryReference,
} from '@bootcast/image'
import { AddressRefused, type Fetched, nameIn, type Wanted } from './fetched.ts'

/**
 * What stands in a registry, as the tar of an OCI image layout: a bundle, or a container image. Every digest is checked
 * as the bytes go by. @throws {AddressRefused | RegistryRefused | RegistryCorrupt | Unreadable}
 */
export async function fetchRegistry(
  { url, registry = {} }: Wanted,
  checkAddress: AddressCheck | undefined,
  signal: AbortSignal,
): Promise<Fetched> {
  const reference = referenceIn(url)
  const { plainHttp = false, user, password } = registry
  const client = new RegistryClient(reference, { plainHttp, user, password, checkAddress, signal })
  const { digest, size, bytes } = await openPull(client)
  const name = nameIn(`${reference.repository}-${reference.name.replace(/^sha256:(.{12}).*/, '$1')}.tar`)
  return { bytes: bytes(), size, name, digest }
}

function referenceIn(url: string): RegistryReference {
  try {
    return parseRegistryReference(url)
  } catch (error) {
    throw new AddressRefused((error as Error).message, { cause: error })
  }
}
