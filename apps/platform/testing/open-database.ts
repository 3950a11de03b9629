import { DatabaseSync } from 'node:sqlite'
import type { DatabaseSettings } from '../src/database/open.ts'

/*
 * Run as a process: opens the database that the first argument describes (JSON) and says `open`. With a second
 * argument N it is killed instead, at the Nth statement that changes what tables there are.
 */
const [settings = '', killAt] = process.argv.slice(2)

if (killAt !== undefined) {
  const prepare = DatabaseSync.prototype.prepare
  let left = Number(killAt)
  DatabaseSync.prototype.prepare = function (sql: string) {
    if (/^\s*create /i.test(sql) && --left === 0) process.kill(process.pid, 'SIGKILL')
    return prepare.call(this, sql)
  }
}

const { openDatabase } = await import('../src/database/open.ts')
const database = await openDatabase(JSON.parse(settings) as DatabaseSettings)
await database.selectFrom('leases').select('address').execute()
await database.destroy()
console.log('open')
