import { digestOf, Fingerprinter, MemoryStore } from '@bootcast/content'
import { bzImageHead, gzipInitrd } from '@bootcast/image/testing/boot-images'
import { BlobHolds } from '../src/catalogue/blob-holds.ts'
import { createPublisher } from '../src/catalogue/publish.ts'
import { SqlCatalogueStore } from '../src/catalogue/sql-catalogue-store.ts'
import { type DatabaseSettings, openDatabase } from '../src/database/open.ts'
import { Scratch } from '../src/publishing/scratch.ts'

/*
 * Run as a process: publishes releases of 17 files to the database that the argument describes (JSON), four at a time
 * and without end, and says the number of each when it is published. The second argument is a folder for it.
 */
const settings = JSON.parse(process.argv[2] ?? '') as DatabaseSettings
const blobs = new MemoryStore()
const upload = async (name: string, bytes: Uint8Array) => {
  await blobs.put(
    (async function* () {
      yield bytes
    })(),
  )
  return { name, digest: digestOf(bytes) }
}
const catalogue = new SqlCatalogueStore(await openDatabase(settings))
const scratch = await Scratch.open(process.argv[3] ?? '', 1e9, new AbortController().signal)
const parts = { catalogue, blobs, holds: new BlobHolds(), fingerprinter: new Fingerprinter(), scratch }
const publish = createPublisher(parts)
const kernel = await upload('vmlinuz', bzImageHead())
const initrd = await upload('initrd.img', gzipInitrd)
const initrds = Array.from({ length: 16 }, () => initrd)

async function publishForEver(): Promise<void> {
  for (;;) {
    const { number } = await publish({ image: 'demo', kernel, initrds, cmdline: '', user: 'admin' })
    process.stdout.write(`${number}\n`)
  }
}
await Promise.all(Array.from({ length: 4 }, publishForEver))
