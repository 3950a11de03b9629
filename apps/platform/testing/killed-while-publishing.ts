import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { SqlCatalogueStore } from '../src/catalogue/sql-catalogue-store.ts'
import { type DatabaseSettings, openDatabase } from '../src/database/open.ts'

/** The promise of publishing to who is killed meanwhile, on one engine. */
export function killedWhilePublishing(engine: string, fresh: () => Promise<DatabaseSettings>): void {
  test(`${engine}: kill -9 leaves each release whole or not at all, and none that was acknowledged is lost`, async () => {
    const settings = await fresh()
    const acknowledged: number[] = []
    for (let round = 0; round < 4; round++) acknowledged.push(...(await publishThenKill(settings, 7 * round)))
    const database = await openDatabase(settings)
    const releases = await new SqlCatalogueStore(database).releasesOf('demo')
    const files = await database.selectFrom('variant_files').select('release_id').execute()
    await database.destroy()
    const numbers = releases.map(({ number }) => number)
    assert.deepEqual(
      acknowledged.filter((number) => !numbers.includes(number)),
      [],
    )
    assert.deepEqual(new Set(releases.map(({ variants }) => variants[0]?.files.length)), new Set([17]))
    assert.equal(files.length, 17 * releases.length)
    assert.deepEqual(
      numbers,
      numbers.map((_, index) => numbers.length - index),
    )
  })
}

/** The numbers that a process acknowledged before it was killed, `ms` after the first of them. */
async function publishThenKill(settings: DatabaseSettings, ms: number): Promise<number[]> {
  const script = join(import.meta.dirname, 'publish-until-killed.ts')
  await using folder = await mkdtempDisposable(join(tmpdir(), 'bootcast-killed-'))
  const child = spawn(process.execPath, [script, JSON.stringify(settings), folder.path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.on('data', (part: Buffer) => {
    said += part
  })
  await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])
  await sleep(ms)
  child.kill('SIGKILL')
  const [, signal] = await once(child, 'close')
  assert.equal(signal, 'SIGKILL')
  return said.split('\n').slice(0, -1).map(Number)
}
