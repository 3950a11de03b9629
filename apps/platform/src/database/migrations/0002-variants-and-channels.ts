import { type Kysely, sql } from 'kysely'
import type { Engine } from '../open.ts'
import { forbidUpdates } from './0001-first-boot.ts'

/** Releases get variants, files that lie within other blobs, and channels. What was published stays as it was. */
export async function up(db: Kysely<unknown>, engine: Engine): Promise<void> {
  await variants(db)
  await channels(db)
  await tests(db)
  await takeOver(db as Kysely<OldTables>)
  await pointChannels(db as Kysely<OldTables>)
  await sql`DROP TRIGGER releases_never_change ${onTable(engine, 'releases')}`.execute(db)
  for (const column of ['architecture', 'cmdline'])
    await db.schema.alterTable('releases').dropColumn(column).execute()
  await db.schema.dropTable('release_files').execute()
  if (engine === 'postgres') {
    for (const name of ['releases_never_change', 'release_files_never_change'])
      await sql`DROP FUNCTION ${sql.raw(name)}()`.execute(db)
  }
  for (const table of ['releases', 'release_variants', 'variant_files', 'release_blobs'])
    await forbidUpdates(db, engine, table)
}

const onTable = (engine: Engine, table: string) =>
  engine === 'postgres' ? sql`ON ${sql.table(table)}` : sql``

async function variants(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('release_variants')
    .addColumn('release_id', 'text', (c) => c.notNull().references('releases.id').onDelete('cascade'))
    .addColumn('variant', 'integer', (c) => c.notNull())
    .addColumn('config', 'text', (c) => c.notNull())
    .addColumn('tree', 'text')
    .addPrimaryKeyConstraint('release_variants_key', ['release_id', 'variant'])
    .execute()
  await db.schema.createIndex('release_variants_tree').on('release_variants').column('tree').execute()
  await db.schema
    .createTable('variant_files')
    .addColumn('release_id', 'text', (c) => c.notNull().references('releases.id').onDelete('cascade'))
    .addColumn('variant', 'integer', (c) => c.notNull())
    .addColumn('position', 'integer', (c) => c.notNull())
    .addColumn('role', 'text', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('digest', 'text', (c) => c.notNull())
    .addColumn('size', 'bigint', (c) => c.notNull())
    .addColumn('blob', 'text', (c) => c.notNull())
    .addColumn('start', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('variant_files_key', ['release_id', 'variant', 'position'])
    .execute()
  await db.schema.createIndex('variant_files_digest').on('variant_files').column('digest').execute()
  await db.schema
    .createTable('release_blobs')
    .addColumn('release_id', 'text', (c) => c.notNull().references('releases.id').onDelete('cascade'))
    .addColumn('digest', 'text', (c) => c.notNull())
    .addColumn('size', 'bigint', (c) => c.notNull())
    .addColumn('chunk_map', 'text')
    .addPrimaryKeyConstraint('release_blobs_key', ['release_id', 'digest'])
    .execute()
  await db.schema.createIndex('release_blobs_digest').on('release_blobs').column('digest').execute()
}

async function tests(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('release_tests')
    .addColumn('release_id', 'text', (c) => c.notNull().references('releases.id').onDelete('cascade'))
    .addColumn('firmware', 'text', (c) => c.notNull())
    .addColumn('passed', 'integer', (c) => c.notNull())
    .addColumn('seconds', 'integer', (c) => c.notNull())
    .addColumn('tested_at', 'bigint', (c) => c.notNull())
    .addColumn('tested_by', 'text', (c) => c.notNull())
    .addColumn('log', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('release_tests_key', ['release_id', 'firmware'])
    .execute()
}

async function channels(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('channel_moves')
    .addColumn('image_id', 'text', (c) => c.notNull().references('images.id'))
    .addColumn('channel', 'text', (c) => c.notNull())
    .addColumn('step', 'integer', (c) => c.notNull())
    .addColumn('number', 'integer', (c) => c.notNull())
    .addColumn('moved_at', 'bigint', (c) => c.notNull())
    .addColumn('moved_by', 'text', (c) => c.notNull())
    .addColumn('undone_at', 'bigint')
    .addPrimaryKeyConstraint('channel_moves_key', ['image_id', 'channel', 'step'])
    .execute()
  await db.schema.alterTable('images').addColumn('keep', 'integer').execute()
  await db.schema.alterTable('machines').addColumn('follows', 'text').execute()
  await db.schema.alterTable('machines').addColumn('deployed', 'text').execute()
  await db.schema.alterTable('machines').addColumn('overwrite_disk', 'integer').execute()
}

type OldTables = {
  images: { id: string; last_number: number; removed_at: number | null }
  releases: {
    id: string
    image_id: string
    number: number
    architecture: string
    cmdline: string
    created_at: number
    created_by: string
  }
  release_files: { release_id: string; position: number; name: string; digest: string; size: number }
  release_variants: { release_id: string; variant: number; config: string; tree: string | null }
  variant_files: {
    release_id: string
    variant: number
    position: number
    role: string
    name: string
    digest: string
    size: number
    blob: string
    start: number
  }
  release_blobs: { release_id: string; digest: string; size: number }
  channel_moves: {
    image_id: string
    channel: string
    step: number
    number: number
    moved_at: number
    moved_by: string
  }
}

/** Machines that followed the newest release of an image follow its channel `stable` from now on. */
async function pointChannels(db: Kysely<OldTables>): Promise<void> {
  const newest = await db
    .selectFrom('releases')
    .innerJoin('images', (join) =>
      join.onRef('images.id', '=', 'releases.image_id').onRef('images.last_number', '=', 'releases.number'),
    )
    .where('images.removed_at', 'is', null)
    .select(['releases.image_id', 'releases.number', 'releases.created_at', 'releases.created_by'])
    .execute()
  for (const { image_id, number, created_at: moved_at, created_by: moved_by } of newest) {
    const values = { image_id, channel: 'stable', step: 1, number, moved_at, moved_by }
    await db.insertInto('channel_moves').values(values).execute()
  }
}

/** Each release of before has one variant: Linux by hand. */
async function takeOver(db: Kysely<OldTables>): Promise<void> {
  for (const { id, architecture, cmdline } of await db.selectFrom('releases').selectAll().execute()) {
    const files = await db
      .selectFrom('release_files')
      .selectAll()
      .where('release_id', '=', id)
      .orderBy('position')
      .execute()
    const role = (position: number) => (position === 0 ? 'kernel' : `initrd${position}`)
    const initrds = files.slice(1).map(({ position }) => ({ file: role(position) }))
    const boot = { method: 'linux', kernel: 'kernel', initrds, cmdline }
    const config = JSON.stringify({ schema: 1, architecture, boot, parameters: [], provenance: [] })
    await db
      .insertInto('release_variants')
      .values({ release_id: id, variant: 0, config, tree: null })
      .execute()
    const rows = files.map((file) => ({
      ...file,
      variant: 0,
      role: role(file.position),
      blob: file.digest,
      start: 0,
    }))
    if (rows.length > 0) await db.insertInto('variant_files').values(rows).execute()
    const blobs = new Map(files.map(({ digest, size }) => [digest, { release_id: id, digest, size }]))
    if (blobs.size > 0)
      await db
        .insertInto('release_blobs')
        .values([...blobs.values()])
        .execute()
  }
}
