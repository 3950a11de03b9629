import { type Kysely, sql } from 'kysely'

/** Users get roles, groups and other places to come from; tokens kinds; images grants. Who was there administers. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await users(db)
  await tokens(db)
  await grants(db)
  await audit(db)
}

async function users(db: Kysely<unknown>): Promise<void> {
  // SQLite cannot take NOT NULL from a column, and dropping the table would take the tokens with it.
  const alter = () => db.schema.alterTable('users')
  await alter().addColumn('phc', 'text').execute()
  await sql`UPDATE users SET phc = password_phc`.execute(db)
  await alter().dropColumn('password_phc').execute()
  await alter().renameColumn('phc', 'password_phc').execute()
  await alter()
    .addColumn('role', 'text', (c) => c.notNull().defaultTo('user'))
    .execute()
  await sql`UPDATE users SET role = 'administrator'`.execute(db)
  await alter()
    .addColumn('source', 'text', (c) => c.notNull().defaultTo('local'))
    .execute()
  await alter().addColumn('subject', 'text').execute()
  await alter().addColumn('disabled_at', 'bigint').execute()
  await db.schema.createIndex('users_subject').unique().on('users').columns(['source', 'subject']).execute()
  await db.schema
    .createTable('memberships')
    .addColumn('user_id', 'text', (c) => c.notNull().references('users.id').onDelete('cascade'))
    .addColumn('group_name', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('memberships_key', ['user_id', 'group_name'])
    .execute()
}

async function tokens(db: Kysely<unknown>): Promise<void> {
  const alter = () => db.schema.alterTable('tokens')
  await alter()
    .addColumn('kind', 'text', (c) => c.notNull().defaultTo('sign-in'))
    .execute()
  await alter().addColumn('name', 'text').execute()
  await alter().addColumn('role', 'text').execute()
  await db.schema.createIndex('tokens_user').unique().on('tokens').columns(['user_id', 'name']).execute()
}

async function grants(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('grants')
    .addColumn('image_id', 'text', (c) => c.notNull().references('images.id'))
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('subject', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('grants_key', ['image_id', 'kind', 'subject'])
    .execute()
  await db.schema
    .createIndex('grants_subject')
    .on('grants')
    .columns(['kind', 'subject', 'image_id'])
    .execute()
}

async function audit(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('audit')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('at', 'bigint', (c) => c.notNull())
    .addColumn('who', 'text', (c) => c.notNull())
    .addColumn('action', 'text', (c) => c.notNull())
    .addColumn('about', 'text', (c) => c.notNull())
    .addColumn('address', 'text', (c) => c.notNull())
    .addColumn('because', 'text', (c) => c.notNull())
    .addColumn('refused', 'integer', (c) => c.notNull())
    .execute()
  await db.schema.createIndex('audit_refused').on('audit').columns(['refused', 'id']).execute()
  await db.schema.createIndex('audit_who').on('audit').columns(['who', 'id']).execute()
}
