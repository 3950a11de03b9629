import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { openSiteDatabase, type SiteDatabase } from '../src/kept/site-database.ts'

/** A folder of a site, for as long as the test takes; `open` opens its site.db, once more each time. */
export function siteFolder(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'bootcast-site-'))
  const opened: SiteDatabase[] = []
  const ends: (() => unknown)[] = []
  t.after(async () => {
    for (const end of ends.toReversed()) await end()
    for (const database of opened) database.close()
    rmSync(folder, { recursive: true })
  })
  const path = join(folder, 'site.db')
  const logged: string[] = []
  return {
    folder,
    path,
    logged,
    /** Called before the files are closed. */
    atEnd: (end: () => unknown) => void ends.push(end),
    open: () => {
      const database = openSiteDatabase(path, (level, message) => logged.push(`${level}: ${message}`))
      opened.push(database)
      return database
    },
  }
}
