import { randomBytes } from 'node:crypto'
import { DiskStore } from '../src/index.ts'

/** Puts random blobs into the store named by the argument, four at a time, and tells each that was acknowledged. */
const store = await DiskStore.open({ root: process.argv[2] ?? '' })
process.stdout.write('ready\n')

async function* someChunks() {
  const count = 1 + (randomBytes(1)[0] ?? 0) / 4
  for (let i = 0; i < count; i++) yield randomBytes(16_384)
}

async function putForEver() {
  for (;;) {
    const { digest } = await store.put(someChunks())
    process.stdout.write(`${digest}\n`)
  }
}

await Promise.all([putForEver(), putForEver(), putForEver(), putForEver()])
