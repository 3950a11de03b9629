import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { beganAt } from '../src/boots/boot-id.ts'
import { SqlBootStore } from '../src/boots/sql-boot-store.ts'
import { SqlCatalogueStore } from '../src/catalogue/sql-catalogue-store.ts'
import { type DatabaseSettings, migrations, openDatabase } from '../src/database/open.ts'
import { SqlTokenStore } from '../src/identity/sql-token-store.ts'
import { SqlUserStore } from '../src/identity/sql-user-store.ts'
import { SqlMachineStore } from '../src/machines/sql-machine-store.ts'

const digest = (n: number) => `sha256:${n.toString(16).padStart(64, '0')}`

const ofTheFirstVersion = [
  `INSERT INTO images VALUES ('i1', 'demo', 1, 2, NULL), ('i2', 'gone', 1, 1, 5)`,
  `INSERT INTO releases VALUES ('r1', 'i1', 1, 'x86_64', 'a="b c"', 10, 'admin'), ('r2', 'i1', 2, 'arm64', '', 20, 'ann')`,
  `INSERT INTO release_files VALUES ('r1', 0, 'vmlinuz', '${digest(1)}', 100), ('r1', 1, 'initrd.img', '${digest(2)}', 200),
    ('r2', 0, 'Image', '${digest(3)}', 300), ('r2', 1, 'a', '${digest(2)}', 200), ('r2', 2, 'b', '${digest(2)}', 200)`,
  `INSERT INTO machines (mac, image_id) VALUES ('52:54:00:00:00:01', 'i1')`,
]

const ofTheSecondVersion = [
  `INSERT INTO users VALUES ('u1', 'admin', '$argon2id$1', 7)`,
  `INSERT INTO tokens VALUES ('t1', 'u1', 'abc', 7, 8000000000000, NULL)`,
]

/** What a database of an earlier version becomes, on one engine. */
export function migrationContract(engine: string, fresh: () => Promise<DatabaseSettings>): void {
  test(`${engine}: releases of the first version boot as before, in the channel stable`, async () => {
    const settings = await fresh()
    const old = await openDatabase(settings, migrations.slice(0, 1))
    for (const text of ofTheFirstVersion) await sql.raw(text).execute(old)
    await old.destroy()
    const database = await openDatabase(settings)
    const catalogue = new SqlCatalogueStore(database)
    const [second, first] = await catalogue.releasesOf('demo')
    const boot = { method: 'linux', kernel: 'kernel', initrds: [{ file: 'initrd1' }], cmdline: 'a="b c"' }
    assert.deepEqual(first?.variants[0]?.config, {
      schema: 1,
      architecture: 'x86_64',
      boot,
      parameters: [],
      provenance: [],
    })
    const roles = second?.variants[0]?.files.map(({ role, name, blob, offset }) => [role, name, blob, offset])
    assert.deepEqual(roles, [
      ['kernel', 'Image', digest(3), 0],
      ['initrd1', 'a', digest(2), 0],
      ['initrd2', 'b', digest(2), 0],
    ])
    assert.equal(first?.signedBy, undefined)
    assert.equal((await catalogue.findImage('demo')).channels[0]?.number, 2)
    assert.deepEqual(
      (await catalogue.listImages({ limit: 9 })).items.map(({ name }) => name),
      ['demo'],
    )
    for (const n of [1, 2, 3]) assert.equal(await catalogue.needsBlob(digest(n)), true)
    assert.equal((await new SqlMachineStore(database).find('52:54:00:00:00:01')).image, 'demo')
    await assert.rejects(sql`UPDATE releases SET number = 9`.execute(database), /a release never changes/)
    const signedBy = { key: 'ab'.repeat(32), name: 'work' }
    const { variants } = second ?? assert.fail('it is gone')
    const signed = {
      image: 'demo',
      variants,
      blobs: [],
      channel: undefined,
      createdAt: 1,
      createdBy: 'ann',
      signedBy,
    }
    assert.deepEqual((await catalogue.addRelease(signed)).signedBy, signedBy)
    await assert.rejects(
      sql`UPDATE releases SET signer_key = 'x'`.execute(database),
      /a release never changes/,
    )
    await database.destroy()
  })

  test(`${engine}: who could sign in before administers, with the same password and token`, async () => {
    const settings = await fresh()
    const old = await openDatabase(settings, migrations.slice(0, 2))
    for (const text of ofTheSecondVersion) await sql.raw(text).execute(old)
    await old.destroy()
    const database = await openDatabase(settings)
    const { passwordPhc, role, groups, source } = (await new SqlUserStore(database).findUser('admin')) ?? {}
    assert.deepEqual([passwordPhc, role, groups, source], ['$argon2id$1', 'administrator', [], 'local'])
    const token = await new SqlTokenStore(database).findToken('abc')
    assert.deepEqual([token?.kind, token?.user.name, token?.role], ['sign-in', 'admin', undefined])
    await new SqlUserStore(database).changeUser('admin', { passwordPhc: 'new' }, 1)
    assert.equal(await new SqlTokenStore(database).findToken('abc'), undefined)
    await database.destroy()
  })

  test(`${engine}: what was sent in boots of before is summed as well`, async () => {
    const settings = await fresh()
    const old = await openDatabase(settings, migrations.slice(0, 8))
    const id = '01abf4a3-2000-7000-8000-00000000000'
    for (const [n, detail] of [`{"facts":{"bytes":${2 ** 40}}}`, '{"facts":{}}'].entries())
      await sql`INSERT INTO boots (id, mac, last_at, state, only_dhcp, detail)
        VALUES (${id + n}, 'm', 1, 'done', 0, ${detail})`.execute(old)
    await old.destroy()
    const database = await openDatabase(settings)
    const hours = [beganAt(id)]
    const { bySite } = await new SqlBootStore(database).sums({ hours })
    assert.deepEqual(bySite, [{ site: undefined, state: 'done', boots: 2, bytes: 2 ** 40 }])
    await database.destroy()
  })
  test(`${engine}: boot tests of before have no picture of the screen, and new ones may`, async () => {
    const settings = await fresh()
    const old = await openDatabase(settings, migrations.slice(0, 9))
    await sql`INSERT INTO images VALUES ('i1', 'demo', 1, 1, NULL, NULL)`.execute(old)
    await sql`INSERT INTO releases VALUES ('r1', 'i1', 1, 10, 'admin')`.execute(old)
    await sql`INSERT INTO release_tests VALUES ('r1', 'bios', 1, 9, 5, 'ann', 'login:')`.execute(old)
    await old.destroy()
    const database = await openDatabase(settings)
    const catalogue = new SqlCatalogueStore(database)
    const release = { image: 'demo', number: 1 }
    const { screen, ...told } = (await catalogue.findTest(release, 'bios')) ?? {}
    const facts = { firmware: 'bios', passed: true, seconds: 9, testedAt: 5, testedBy: 'ann' }
    assert.deepEqual([screen, told], [undefined, { ...facts, log: 'login:' }])
    assert.deepEqual((await catalogue.testsOf('demo')).get(1), [{ ...facts, hasScreen: false }])
    await catalogue.recordTest(release, { ...facts, log: '', screen: Uint8Array.of(0, 255) })
    assert.deepEqual(
      Buffer.from((await catalogue.findTest(release, 'bios'))?.screen ?? []),
      Buffer.of(0, 255),
    )
    await database.destroy()
  })
}
