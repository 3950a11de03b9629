import type { Status } from '@bootcast/contract'
import { baseUrlFor, type Reaching, urlsForPeople } from '@bootcast/options'
import { accountHandlers, peopleHandlers } from './api/account-handlers.ts'
import { auditHandlers } from './api/audit-handlers.ts'
import { blobHandlers } from './api/blob-handlers.ts'
import { bootHandlers } from './api/boot-handlers.ts'
import { bootScreenHandlers } from './api/boot-screen-handlers.ts'
import { bootTestHandlers } from './api/boot-test-handlers.ts'
import { buildHandlers } from './api/build-handlers.ts'
import type { CodeDesk } from './api/code-desk.ts'
import type { CommandDesk } from './api/command-desk.ts'
import { commandSignInHandlers } from './api/command-sign-in-handlers.ts'
import { differenceHandlers } from './api/difference-handlers.ts'
import type { Handlers } from './api/handlers.ts'
import { channelHandlers, imageHandlers, settingsHandlers } from './api/image-handlers.ts'
import { templateHandlers, valueHandlers } from './api/install-handlers.ts'
import { loaderHandlers } from './api/loader-handlers.ts'
import { machineHandlers } from './api/machine-handlers.ts'
import { networkHandlers } from './api/network-handlers.ts'
import { openingHandlers } from './api/opening-handlers.ts'
import { publicationHandlers } from './api/publication-handlers.ts'
import { sessionHandlers } from './api/session-handlers.ts'
import { siteHandlers } from './api/site-handlers.ts'
import { sourceHandlers } from './api/source-handlers.ts'
import { grantHandlers, tokenHandlers, userHandlers } from './api/user-handlers.ts'
import type { Builds } from './builds/builds.ts'
import { createPublisher } from './catalogue/publish.ts'
import { ReleaseDifferences } from './catalogue/release-differences.ts'
import type { Config } from './config.ts'
import type { Kept } from './kept.ts'
import type { NetworkDesk } from './network/network-desk.ts'
import type { openCatalogue } from './open-catalogue.ts'
import type { openIdentity } from './open-identity.ts'
import type { openPublishing } from './open-publishing.ts'
import type { Uplink } from './open-uplink.ts'
import { savedAtSites } from './sites/saved-at-sites.ts'
import type { Sources } from './sources/sources.ts'

/** What calls of the API are answered by. */
export type Wired = {
  readonly config: Config
  readonly kept: Kept
  readonly known: Awaited<ReturnType<typeof openCatalogue>>
  readonly publishing: Awaited<ReturnType<typeof openPublishing>>
  readonly builds: Builds
  readonly sources: Sources
  readonly identity: Awaited<ReturnType<typeof openIdentity>>
  readonly desk: CodeDesk
  readonly commands: CommandDesk
  readonly uplink: Uplink
  readonly status: () => Status
  readonly network: NetworkDesk
  readonly reaching: Reaching
}

/** One handler for each call of the contract. */
export function handlersOf({
  config,
  kept,
  known,
  publishing,
  identity,
  desk,
  commands,
  uplink,
  ...wired
}: Wired): Handlers {
  const { catalogue, machines, register, openings, openingStore, decisions } = known
  const { settings, collectGarbage, sites } = known
  const { blobs, shelf } = kept
  return {
    ...sessionHandlers(identity.sessions),
    ...commandSignInHandlers({ commands, publicUrl: config.publicUrl }),
    ...userHandlers(identity),
    ...tokenHandlers(identity),
    ...grantHandlers(identity.grants),
    ...accountHandlers({ ...identity, signIns: identity.tokens, rights: identity.grants }),
    ...peopleHandlers(identity),
    ...auditHandlers(identity.audits),
    ...blobHandlers({ blobs, maxUploadBytes: config.maxUpload }),
    ...imageHandlers({
      catalogue,
      publish: createPublisher(publishing.stock),
      collectGarbage,
      grants: identity.grants,
    }),
    ...bootTestHandlers(catalogue),
    ...channelHandlers(catalogue),
    ...differenceHandlers(new ReleaseDifferences({ catalogue, blobs })),
    ...publicationHandlers(publishing),
    ...buildHandlers(wired.builds),
    ...sourceHandlers(wired.sources),
    ...settingsHandlers(catalogue, settings),
    ...openingHandlers({ openings, store: openingStore, sites: sites.store, machines, register }),
    ...siteHandlers({
      ...{ ...sites, catalogue },
      joinBy: async (site, secret) => uplink.joinBy(site, secret, sitesUrl(wired.reaching)),
      onChanged: (id) => uplink.onChanged(id),
      authority: uplink.authority,
      onAuthority: () => uplink.onAuthority(),
    }),
    ...bootScreenHandlers({ desk, decisions, openings, machineOf: known.machineOf }),
    ...machineHandlers({
      decisions,
      machines,
      register,
      phoneLog: known.phoneLog,
      hasLoader: (name) => shelf.find(name) !== undefined,
    }),
    ...templateHandlers({
      ...{ catalogue, store: known.installStore, installs: known.installs, machineOf: known.machineOf },
      baseUrl: () => baseUrlFor(wired.reaching)('0.0.0.0'),
    }),
    ...valueHandlers(known.values),
    ...bootHandlers({ boots: known.boots, savedAtSites: () => savedAtSites(sites.store) }),
    ...loaderHandlers(shelf),
    ...networkHandlers(wired.network),
    status: async () => wired.status(),
  }
}

/** Where sites reach this platform on a port. */
const sitesUrl =
  ({ config, ...reaching }: Wired['reaching'] & { readonly config: Pick<Config, 'siteUrl'> }) =>
  (port: number): string => {
    const [url = ''] = urlsForPeople({ config, ...reaching })
    return config.siteUrl ?? `https://${new URL(url).hostname}:${port}`
  }
