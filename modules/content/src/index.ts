export { arriving } from './arriving.ts'
export {
  type Blob,
  BlobCorrupt,
  BlobMissing,
  type BlobReader,
  type BlobStore,
  BlobTooLarge,
  type ByteRange,
  type KeptBlob,
  type LocalFiles,
  type PrunableStore,
  type PutOptions,
  RangeNotInBlob,
  StoreFull,
} from './blob-store.ts'
export { CacheFull } from './cache/cache-full.ts'
export type { CachedBlob, FetchOptions, OpenOptions } from './cache/cached-blob.ts'
export { type Arriving, CachingStore, type CachingStoreOptions } from './cache/caching-store.ts'
export type { CacheCounts } from './cache/chunk-fetch.ts'
export { mostBases } from './cache/chunk-match.ts'
export type { CacheGroup, Eviction, Held } from './cache/eviction.ts'
export { type FarBlobs, type FarRead, FarRefused, FarUnreachable } from './cache/far-blobs.ts'
export { FetchForecast, type ForecastBase } from './cache/fetch-forecast.ts'
export { HttpBlobs, type HttpBlobsOptions } from './cache/http-blobs.ts'
export type { HttpSend } from './cache/http-exchange.ts'
export { CacheKeeper, type KeeperSettings, type Room } from './cache/keeper.ts'
export type { CacheUsage, GroupUsage } from './cache/usage.ts'
export type { Scrubbed } from './cache/verifier.ts'
export { type Digest, digestHex, digestOf, parseDigest } from './digest.ts'
export { ChunkMapper, parseChunkMap } from './fingerprint/chunk-map.ts'
export { Fingerprinter } from './fingerprint/fingerprinter.ts'
export type { Fingerprint, Follower, Part } from './fingerprint/growing-file.ts'
export { type OpenS3Object, openS3Object, type S3Object } from './open-s3-object.ts'
export { type S3Access, S3NotInstalled } from './s3-client.ts'
export { DiskStore } from './stores/disk.ts'
export { MemoryStore } from './stores/memory.ts'
export { isOfStore, type S3Settings, S3Store } from './stores/s3.ts'
