import { bootSourceContract } from '@bootcast/boot/testing/boot-source-contract'
import { CatalogueBootSource, Decisions } from '@bootcast/catalogue'
import { linuxRelease } from '@bootcast/catalogue/testing/linux-release'
import { digestOf, MemoryStore } from '@bootcast/content'
import { SqlCatalogueStore } from '../catalogue/sql-catalogue-store.ts'
import { openDatabase } from '../database/open.ts'
import { Installs } from '../installs/installs.ts'
import { SecretBox } from '../installs/secret-box.ts'
import { SqlInstallStore } from '../installs/sql-install-store.ts'
import { MachineRegister } from '../machines/machine-register.ts'
import { SqlMachineStore } from '../machines/sql-machine-store.ts'
import { OpeningRegister } from '../openings/opening-register.ts'
import { SqlOpeningStore } from '../openings/sql-opening-store.ts'
import { SqlSettingsStore } from '../policy/sql-settings-store.ts'

bootSourceContract('CatalogueBootSource', async () => {
  const database = await openDatabase({ kind: 'sqlite', path: ':memory:' })
  const catalogue = new SqlCatalogueStore(database)
  const machines = new MachineRegister({ store: new SqlMachineStore(database), onError: () => undefined })
  const blobs = new MemoryStore()
  const put = async (name: string, bytes: Uint8Array) => {
    const { size } = await blobs.put(inOnePiece(bytes))
    return { name, digest: digestOf(bytes), size }
  }
  const openings = new OpeningRegister({ store: new SqlOpeningStore(database) })
  const imagesOf = async () => 'all' as const
  const installs = new Installs(new SqlInstallStore(database, new SecretBox(Buffer.alloc(32))))
  const decisions = new Decisions({ catalogue, openings, installs, imagesOf })
  const settings = new SqlSettingsStore(database)
  const audit = { note: () => undefined }
  return {
    source: new CatalogueBootSource({
      audit,
      catalogue,
      machines,
      blobs,
      openings,
      decisions,
      settings,
      imagesOf,
      installs,
      phoneLog: { note: () => undefined },
    }),
    async assign(mac, { kernel, initrd, cmdline }) {
      const files = { kernel: await put('vmlinuz', kernel), initrds: [await put('initrd.img', initrd)] }
      await catalogue.addRelease(linuxRelease({ ...files, cmdline }))
      await machines.change(mac, { image: 'demo' })
    },
    setQuirks: async (mac, quirks) => void (await machines.change(mac, quirks)),
    breakDown: () => database.destroy(),
    close: async () => {
      await machines.stop()
      await database.destroy()
    },
  }
})

async function* inOnePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
