import type { Held } from './eviction.ts'

type Lack = {
  /** So many more were wanted. */
  readonly bytes: number
  readonly shortBytes: number
  readonly quotaBytes: number | undefined
  /** For what is on its way. */
  readonly reservedBytes: number
  readonly held: readonly Held[]
}

/** There is no room in the cache, and none can be made. */
export class CacheFull extends Error {
  override readonly name = 'CacheFull'
  readonly code = 'cache_full'
  readonly shortBytes: number
  readonly held: readonly Held[]

  constructor(lack: Lack) {
    super(inWords(lack))
    this.shortBytes = lack.shortBytes
    this.held = lack.held
  }
}

const most = 5

function inWords({ bytes, shortBytes, quotaBytes, reservedBytes, held }: Lack): string {
  const limit = quotaBytes === undefined ? 'the disk' : `the quota of ${megabytes(quotaBytes)} or the disk`
  const largest = [...held].sort((a, b) => b.bytes - a.bytes).slice(0, most)
  const holders = largest.map((one) => `${one.name ?? 'no group'} (${one.why}, ${megabytes(one.bytes)})`)
  if (held.length > most) holders.push(`${held.length - most} more`)
  if (reservedBytes > 0) holders.push(`what is on its way (${megabytes(reservedBytes)})`)
  const why =
    holders.length === 0 ? 'nothing else is there that could go' : `it is held by ${holders.join(', ')}`
  return `there is no room for ${megabytes(bytes)}: ${megabytes(shortBytes)} too much for ${limit}; ${why}`
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`
