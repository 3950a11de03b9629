import type { Architecture } from '@bootcast/boot'
import type { Transaction } from 'kysely'
import { lockImage } from '../database/lock-image.ts'
import { type Database, newId } from '../database/open.ts'
import type { Tables } from '../database/tables.ts'
import type { CatalogueStore, Page } from './catalogue-store.ts'
import {
  type Image,
  ImageInUse,
  ImageNotFound,
  type NewRelease,
  type Release,
  type ReleaseFile,
  ReleaseNotFound,
} from './release.ts'

const defaultImageSetting = 'default-image'

/** A file of a release, with all of the release. */
type FileRow = {
  id: string
  image: string
  number: number
  architecture: string
  cmdline: string
  created_at: number
  created_by: string
  file: string
  digest: string
  size: number
}

export class SqlCatalogueStore implements CatalogueStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async addRelease(release: NewRelease): Promise<Release> {
    const number = await this.#database.transaction().execute(async (transaction) => {
      const image = await nextNumber(transaction, release)
      const id = newId(release.createdAt)
      await transaction
        .insertInto('releases')
        .values({
          id,
          image_id: image.id,
          number: image.last_number,
          architecture: release.architecture,
          cmdline: release.cmdline,
          created_at: release.createdAt,
          created_by: release.createdBy,
        })
        .execute()
      const files = [release.kernel, ...release.initrds]
      await transaction
        .insertInto('release_files')
        .values(files.map((file, position) => ({ release_id: id, position, ...file })))
        .execute()
      return image.last_number
    })
    return { ...release, number }
  }

  async listImages({
    limit,
    after = '',
  }: {
    limit: number
    after?: string | undefined
  }): Promise<Page<Image>> {
    const rows = await this.#imageRows()
      .where('images.name', '>', after)
      .orderBy('images.name')
      .limit(limit + 1)
      .execute()
    const shown = rows.slice(0, limit)
    const newest = await this.newestReleases(shown.map(({ name }) => name))
    const defaultImage = await this.defaultImage()
    return {
      items: shown.map((row) => imageOf(row, newest.get(row.name), defaultImage)),
      next: rows.length > limit ? shown.at(-1)?.name : undefined,
    }
  }

  async findImage(name: string): Promise<Image> {
    const row = await this.#imageRows().where('images.name', '=', name).executeTakeFirst()
    if (row === undefined) throw new ImageNotFound(name)
    return imageOf(row, (await this.newestReleases([name])).get(name), await this.defaultImage())
  }

  async releasesOf(name: string): Promise<readonly Release[]> {
    const rows = await this.#fileRows().where('images.name', '=', name).execute()
    if (rows.length === 0) throw new ImageNotFound(name)
    return releasesIn(rows)
  }

  async findRelease(name: string, number: number): Promise<Release> {
    const rows = await this.#fileRows()
      .where('images.name', '=', name)
      .where('releases.number', '=', number)
      .execute()
    const [release] = releasesIn(rows)
    if (release !== undefined) return release
    await this.findImage(name)
    throw new ReleaseNotFound(name, number)
  }

  async newestReleases(names: readonly string[]): Promise<ReadonlyMap<string, Release>> {
    if (names.length === 0) return new Map()
    const rows = await this.#fileRows()
      .where('images.name', 'in', names)
      .where(({ eb, ref, selectFrom }) =>
        eb(
          ref('releases.number'),
          '=',
          selectFrom('releases as r')
            .whereRef('r.image_id', '=', 'releases.image_id')
            .select(({ fn }) => fn.max('r.number').as('n')),
        ),
      )
      .execute()
    return new Map(releasesIn(rows).map((release) => [release.image, release]))
  }

  async removeImage(name: string): Promise<void> {
    const now = Date.now()
    await this.#database.transaction().execute(async (transaction) => {
      const id = await lockedImage(transaction, name)
      const users = await transaction
        .selectFrom('machines')
        .where('image_id', '=', id)
        .select(({ fn }) => fn.countAll<number | string>().as('n'))
        .executeTakeFirstOrThrow()
      if (Number(users.n) > 0)
        throw new ImageInUse(name, Number(users.n) === 1 ? 'one machine' : `${users.n} machines`)
      const setting = await transaction
        .selectFrom('settings')
        .where('name', '=', defaultImageSetting)
        .select('value')
        .executeTakeFirst()
      if (setting?.value === name)
        throw new ImageInUse(name, 'all machines without an image of their own: it is the default')
      await transaction.deleteFrom('releases').where('image_id', '=', id).execute()
      await transaction.updateTable('images').set({ removed_at: now }).where('id', '=', id).execute()
    })
  }

  async findFile(digest: string): Promise<{ readonly size: number } | undefined> {
    return await this.#database
      .selectFrom('release_files')
      .where('digest', '=', digest)
      .select('size')
      .limit(1)
      .executeTakeFirst()
  }

  async defaultImage(): Promise<string | undefined> {
    const row = await this.#database
      .selectFrom('settings')
      .where('name', '=', defaultImageSetting)
      .select('value')
      .executeTakeFirst()
    return row?.value
  }

  async setDefaultImage(name: string | undefined): Promise<void> {
    await this.#database.transaction().execute(async (transaction) => {
      if (name === undefined) {
        await transaction.deleteFrom('settings').where('name', '=', defaultImageSetting).execute()
        return
      }
      await lockedImage(transaction, name)
      await transaction
        .insertInto('settings')
        .values({ name: defaultImageSetting, value: name })
        .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: name }))
        .execute()
    })
  }

  #imageRows() {
    return this.#database
      .selectFrom('images')
      .where('images.removed_at', 'is', null)
      .select(['images.name', 'images.created_at'])
      .select(({ selectFrom }) =>
        selectFrom('machines')
          .whereRef('machines.image_id', '=', 'images.id')
          .select(({ fn }) => fn.countAll<number | string>().as('n'))
          .as('machines'),
      )
  }

  /** In one statement: between two, somebody may remove the image. */
  #fileRows() {
    return this.#database
      .selectFrom('releases')
      .innerJoin('images', 'images.id', 'releases.image_id')
      .innerJoin('release_files as files', 'files.release_id', 'releases.id')
      .select(['releases.id', 'images.name as image', 'releases.number', 'releases.architecture'])
      .select(['releases.cmdline', 'releases.created_at', 'releases.created_by'])
      .select(['files.name as file', 'files.digest', 'files.size'])
      .orderBy('releases.number', 'desc')
      .orderBy('releases.id')
      .orderBy('files.position')
  }
}

