import type { NewRelease, Release, ReleaseFile, ReleaseName, Signer, Variant } from '@bootcast/catalogue'
import { type NetbootConfig, netbootConfigSchema } from '@bootcast/image'
import type { Transaction } from 'kysely'
import type { Database } from '../database/open.ts'
import type { Tables } from '../database/tables.ts'

/** A file of a release, with all of the release. */
type FileRow = {
  id: string
  image: string
  number: number
  created_at: number
  created_by: string
  signer_key: string | null
  signer_name: string | null
  variant: number
  config: string | null
  tree: string | null
  role: string
  name: string
  digest: string
  size: number
  blob: string
  start: number
}

/** Rows in one INSERT: 9 values each, below SQLite's 32,766 parameters. */
const rowsAtOnce = 1000

/** In one statement: between two, somebody may remove the image. A configuration comes once, with its first file. */
export function releaseRows(database: Database | Transaction<Tables>) {
  return database
    .selectFrom('releases')
    .innerJoin('images', 'images.id', 'releases.image_id')
    .innerJoin('release_variants as variants', 'variants.release_id', 'releases.id')
    .innerJoin('variant_files as files', (join) =>
      join
        .onRef('files.release_id', '=', 'variants.release_id')
        .onRef('files.variant', '=', 'variants.variant'),
    )
    .select(['releases.id', 'images.name as image', 'releases.number'])
    .select(['releases.created_at', 'releases.created_by', 'releases.signer_key', 'releases.signer_name'])
    .select(['variants.variant', 'variants.tree'])
    .select(({ eb }) =>
      eb.case().when('files.position', '=', 0).then(eb.ref('variants.config')).end().as('config'),
    )
    .select(['files.role', 'files.name', 'files.digest', 'files.size', 'files.blob', 'files.start'])
    .orderBy('releases.number', 'desc')
    .orderBy('releases.id')
    .orderBy('variants.variant')
    .orderBy('files.position')
}

/** Rows of one release stand together, those of one variant, too. */
export function releasesIn(rows: readonly FileRow[]): readonly Release[] {
  const releases: Release[] = []
  for (const group of groupsBy(rows, ({ id }) => id)) {
    const [row] = group
    const { image, number, created_at: createdAt, created_by: createdBy } = row
    const variants = groupsBy(group, ({ variant }) => variant).map(variantOf)
    releases.push({ image, number, variants, createdAt, createdBy, ...signed(signerOf(row)) })
  }
  return releases
}

function signerOf({ signer_key: key, signer_name: name }: FileRow): Signer | undefined {
  return key === null ? undefined : { key, name: name ?? '' }
}

export const signed = (signedBy: Signer | undefined): Pick<Release, 'signedBy'> =>
  signedBy === undefined ? {} : { signedBy }

/** The newest release of an image below a number. */
export async function numberBefore(
  database: Database,
  { image, number }: ReleaseName,
): Promise<number | undefined> {
  const row = await database
    .selectFrom('releases')
    .innerJoin('images', 'images.id', 'releases.image_id')
    .where('images.name', '=', image)
    .where('releases.number', '<', number)
    .select('releases.number')
    .orderBy('releases.number', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.number
}

function variantOf(rows: Group<FileRow>): Variant {
  const [{ config, tree }] = rows
  return { config: configOf(config), files: rows.map(fileOf), tree: tree ?? undefined }
}

/** Read by the schema: a row that was tampered with is an error, not a plan. */
function configOf(text: string | null): NetbootConfig {
  return netbootConfigSchema.parse(JSON.parse(text ?? 'null'))
}

function fileOf({ role, name, digest, size, blob, start }: FileRow): ReleaseFile {
  return { role, name, digest, size, blob, offset: start }
}

type Group<T> = readonly [T, ...T[]]

function groupsBy<T>(rows: readonly T[], keyOf: (row: T) => unknown): readonly Group<T>[] {
  const groups: [T, ...T[]][] = []
  for (const row of rows) {
    const last = groups.at(-1)
    if (last !== undefined && keyOf(last[0]) === keyOf(row)) last.push(row)
    else groups.push([row])
  }
  return groups
}

/** Variants, files and blobs of a release whose own row is there. */
export async function insertVariants(
  transaction: Transaction<Tables>,
  id: string,
  release: NewRelease,
): Promise<void> {
  for (const [variant, { config, files, tree }] of release.variants.entries()) {
    const row = { release_id: id, variant, config: JSON.stringify(config), tree: tree ?? null }
    await transaction.insertInto('release_variants').values(row).execute()
    const rows = files.map(({ offset, ...file }, position) => ({
      release_id: id,
      variant,
      position,
      ...file,
      start: offset,
    }))
    await transaction.insertInto('variant_files').values(rows).execute()
  }
  for (let at = 0; at < release.blobs.length; at += rowsAtOnce) {
    const rows = release.blobs.slice(at, at + rowsAtOnce).map(({ digest, size, chunkMap }) => ({
      release_id: id,
      digest,
      size,
      chunk_map: chunkMap ?? null,
    }))
    await transaction.insertInto('release_blobs').values(rows).execute()
  }
}
