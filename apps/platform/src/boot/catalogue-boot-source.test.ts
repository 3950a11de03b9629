import { bootSourceContract } from '@bootcast/boot/testing/boot-source-contract'
import { digestOf, MemoryStore } from '@bootcast/content'
import { linuxRelease } from '../../testing/linux-release.ts'
import { SqlCatalogueStore } from '../catalogue/sql-catalogue-store.ts'
import { openDatabase } from '../database/open.ts'
import { MachineRegister } from '../machines/machine-register.ts'
import { SqlMachineStore } from '../machines/sql-machine-store.ts'
import { CatalogueBootSource } from './catalogue-boot-source.ts'

bootSourceContract('CatalogueBootSource', async () => {
  const database = await openDatabase({ kind: 'sqlite', path: ':memory:' })
  const catalogue = new SqlCatalogueStore(database)
  const machines = new MachineRegister({ store: new SqlMachineStore(database), onError: () => undefined })
  const blobs = new MemoryStore()
  const put = async (name: string, bytes: Uint8Array) => {
    const { size } = await blobs.put(inOnePiece(bytes))
    return { name, digest: digestOf(bytes), size }
  }
  return {
    source: new CatalogueBootSource({ catalogue, machines, blobs }),
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
