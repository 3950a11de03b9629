import { after, test } from 'node:test'
import { severalOpenAtOnce } from '../../testing/database-processes.ts'
import { killedWhilePublishing } from '../../testing/killed-while-publishing.ts'
import { migrationContract } from '../../testing/migration-contract.ts'
import { postgresPrograms, startPostgres } from '../../testing/postgres-server.ts'
import { storeContracts } from '../../testing/stores-on.ts'

const programs = postgresPrograms()

if (programs === undefined) {
  test(
    'the stores on PostgreSQL',
    { skip: 'SKIPPED: no PostgreSQL here (apt-get install postgresql)' },
    () => undefined,
  )
} else {
  const server = await startPostgres(programs)
  after(() => server.stop())
  const fresh = async () => ({ kind: 'postgres', url: await server.newDatabase() }) as const
  severalOpenAtOnce('PostgreSQL', fresh)
  killedWhilePublishing('PostgreSQL', fresh)
  migrationContract('PostgreSQL', fresh)
  storeContracts('PostgreSQL', fresh)
}
