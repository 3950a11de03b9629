import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { postgresPrograms, startPostgres } from '../../testing/postgres-server.ts'
import { openDatabase } from './open.ts'

const programs = postgresPrograms()

if (programs === undefined) {
  const skip = 'SKIPPED: no PostgreSQL here (apt-get install postgresql)'
  test('PostgreSQL that goes away', { skip }, () => undefined)
} else {
  const server = await startPostgres(programs)
  after(() => server.stop())

  test('PostgreSQL that ends a connection in a transaction fails that transaction and nothing else', async () => {
    const database = await openDatabase({ kind: 'postgres', url: await server.newDatabase() })
    const cut = database.transaction().execute(async (transaction) => {
      await transaction.insertInto('settings').values({ name: 'half', value: 'x' }).execute()
      const { rows } = await sql<{ pid: number }>`SELECT pg_backend_pid() AS pid`.execute(transaction)
      await sql`SELECT pg_terminate_backend(${rows[0]?.pid})`.execute(database)
      await sleep(200)
      await transaction.insertInto('settings').values({ name: 'rest', value: 'x' }).execute()
    })
    await assert.rejects(cut, /terminating connection|Connection terminated|not queryable/)
    assert.deepEqual(await database.selectFrom('settings').selectAll().execute(), [])
    await database.destroy()
  })

  test('PostgreSQL that falls silent fails what waits for it, and is asked anew when it is back', async () => {
    const direct = await server.newDatabase()
    await using line = await lineTo(direct)
    const database = await openDatabase({ kind: 'postgres', url: line.url, silenceMs: 400 })
    const write = (name: string) => database.insertInto('settings').values({ name, value: 'x' }).execute()
    const cut = database.transaction().execute(async (transaction) => {
      await transaction.insertInto('settings').values({ name: 'half', value: 'x' }).execute()
      line.fallSilent()
      await transaction.insertInto('settings').values({ name: 'rest', value: 'x' }).execute()
    })
    await assert.rejects(cut, /PostgreSQL has said nothing for 0\.4 s/)
    line.mend()
    await write('after')
    assert.deepEqual(await database.selectFrom('settings').select('name').execute(), [{ name: 'after' }])
    await database.destroy()
  })

  test('a transaction of a platform that is gone ends by itself, with its locks', async () => {
    const database = await openDatabase({ kind: 'postgres', url: await server.newDatabase() })
    const { rows } = await sql<{
      s: string
    }>`SELECT current_setting('idle_in_transaction_session_timeout') AS s`.execute(database)
    assert.equal(rows[0]?.s, '1min')
    await database.destroy()
  })
}

/** A line to the server's socket that can fall silent: connections of before stay open, and nothing comes through. */
async function lineTo(url: string) {
  const folder = new URL(url.replace('@/', '@localhost/')).searchParams.get('host')
  const pairs: Socket[] = []
  const between = createServer((near) => {
    const far = connect(`${folder}/.s.PGSQL.5432`)
    for (const socket of [near, far]) {
      socket.on('error', () => undefined)
      pairs.push(socket)
    }
    if (silent) return
    near.pipe(far)
    far.pipe(near)
  })
  let silent = false
  between.listen(0, '127.0.0.1')
  await once(between, 'listening')
  const { port } = between.address() as AddressInfo
  return {
    url: `postgres://bootcast@127.0.0.1:${port}/${/@\/(\w+)/.exec(url)?.[1]}`,
    fallSilent: () => {
      silent = true
      for (const socket of pairs) socket.unpipe()
    },
    mend: () => {
      silent = false
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of pairs) socket.destroy()
      between.close()
      await once(between, 'close')
    },
  }
}
