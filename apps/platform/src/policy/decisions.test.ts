import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Decisions } from '@bootcast/catalogue'
import { linuxRelease } from '@bootcast/catalogue/testing/linux-release'
import { SqlCatalogueStore } from '../catalogue/sql-catalogue-store.ts'
import { openDatabase } from '../database/open.ts'
import { Installs } from '../installs/installs.ts'
import { SecretBox } from '../installs/secret-box.ts'
import { SqlInstallStore } from '../installs/sql-install-store.ts'
import { MachineRegister } from '../machines/machine-register.ts'
import { SqlMachineStore } from '../machines/sql-machine-store.ts'
import { OpeningRegister } from '../openings/opening-register.ts'
import { SqlOpeningStore } from '../openings/sql-opening-store.ts'

const mac = '52:54:00:00:00:01'

test('what is open at a site boots on the machines that ask there, and on no other', async () => {
  const database = await openDatabase({ kind: 'sqlite', path: ':memory:' })
  const catalogue = new SqlCatalogueStore(database)
  const kernel = { name: 'vmlinuz', digest: `sha256:${'0'.repeat(64)}`, size: 1 }
  await catalogue.addRelease(linuxRelease({ kernel }))
  const openings = new OpeningRegister({ store: new SqlOpeningStore(database) })
  const now = Date.now()
  await openings.add({
    ...{ reference: 'demo', criteria: { site: 'grenoble' }, boots: true, opensAt: now, closesAt: undefined },
    ...{ times: undefined, createdAt: now, createdBy: 'ann' },
  })
  const installs = new Installs(new SqlInstallStore(database, new SecretBox(Buffer.alloc(32))))
  const decisions = new Decisions({ catalogue, openings, installs, imagesOf: async () => new Set<string>() })
  const machines = new MachineRegister({ store: new SqlMachineStore(database), onError: () => assert.fail() })
  const decided: string[] = []
  for (const site of [undefined, 'annecy', 'grenoble']) {
    const machine = await machines.boots({ mac, architecture: 'x86_64' }, site)
    decided.push((await decisions.decide({ machine })).verdict.do)
  }
  assert.deepEqual(
    decided.map((verdict) => verdict === 'boot'),
    [false, false, true],
  )
  await machines.stop()
  await database.destroy()
})
