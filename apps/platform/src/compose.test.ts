import { platformSuite } from '../testing/platform-suite.ts'

platformSuite('on SQLite', async () => [])
