import { join } from 'node:path'
import { Fingerprinter } from '@bootcast/content'
import { loadRecipes, ownRecipes } from '@bootcast/image'
import type { FastifyBaseLogger } from 'fastify'
import type { BlobHolds } from './catalogue/blob-holds.ts'
import type { CatalogueStore } from './catalogue/catalogue-store.ts'
import type { Config } from './config.ts'
import type { Kept } from './kept.ts'
import { createFetcher } from './publishing/fetch-url.ts'
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
  const uploads = await UploadStore.open({
    folder: join(kept.data, 'uploads'),
    fingerprinter,
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
  const publications = new Publications({
    uploads,
    catalogue,
    holds,
    fingerprinter,
    scratch,
    mostBytes,
    blobs: kept.blobs,
    recipes: await loadRecipes(ownRecipes),
    fetcher: createFetcher({ mayReachPrivate: config.fetchPrivate === 'yes' }),
    onFailure: (err, { id, image }) => log.warn({ err, publication: id, image }, 'nothing was published'),
  })
  starting.defer(() => publications.stop())
  return { uploads, publications }
}
