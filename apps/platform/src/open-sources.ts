import type { FastifyBaseLogger } from 'fastify'
import type { Audit } from './audit/audit.ts'
import type { CatalogueStore } from './catalogue/catalogue-store.ts'
import type { Config } from './config.ts'
import { ExternalUsers } from './identity/external-users.ts'
import type { GrantStore } from './identity/grants.ts'
import type { ExternalUserStore } from './identity/identity-store.ts'
import type { SomeDirectory } from './identity/password-gate.ts'
import { SecretBox } from './installs/secret-box.ts'
import { readSecretsKey } from './installs/secrets-key.ts'
import type { Kept } from './kept.ts'
import { refusePrivate } from './publishing/fetch/private-addresses.ts'
import type { Publications } from './publishing/publications.ts'
import { openImageSource } from './sources/open-image-source.ts'
import { Sources } from './sources/sources.ts'
import { SqlSourceStore } from './sources/sql-source-store.ts'
import { UforgeDirectory } from './sources/uforge/uforge-directory.ts'

export type SourcesParts = {
  readonly config: Config
  readonly kept: Kept
  readonly known: { readonly catalogue: CatalogueStore }
  readonly publishing: { readonly publications: Publications }
  readonly identity: {
    readonly grants: GrantStore
    readonly users: ExternalUserStore
    readonly audit: Audit
    /** Who is asked for users beside the directory of the configuration. */
    readonly forges: { directories: () => readonly SomeDirectory[] }
  }
  readonly uplink: { readonly snapshots: { changed(): void } }
  readonly log: FastifyBaseLogger
}

/** Longest that one release of a source may take: a large one over a slow line. */
const releaseMs = 12 * 60 * 60 * 1000

/** Places whose images become releases by themselves, wired; nothing is asked before `start`. */
export async function openSources(
  { config, kept, known, publishing, identity, uplink, log }: SourcesParts,
  starting: AsyncDisposableStack,
): Promise<Sources> {
  const key = await readSecretsKey({ data: kept.data, file: config.secretsKeyFile })
  const store = new SqlSourceStore(kept.database, new SecretBox(key))
  // A database of our own was used by nobody else since it was opened.
  if (config.database === undefined) await store.freeSyncs()
  const { grants, users, audit } = identity
  const checkAddress = config.fetchPrivate === 'yes' ? undefined : refusePrivate
  // Whatever a forge says of its users, they are users here: no role is given by it.
  const externals = new ExternalUsers({ store: users, roleOf: new Map() })
  const onProblem = (message: string, err?: unknown) => log.warn({ err }, message)
  const sources = new Sources({
    ...{ store, publications: publishing.publications, catalogue: known.catalogue },
    ...{ grants, audit, releaseMs },
    onPublished: () => uplink.snapshots.changed(),
    open: (source, secret) => openImageSource(source, secret, { checkAddress }),
    directoryOf: ({ name, url }) => ({
      ...{ source: 'uforge' as const, externals },
      in: new UforgeDirectory({ name, url, onProblem }),
    }),
    onError: (err) => log.error({ err }, 'a source of images could not be synced'),
  })
  identity.forges.directories = () => sources.directories()
  starting.defer(() => sources.stop())
  return sources
}
