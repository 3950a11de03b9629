/** A place in a registry: `oci://registry.example:5000/team/demo:stable`. */
export type RegistryReference = {
  readonly host: string
  readonly repository: string
  /** A tag, or the digest of a manifest. */
  readonly name: string
}

export class RegistryRefused extends Error {
  override readonly name: string = 'RegistryRefused'
  readonly code: 'registry_refused' | 'blob_corrupt' = 'registry_refused'
}

/** The registry gives other bytes than those that were announced. */
export class RegistryCorrupt extends RegistryRefused {
  override readonly name = 'RegistryCorrupt'
  override readonly code = 'blob_corrupt'
}

/** `docker.io` is a name for people; its registry is elsewhere (containerd, remotes/docker, DefaultHost). */
const realHosts: Readonly<Record<string, string>> = { 'docker.io': 'registry-1.docker.io' }

/**
 * OCI distribution-spec 1.1, "Pulling manifests": the forms of a name and a tag. With a digest the tag is for people.
 * @throws {RegistryRefused}
 */
export function parseRegistryReference(text: string): RegistryReference {
  const form =
    /^oci:\/\/([A-Za-z0-9.-]+(?::\d{1,5})?|\[[0-9a-f:]+\](?::\d{1,5})?)\/([a-z0-9]+(?:[._/-]+[a-z0-9]+)*)(?::(\w[\w.-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$/
  const [, host, repository, tag = 'latest', digest] = form.exec(text) ?? []
  if (host === undefined || repository === undefined || repository.length > 255)
    throw new RegistryRefused(
      `“${text.slice(0, 200)}” is no place in a registry: write it as oci://registry.example/team/demo:tag.`,
    )
  return { host: realHosts[host] ?? host, repository, name: digest ?? tag }
}

/** A registry on this computer is talked to by plain HTTP without being told. */
export const isThisComputer = (host: string): boolean =>
  /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:|$)/.test(host)

export const isDigest = (name: string): boolean => /^sha256:[0-9a-f]{64}$/.test(name)
