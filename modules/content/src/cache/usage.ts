import { bytesOf, type CacheState, groupsHere } from './eviction.ts'

/** What a cache holds, for an operator to see. */
export type CacheUsage = {
  readonly bytes: number
  /** Of these, in no group. */
  readonly strayBytes: number
  /** Room for what is on its way. */
  readonly reservedBytes: number
  /** Most recently used first. What several share counts in each of them. */
  readonly groups: readonly GroupUsage[]
}

export type GroupUsage = {
  readonly name: string
  readonly bytes: number
  /** Milliseconds since 1970; `undefined`: by no machine. */
  readonly lastUsedAt: number | undefined
  readonly isPinned: boolean
  /** How many are here, and how many are not. */
  readonly blobs: number
  readonly missing: number
}

export function usageOf({ kept, groups, lastUsedAt }: CacheState, reservedBytes: number): CacheUsage {
  const inGroups = new Set(groups.flatMap(({ blobs }) => blobs))
  const found = groupsHere({ kept, groups, lastUsedAt }).map(({ name, isPinned, here, blobs }) => ({
    name,
    bytes: bytesOf(here),
    lastUsedAt: lastUsedAt(name),
    isPinned,
    blobs: here.length,
    missing: new Set(blobs).size - here.length,
  }))
  return {
    bytes: bytesOf(kept.values()),
    strayBytes: bytesOf([...kept.values()].filter(({ digest }) => !inGroups.has(digest))),
    reservedBytes,
    groups: found.reverse(),
  }
}
