import {
  type BootTest,
  type BootTestSummary,
  type Channel,
  ChannelNotFound,
  type FileLocation,
  type Followers,
  type Image,
  ImageInUse,
  ImageNotFound,
  type NewRelease,
  parseImageReference,
  type Release,
  type ReleaseBlob,
  ReleaseInUse,
  type ReleaseName,
  ReleaseNotFound,
} from '@bootcast/catalogue'
import type { Transaction } from 'kysely'
import { hasChannel, hasRelease, lockFollowed } from '../database/lock-followed.ts'
import { lockImage } from '../database/lock-image.ts'
import { type Database, newId } from '../database/open.ts'
import type { Tables } from '../database/tables.ts'
import type { CatalogueStore, ChannelMove, Page } from './catalogue-store.ts'
import { blobsOf, imagesWithBlob } from './sql-blobs.ts'
import { readTest, readTests, readTestsFor, saveTest } from './sql-boot-tests.ts'
import { channelsOf, move, newestNumbers, undo, usualNumber } from './sql-channels.ts'
import { defaultImageSetting, defaultReference, followersOf, usedNumbers, usersOf } from './sql-following.ts'
import { insertVariants, numberBefore, releaseRows, releasesIn, signed } from './sql-releases.ts'

/** Numbers in one look-up: below SQLite's 32,766 parameters. */
const atOnce = 10_000

