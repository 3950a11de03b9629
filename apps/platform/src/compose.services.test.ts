import { after, test } from 'node:test'
import { platformSuite } from '../testing/platform-suite.ts'
import { postgresPrograms, startPostgres } from '../testing/postgres-server.ts'

const programs = postgresPrograms()

if (programs === undefined) {
  const skip = 'SKIPPED: no PostgreSQL here (apt-get install postgresql)'
  test('the platform on PostgreSQL', { skip }, () => undefined)
} else {
  const server = await startPostgres(programs)
  after(() => server.stop())
  platformSuite('on PostgreSQL', async () => ['--database', await server.newDatabase()])
}