/** Rows of one release stand together, its kernel first. */
function releasesIn(rows: readonly FileRow[]): readonly Release[] {
  const byId = new Map<string, { readonly row: FileRow; readonly initrds: ReleaseFile[] }>()
  for (const row of rows) {
    const release = byId.get(row.id)
    if (release === undefined) byId.set(row.id, { row, initrds: [] })
    else release.initrds.push(fileOf(row))
  }
  return [...byId.values()].map(({ row, initrds }) => ({
    image: row.image,
    number: row.number,
    architecture: row.architecture as Architecture,
    kernel: fileOf(row),
    initrds,
    cmdline: row.cmdline,
    createdAt: row.created_at,
    createdBy: row.created_by,
  }))
}

const fileOf = ({ file, digest, size }: FileRow): ReleaseFile => ({ name: file, digest, size })

function imageOf(
  row: { name: string; created_at: number; machines: number | string | null },
  newest: Release | undefined,
  defaultImage: string | undefined,
): Image {
  return {
    name: row.name,
    createdAt: row.created_at,
    isDefault: row.name === defaultImage,
    machines: Number(row.machines),
    newest,
  }
}

/** Takes the next number of the image, which is made, or brought back, when there is none. The row stays locked. */
async function nextNumber(transaction: Transaction<Tables>, { image, createdAt }: NewRelease) {
  return await transaction
    .insertInto('images')
    .values({ id: newId(createdAt), name: image, created_at: createdAt, last_number: 1, removed_at: null })
    .onConflict((conflict) =>
      conflict.column('name').doUpdateSet(({ eb, ref }) => ({
        last_number: eb(ref('images.last_number'), '+', 1),
        removed_at: null,
      })),
    )
    .returning(['id', 'last_number'])
    .executeTakeFirstOrThrow()
}

async function lockedImage(transaction: Transaction<Tables>, name: string): Promise<string> {
  const id = await lockImage(transaction, name)
  if (id === undefined) throw new ImageNotFound(name)
  return id
}
