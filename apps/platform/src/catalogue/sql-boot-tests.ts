import { type BootTest, type BootTestSummary, type ReleaseName, ReleaseNotFound } from '@bootcast/catalogue'
import type { Database } from '../database/open.ts'

/** The last test of a release on each firmware. */
export async function saveTest(
  database: Database,
  { image, number }: ReleaseName,
  { firmware, passed, seconds, testedAt, testedBy, log, screen }: BootTest,
): Promise<void> {
  const release = await database
    .selectFrom('releases')
    .innerJoin('images', 'images.id', 'releases.image_id')
    .where('images.name', '=', image)
    .where('releases.number', '=', number)
    .select('releases.id')
    .executeTakeFirst()
  if (release === undefined) throw new ReleaseNotFound(image, number)
  const told = { passed: passed ? 1 : 0, seconds, tested_at: testedAt, tested_by: testedBy }
  const values = { ...told, log, screen: screen ?? null }
  await database
    .insertInto('release_tests')
    .values({ release_id: release.id, firmware, ...values })
    .onConflict((conflict) => conflict.columns(['release_id', 'firmware']).doUpdateSet(values))
    .execute()
}

export async function readTests(database: Database, image: string) {
  const rows = await testRows(database, image).orderBy('tests.firmware').execute()
  const found = new Map<number, BootTestSummary[]>()
  for (const { number, ...row } of rows) found.set(number, [...(found.get(number) ?? []), testOf(row)])
  return found
}

/** Releases in one look-up: two parameters each, far below SQLite's depth of expressions, 1000. */
const releasesAtOnce = 200

export async function readTestsFor(database: Database, releases: readonly ReleaseName[]) {
  const found = new Map<string, BootTestSummary[]>()
  for (let at = 0; at < releases.length; at += releasesAtOnce) {
    const part = releases.slice(at, at + releasesAtOnce)
    const rows = await testsIn(database)
      .where(({ eb, or, and }) =>
        or(
          part.map(({ image, number }) =>
            and([eb('images.name', '=', image), eb('releases.number', '=', number)]),
          ),
        ),
      )
      .select('images.name')
      .orderBy('tests.firmware')
      .execute()
    for (const { name, number, ...row } of rows) {
      const key = `${name}@${number}`
      found.set(key, [...(found.get(key) ?? []), testOf(row)])
    }
  }
  return found
}

export async function readTest(
  database: Database,
  { image, number }: ReleaseName,
  firmware: string,
): Promise<BootTest | undefined> {
  const row = await testRows(database, image)
    .where('releases.number', '=', number)
    .where('tests.firmware', '=', firmware)
    .select(['tests.log', 'tests.screen'])
    .executeTakeFirst()
  if (row === undefined) return undefined
  return { ...factsOf(row), log: row.log, screen: row.screen ?? undefined }
}

const testRows = (database: Database, image: string) => testsIn(database).where('images.name', '=', image)

function testsIn(database: Database) {
  return database
    .selectFrom('release_tests as tests')
    .innerJoin('releases', 'releases.id', 'tests.release_id')
    .innerJoin('images', 'images.id', 'releases.image_id')
    .select(['releases.number', 'tests.firmware', 'tests.passed', 'tests.seconds'])
    .select(['tests.tested_at', 'tests.tested_by'])
    .select(({ eb }) => eb.case().when('tests.screen', 'is', null).then(0).else(1).end().as('has_screen'))
}

type Row = {
  readonly firmware: string
  readonly passed: number
  readonly seconds: number
  readonly tested_at: number
  readonly tested_by: string
}

const testOf = ({ has_screen, ...row }: Row & { readonly has_screen: number }): BootTestSummary => ({
  ...factsOf(row),
  hasScreen: has_screen === 1,
})

const factsOf = ({ firmware, passed, seconds, tested_at, tested_by }: Row) => ({
  firmware,
  passed: passed === 1,
  seconds,
  testedAt: tested_at,
  testedBy: tested_by,
})