export class SqlCatalogueStore implements CatalogueStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async addRelease(release: NewRelease): Promise<Release> {
    const { image, variants, createdAt, createdBy, channel, signedBy } = release
    const number = await this.#database.transaction().execute(async (transaction) => {
      const row = await nextNumber(transaction, release)
      const id = newId(createdAt)
      const own = {
        id,
        image_id: row.id,
        number: row.last_number,
        created_at: createdAt,
        created_by: createdBy,
        signer_key: signedBy?.key ?? null,
        signer_name: signedBy?.name ?? null,
      }
      await transaction.insertInto('releases').values(own).execute()
      await insertVariants(transaction, id, release)
      const to = { image, number: row.last_number, at: createdAt, by: createdBy }
      if (channel !== undefined) await move(transaction, row.id, { ...to, channel })
      return row.last_number
    })
    return { image, number, variants, createdAt, createdBy, ...signed(signedBy) }
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
    return {
      items: await this.#images(shown),
      next: rows.length > limit ? shown.at(-1)?.name : undefined,
    }
  }

  async findImage(name: string): Promise<Image> {
    const [image] = await this.#images(await this.#imageRows().where('images.name', '=', name).execute())
    if (image === undefined) throw new ImageNotFound(name)
    return image
  }

  async releasesOf(name: string): Promise<readonly Release[]> {
    const releases = releasesIn(
      await releaseRows(this.#database)
        .where('images.name', '=', name)
        .where('images.removed_at', 'is', null)
        .execute(),
    )
    if (releases.length === 0) await this.findImage(name)
    return releases
  }

  async findRelease(name: string, number: number): Promise<Release> {
    const [release] = await this.#releases([{ image: name, number }])
    if (release !== undefined) return release
    await this.findImage(name)
    throw new ReleaseNotFound(name, number)
  }

  numberBefore(release: ReleaseName): Promise<number | undefined> {
    return numberBefore(this.#database, release)
  }

  async releasesFor(references: readonly string[]): Promise<ReadonlyMap<string, Release>> {
    const parsed = references.flatMap((text) => {
      const reference = parseImageReference(text)
      return reference === undefined ? [] : [{ text, ...reference }]
    })
    const names = [...new Set(parsed.map(({ image }) => image))]
    const channels = await channelsOf(this.#database, names)
    const newest = await newestNumbers(this.#database, names)
    const wanted = parsed.flatMap(({ text, image, channel, number }) => {
      const known = channels.get(image)
      const followed =
        channel === undefined
          ? (number ?? usualNumber(known, newest.get(image)))
          : known?.find(({ name }) => name === channel)?.number
      return followed === undefined ? [] : [{ text, image, number: followed }]
    })
    const found = new Map(
      (await this.#releases(wanted)).map((release) => [`${release.image}@${release.number}`, release]),
    )
    return new Map(
      wanted.flatMap(({ text, image, number }) => {
        const release = found.get(`${image}@${number}`)
        return release === undefined ? [] : [[text, release]]
      }),
    )
  }

  async followersOf(name: string): Promise<readonly Followers[]> {
    const row = this.#imageRows().where('images.name', '=', name).select('images.id')
    const image = await row.executeTakeFirst()
    if (image === undefined) throw new ImageNotFound(name)
    return await followersOf(this.#database, image)
  }

  async moveChannel(to: ChannelMove): Promise<Channel> {
    return await this.#locked(to.image, (transaction, id) => move(transaction, id, to))
  }

  async rollBack(what: Omit<ChannelMove, 'number'>): Promise<Channel> {
    return await this.#locked(what.image, (transaction, id) => undo(transaction, id, what))
  }

  async removeChannel(image: string, channel: string): Promise<void> {
    await this.#locked(image, async (transaction, id) => {
      if (!(await hasChannel(transaction, id, channel))) throw new ChannelNotFound(image, channel)
      const user = (await usersOf(transaction, { id, name: image })).get(channel)
      if (user !== undefined) throw new ImageInUse(`${image}@${channel}`, user)
      await transaction
        .deleteFrom('channel_moves')
        .where('image_id', '=', id)
        .where('channel', '=', channel)
        .execute()
    })
  }

  async keep(image: string, releases: number | undefined): Promise<void> {
    await this.#locked(image, async (transaction, id) => {
      await transaction
        .updateTable('images')
        .set({ keep: releases ?? null })
        .where('id', '=', id)
        .execute()
    })
  }

  async superfluous(): Promise<readonly ReleaseName[]> {
    const images = await this.#database
      .selectFrom('images')
      .where('removed_at', 'is', null)
      .where('keep', 'is not', null)
      .select(['id', 'name', 'keep'])
      .orderBy('name')
      .execute()
    const found: ReleaseName[] = []
    for (const image of images) {
      const used = await usedNumbers(this.#database, image)
      const rows = await this.#database
        .selectFrom('releases')
        .where('image_id', '=', image.id)
        .orderBy('number', 'desc')
        .select('number')
        .execute()
      const beyond = rows.slice(Math.max(1, image.keep ?? 1)).filter(({ number }) => !used.has(number))
      found.push(...beyond.reverse().map(({ number }) => ({ image: image.name, number })))
    }
    return found
  }

  async removeRelease(image: string, number: number): Promise<void> {
    await this.#locked(image, async (transaction, id) => {
      if (!(await hasRelease(transaction, id, number))) throw new ReleaseNotFound(image, number)
      const user = (await usedNumbers(transaction, { id, name: image })).get(number)
      if (user !== undefined) throw new ReleaseInUse(image, number, user)
      const removed = transaction.deleteFrom('releases').where('image_id', '=', id)
      await removed.where('number', '=', number).execute()
    })
  }

  async removeImage(name: string): Promise<void> {
    const now = Date.now()
    await this.#locked(name, async (transaction, id) => {
      const [user] = (await usersOf(transaction, { id, name })).values()
      if (user !== undefined) throw new ImageInUse(name, user)
      await transaction.deleteFrom('releases').where('image_id', '=', id).execute()
      for (const table of ['channel_moves', 'grants', 'templates', 'install_values'] as const)
        await transaction.deleteFrom(table).where('image_id', '=', id).execute()
      const values = { removed_at: now, keep: null }
      await transaction.updateTable('images').set(values).where('id', '=', id).execute()
    })
  }

  async findFile(digest: string): Promise<FileLocation | undefined> {
    const row = await this.#database
      .selectFrom('variant_files')
      .where('digest', '=', digest)
      .select(['size', 'blob', 'start'])
      .limit(1)
      .executeTakeFirst()
    return row === undefined ? undefined : { size: row.size, blob: row.blob, offset: row.start }
  }

  async hasTree(digest: string): Promise<boolean> {
    const row = this.#database.selectFrom('release_variants').where('tree', '=', digest).select('variant')
    return (await row.limit(1).executeTakeFirst()) !== undefined
  }

  async needsBlob(digest: string, but: readonly ReleaseName[] = []): Promise<boolean> {
    const rows = await this.#database
      .selectFrom('release_blobs as blobs')
      .innerJoin('releases', 'releases.id', 'blobs.release_id')
      .innerJoin('images', 'images.id', 'releases.image_id')
      .where('blobs.digest', '=', digest)
      .select(['images.name', 'releases.number'])
      .limit(but.length + 1)
      .execute()
    const others = new Set(but.map(({ image, number }) => `${image}@${number}`))
    return rows.some(({ name, number }) => !others.has(`${name}@${number}`))
  }

  imagesWithBlob(digest: string): Promise<readonly string[]> {
    return imagesWithBlob(this.#database, digest)
  }

  blobsOf(releases: readonly ReleaseName[]): Promise<ReadonlyMap<string, readonly ReleaseBlob[]>> {
    return blobsOf(this.#database, releases)
  }

  async recordTest(release: ReleaseName, test: BootTest): Promise<void> {
    await this.findImage(release.image)
    await saveTest(this.#database, release, test)
  }

  testsOf(image: string): Promise<ReadonlyMap<number, readonly BootTestSummary[]>> {
    return readTests(this.#database, image)
  }

  testsFor(releases: readonly ReleaseName[]) {
    return readTestsFor(this.#database, releases)
  }

  findTest(release: ReleaseName, firmware: string): Promise<BootTest | undefined> {
    return readTest(this.#database, release, firmware)
  }

  async defaultImage(): Promise<string | undefined> {
    return await defaultReference(this.#database)
  }

  async setDefaultImage(reference: string | undefined): Promise<void> {
    await this.#database.transaction().execute(async (transaction) => {
      if (reference === undefined) {
        await transaction.deleteFrom('settings').where('name', '=', defaultImageSetting).execute()
        return
      }
      await lockFollowed(transaction, reference)
      await transaction
        .insertInto('settings')
        .values({ name: defaultImageSetting, value: reference })
        .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: reference }))
        .execute()
    })
  }

  #imageRows() {
    return this.#database
      .selectFrom('images')
      .where('images.removed_at', 'is', null)
      .select(['images.name', 'images.created_at', 'images.keep'])
      .select(({ selectFrom }) =>
        selectFrom('machines')
          .whereRef('machines.image_id', '=', 'images.id')
          .select(({ fn }) => fn.countAll<number | string>().as('n'))
          .as('machines'),
      )
  }

  async #images(rows: readonly ImageRow[]): Promise<readonly Image[]> {
    const names = rows.map(({ name }) => name)
    const channels = await channelsOf(this.#database, names)
    const numbers = [...(await newestNumbers(this.#database, names))].map(([image, number]) => ({
      image,
      number,
    }))
    const newest = new Map((await this.#releases(numbers)).map((release) => [release.image, release]))
    const followed = parseImageReference((await this.defaultImage()) ?? '')?.image
    return rows.map(({ name, created_at, keep, machines }) => ({
      name,
      createdAt: created_at,
      isDefault: name === followed,
      machines: Number(machines),
      keep: keep ?? undefined,
      channels: channels.get(name) ?? [],
      newest: newest.get(name),
    }))
  }

  async #releases(wanted: readonly ReleaseName[]) {
    const found: Release[] = []
    for (let at = 0; at < wanted.length; at += atOnce) {
      const part = wanted.slice(at, at + atOnce)
      const rows = await releaseRows(this.#database)
        .where(({ eb, or, and }) =>
          or(
            part.map(({ image, number }) =>
              and([eb('images.name', '=', image), eb('releases.number', '=', number)]),
            ),
          ),
        )
        .execute()
      found.push(...releasesIn(rows))
    }
    return found
  }

  async #locked<T>(image: string, work: (transaction: Transaction<Tables>, id: string) => Promise<T>) {
    return await this.#database.transaction().execute(async (transaction) => {
      const id = await lockImage(transaction, image)
      if (id === undefined) throw new ImageNotFound(image)
      return await work(transaction, id)
    })
  }
}

type ImageRow = {
  readonly name: string
  readonly created_at: number
  readonly keep: number | null
  readonly machines: number | string | null
}

/** Takes the next number of the image, which is made, or brought back, when there is none. The row stays locked. */
async function nextNumber(transaction: Transaction<Tables>, { image, createdAt }: NewRelease) {
  return await transaction
    .insertInto('images')
    .values({ id: newId(createdAt), name: image, created_at: createdAt, last_number: 1 })
    .onConflict((conflict) =>
      conflict.column('name').doUpdateSet(({ eb, ref }) => ({
        last_number: eb(ref('images.last_number'), '+', 1),
        removed_at: null,
      })),
    )
    .returning(['id', 'last_number'])
    .executeTakeFirstOrThrow()
}
