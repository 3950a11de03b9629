import type { Image, Release } from '@bootcast/catalogue'
import type { CatalogueStore } from '../../catalogue/catalogue-store.ts'
import type { BootRights } from '../../identity/grants.ts'
import type { UserStore } from '../../identity/identity-store.ts'
import type { ExportedBundle } from '../../publishing/export-bundle.ts'
import type { ApiKeyStore } from '../api-keys.ts'
import type { ReleaseBuilder } from '../release-builder.ts'
import type { UforgeNumbers } from '../uforge-numbers.ts'
import type { DownloadKeys } from './download-keys.ts'

/** What of the platform is shown to clients of UForge. */
export type Forge = {
  readonly catalogue: Pick<
    CatalogueStore,
    'listImages' | 'findImage' | 'releasesOf' | 'findRelease' | 'removeRelease'
  >
  readonly rights: BootRights
  readonly users: Pick<UserStore, 'findUser'>
  readonly numbers: UforgeNumbers
  readonly keys: ApiKeyStore
  readonly downloads: DownloadKeys
  readonly bundleOf: (image: string, number: number) => Promise<ExportedBundle>
  /** Absent: nothing is built here. */
  readonly builder: ReleaseBuilder
  /** What is told to clients, which compare it with their own. */
  readonly version: string
}

export type NumberedImage = { readonly image: Image; readonly id: number }
export type NumberedRelease = { readonly release: Release; readonly id: number; readonly imageId: number }
