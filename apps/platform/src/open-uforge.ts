import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { RequestRate } from './api/request-rate.ts'
import type { Config } from './config.ts'
import { SecretBox } from './installs/secret-box.ts'
import { readSecretsKey } from './installs/secrets-key.ts'
import type { Kept } from './kept.ts'
import type { openCatalogue } from './open-catalogue.ts'
import type { openIdentity } from './open-identity.ts'
import type { Uplink } from './open-uplink.ts'
import { exportBundle } from './publishing/export-bundle.ts'
import { addUforgeBoot, type UforgeBootOptions } from './uforge/boot/boot-routes.ts'
import type { ReleaseBuilder } from './uforge/release-builder.ts'
import { DownloadKeys } from './uforge/rest/download-keys.ts'
import { resourcesOf } from './uforge/rest/resources.ts'
import { addUforgeRest } from './uforge/rest/rest-server.ts'
import { SqlApiKeyStore } from './uforge/sql-api-key-store.ts'
import { SqlUforgeNumbers } from './uforge/sql-uforge-numbers.ts'
import { UforgePeople } from './uforge/uforge-people.ts'

export type UforgeSettings = {
  readonly config: Config
  readonly kept: Pick<Kept, 'data' | 'database' | 'blobs'>
  readonly identity: Pick<Awaited<ReturnType<typeof openIdentity>>, 'users' | 'gate' | 'grants' | 'audit'>
  readonly known: Pick<Awaited<ReturnType<typeof openCatalogue>>, 'catalogue'>
  readonly uplink: Pick<Uplink, 'snapshots'>
  /** What answers machines. */
  readonly boot: Pick<UforgeBootOptions, 'boot' | 'source' | 'sender' | 'baseUrl'>
  readonly builder: ReleaseBuilder
  readonly stopping: AbortSignal
  readonly log: FastifyBaseLogger
}

/** Pages of the HTTP listener where clients of UForge find what they ask for; none unless it is switched on. */
export async function openUforge(settings: UforgeSettings) {
  const { config, kept, known, identity, uplink, boot, builder, stopping, log } = settings
  if (config.uforge === 'off') return []
  const box = new SecretBox(await readSecretsKey({ data: kept.data, file: config.secretsKeyFile }))
  const keys = new SqlApiKeyStore(kept.database, box, (publicKey) =>
    log.warn({ publicKey }, 'an API key was sealed with another key than that of --secrets-key-file'),
  )
  const numbers = new SqlUforgeNumbers(kept.database)
  const { catalogue } = known
  const { users, gate, grants: rights, audit } = identity
  const people = new UforgePeople({ gate, users, keys })
  const resources = resourcesOf({
    ...{ catalogue, rights, users, numbers, keys, builder },
    bundleOf: async (image, number) => exportBundle(await catalogue.findRelease(image, number), kept.blobs),
    downloads: new DownloadKeys(),
    version: config.uforgeVersion,
  })
  const { uforgeContext: context } = config
  const rest = { context, resources, people, audit, stopping }
  const rate = new RequestRate()
  const onChange = () => uplink.snapshots.changed()
  return [
    (app: FastifyInstance) => addUforgeRest(app, { ...rest, rate, onChange }),
    (app: FastifyInstance) => addUforgeBoot(app, { ...boot, context, people, rights, numbers, catalogue }),
  ]
}
