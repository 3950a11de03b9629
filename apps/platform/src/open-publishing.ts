import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Fingerprinter } from '@bootcast/content'
import { loadRecipes, ownRecipes, readPublicKey } from '@bootcast/image'
import { StartRefused } from '@bootcast/options'
import type { FastifyBaseLogger } from 'fastify'
import type { BlobHolds } from './catalogue/blob-holds.ts'
import type { CatalogueStore } from './catalogue/catalogue-store.ts'
import type { Config } from './config.ts'
import type { Kept } from './kept.ts'
import { createFetcher } from './publishing/fetch/fetcher.ts'
import { refusePrivate } from './publishing/fetch/private-addresses.ts'
import { foreseeing } from './publishing/foreseen-parts.ts'
import type { TrustedKey } from './publishing/import-bundle.ts'
import { Publications } from './publishing/publications.ts'
import { Scratch } from './publishing/scratch.ts'
import { UploadStore } from './uploads/upload-store.ts'

const sweepMs = 60 * 60 * 1000

export type PublishingSettings = {
  readonly config: Config
  readonly kept: Kept
  readonly catalogue: CatalogueStore
  readonly holds: BlobHolds
  readonly log: FastifyBaseLogger
}

/** Uploads and the releases that are made of them, wired. */
export async function openPublishing(
  { config, kept, catalogue, holds, log }: PublishingSettings,
  starting: AsyncDisposableStack,
) {
  const { maxUpload: mostBytes, uploadQuota: quotaBytes } = config
  const fingerprinter = starting.adopt(new Fingerprinter(), (one) => one.stop())
  fingerprinter.start()
  const recipes = await loadRecipes(ownRecipes)
  const uploads = await UploadStore.open({
    folder: join(kept.data, 'uploads'),
    fingerprinter: foreseeing(fingerprinter, recipes),
    mostBytes,
    quotaBytes,
  })
  const sweeping = setInterval(
    () => void uploads.sweep().catch((err) => log.error({ err }, 'uploads')),
    sweepMs,
  )
  starting.defer(() => clearInterval(sweeping.unref()))
  const stopping = new AbortController()
  const scratch = await Scratch.open(join(kept.data, 'scratch'), mostBytes, stopping.signal)
  const stock = { blobs: kept.blobs, catalogue, holds, fingerprinter, scratch }
  const publications = new Publications({
    ...stock,
    uploads,
    mostBytes,
    trusted: await trustedKeys(config.trustedKeys),
    recipes,
    fetcher: createFetcher({
      checkAddress: config.fetchPrivate === 'yes' ? undefined : refusePrivate,
      s3: { access: { endpoint: config.s3Endpoint, region: config.s3Region }, store: config.storage },
    }),
    onFailure: (err, { id, image }) => log.warn({ err, publication: id, image }, 'nothing was published'),
  })
  starting.defer(() => publications.stop())
  return { uploads, publications, stock }
}

/** The public keys of a folder, `*.pub`. @throws {StartRefused} for a folder that is not there or has none */
async function trustedKeys(folder: string | undefined): Promise<readonly TrustedKey[] | undefined> {
  if (folder === undefined) return undefined
  try {
    const names = (await readdir(folder)).filter((name) => name.endsWith('.pub')).sort()
    if (names.length === 0) throw new Error('it has no *.pub file')
    return await Promise.all(
      names.map(async (name) => ({
        ...readPublicKey(await readFile(join(folder, name), 'utf8')),
        name: name.slice(0, -'.pub'.length),
      })),
    )
  } catch (cause) {
    throw new StartRefused(
      `the keys of --trusted-keys ${folder} cannot be used: ${(cause as Error).message}`,
      { cause },
    )
  }
}
