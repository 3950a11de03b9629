import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type BootLog, BootSessions, linuxNeighbours, sameMachine } from '@bootcast/boot'
import { CatalogueBootSource, Decisions, type ReleaseName } from '@bootcast/catalogue'
import type { FastifyBaseLogger } from 'fastify'
import type { Audit } from './audit/audit.ts'
import { openDeployer } from './boot/deployer.ts'
import { SqlBootSessionStore } from './boot/sql-boot-session-store.ts'
import type { BootStore } from './boots/boot-store.ts'
import { Boots } from './boots/boots.ts'
import { BlobHolds } from './catalogue/blob-holds.ts'
import { createGarbageCollector, type GarbageCollector } from './catalogue/garbage.ts'
import { SqlCatalogueStore } from './catalogue/sql-catalogue-store.ts'
import type { Config } from './config.ts'
import { type Database, newId } from './database/open.ts'
import type { BootRights } from './identity/grants.ts'
import type { Kept } from './kept.ts'
import { MachineRegister } from './machines/machine-register.ts'
import { SqlMachineStore } from './machines/sql-machine-store.ts'
import { openInstalls } from './open-installs.ts'
import { openSites } from './open-sites.ts'
import { OpeningRegister } from './openings/opening-register.ts'
import { SqlOpeningStore } from './openings/sql-opening-store.ts'
import { SqlSettingsStore } from './policy/sql-settings-store.ts'

/** Timelines; stopped last, so that what the others say while they stop is kept. */
async function openBoots(
  store: BootStore,
  log: FastifyBaseLogger,
  starting: AsyncDisposableStack,
): Promise<Boots> {
  const onError = (err: unknown) => log.error({ err }, 'the timeline of a boot could not be kept')
  const boots = new Boots({ store, newId, onError })
  await boots.start()
  starting.defer(() => boots.stop())
  return boots
}

export type CatalogueParts = {
  readonly config: Config
  readonly kept: Kept
  /** Where `deployer` is looked for. */
  readonly projectRoot: string
  readonly log: FastifyBaseLogger
  readonly rights: BootRights
  readonly audit: Audit
}

/** What is published, who boots it, and by whose leave. */
export async function openCatalogue(
  { config, kept, projectRoot, log, rights, audit }: CatalogueParts,
  starting: AsyncDisposableStack,
) {
  const { database, blobs, elsewhere } = kept
  const boots = await openBoots(kept.boots, log, starting)
  const catalogue = new SqlCatalogueStore(database)
  const machines = new SqlMachineStore(database)
  const register = new MachineRegister({
    store: machines,
    onError: (err) => log.error({ err }, 'machines that were heard could not be written down'),
  })
  await register.start()
  starting.defer(() => register.stop())
  const deployer = await openDeployer(join(projectRoot, 'deployer'))
  const openingStore = new SqlOpeningStore(database)
  const openings = new OpeningRegister({ store: openingStore })
  await openings.start()
  const settings = new SqlSettingsStore(database)
  const imagesOf = (user: string) => rights.allowedImages(user)
  const parts = await openInstalls({ config, kept, catalogue, register, log }, starting)
  const { installs, phoneLog } = parts
  const decisions = new Decisions({ catalogue, openings, installs, imagesOf })
  const source = new CatalogueBootSource({
    ...{ catalogue, machines: register, openings, decisions, settings, imagesOf, audit },
    ...{ blobs, elsewhere, deployer, installs, phoneLog },
  })
  const holds = new BlobHolds()
  const isBooting = (release: ReleaseName) => source.isBooting(release)
  const ending = new AbortController()
  const { signal } = ending
  const collectGarbage = createGarbageCollector({ catalogue, blobs, holds, isBooting, signal })
  const collected = collectDaily(collectGarbage, log, signal)
  starting.defer(async () => {
    ending.abort()
    await collected
  })
  return {
    ...{ boots, catalogue, machines, register, openings, openingStore, settings, decisions },
    machineOf: (mac: string) => register.known(mac),
    ...{ source, holds, collectGarbage, deployer, ...parts },
    sites: openSites({ database, log }, starting),
  }
}

/** Boots under way, with those of before the last stop. */
export async function openBootSessions(
  database: Database,
  log: BootLog,
  starting: AsyncDisposableStack,
): Promise<BootSessions> {
  const sessions = new BootSessions({
    isSameMachine: sameMachine(linuxNeighbours),
    store: new SqlBootSessionStore(database),
    onError: (error) => log('error', 'keys of boots could not be written down', { reason: String(error) }),
  })
  await sessions.start()
  starting.defer(() => sessions.stop())
  return sessions
}

const dayMs = 24 * 60 * 60 * 1000

/** Now and every day, until the signal. */
async function collectDaily(
  collectGarbage: GarbageCollector,
  log: FastifyBaseLogger,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const found = await collectGarbage({ dryRun: false })
      if (found.blobs > 0 || found.releases.length > 0) log.info(found, 'garbage was collected')
    } catch (err) {
      log.error({ err }, 'garbage could not be collected')
    }
    await sleep(dayMs, undefined, { signal, ref: false }).catch(() => undefined)
  }
}
