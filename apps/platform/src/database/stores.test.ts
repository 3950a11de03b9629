import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { storeContracts } from '../../testing/stores-on.ts'

const folder = mkdtempSync(join(tmpdir(), 'bootcast-stores-'))
after(() => rmSync(folder, { recursive: true }))

let count = 0
storeContracts('SQLite', async () => ({ kind: 'sqlite', path: join(folder, `${count++}.sqlite`) }))
