import { CachingStore, type Digest, DiskStore, HttpBlobs } from '../src/index.ts'

/** Fetches a blob into a cache: arguments are its folder, the upstream, the digest, the size and maybe the chunk map. */
const [root = '', base = '', digest = '', size = '', chunkMap] = process.argv.slice(2)
const hex = (one: Digest) => one.slice('sha256:'.length)
const store = await CachingStore.open({
  near: await DiskStore.open({ root: `${root}/near` }),
  far: new HttpBlobs({ urlOf: (one) => new URL(`${base}/blobs/${hex(one)}`) }),
  folder: `${root}/arriving`,
  saveEveryBytes: 1024 * 1024,
})
const options = { size: Number(size), ...(chunkMap && { chunkMap: chunkMap as Digest }) }
await store.fetch(digest as Digest, options)
