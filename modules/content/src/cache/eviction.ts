import type { KeptBlob } from '../blob-store.ts'
import type { Digest } from '../digest.ts'

/** Blobs that are of use only together: those of a release, its chunk maps among them. */
export type CacheGroup = {
  /** `demo@3`; no two have the same. */
  readonly name: string
  readonly blobs: readonly Digest[]
  /** An operator wants it here, or a machine's assignment needs it. */
  readonly isPinned: boolean
}

/** What can go at once: what lies in no group, or a group, with those before it whose blobs it shares. */
export type Eviction = {
  readonly groups: readonly string[]
  readonly blobs: readonly Digest[]
  readonly bytes: number
}

/** What stays, its bytes that are here, and why. `new`: came within the hour, and is in no group yet. */
export type Held = {
  /** Of the group. */
  readonly name: string | undefined
  readonly bytes: number
  readonly why: 'pinned' | 'in use' | 'new'
}

export type CacheState = {
  readonly kept: ReadonlyMap<Digest, KeptBlob>
  readonly groups: readonly CacheGroup[]
  /** Milliseconds since 1970; `undefined`: no machine has booted it. */
  readonly lastUsedAt: (group: string) => number | undefined
  readonly isInUse: (digest: Digest) => boolean
  readonly now: number
}

/** A blob may come before the group that it belongs to is known. */
const strayAfterMs = 60 * 60 * 1000

export type GroupHere = CacheGroup & {
  /** Those of its blobs that are here, each once. */
  readonly here: readonly KeptBlob[]
  /** By a machine. One that was never booted counts from when the last of its blobs came. */
  readonly usedAt: number
}

/** Groups with what is here of them, least recently used first. */
export function groupsHere({ kept, groups, lastUsedAt }: Omit<CacheState, 'isInUse' | 'now'>): GroupHere[] {
  const found = groups.map((group) => {
    const here = [...new Set(group.blobs)].flatMap((digest) => kept.get(digest) ?? [])
    const came = here.reduce((latest, { keptAt }) => Math.max(latest, keptAt), 0)
    return { ...group, here, usedAt: lastUsedAt(group.name) ?? came }
  })
  return found.sort((a, b) => a.usedAt - b.usedAt || (a.name < b.name ? -1 : 1))
}

/**
 * All that may go, in the order in which it should, and what may not. Pure. What is in no group goes first; then
 * whole groups, least recently used first. What stays: pinned groups; of those that hold a blob that is in use the
 * one that was used last (a machine is in the middle of it); and each blob that is in use or that a group needs
 * which stays. Time and memory: the number of blobs, and of their places in groups.
 */
export function planEvictions(state: CacheState): { evictions: readonly Eviction[]; held: readonly Held[] } {
  const groups = groupsHere(state).filter(({ here }) => here.length > 0)
  const booting = new Set(lastUsers(groups, state.isInUse).values())
  const stays = (group: GroupHere) => group.isPinned || booting.has(group)
  const strays = [...withoutGroup(state.kept, groups)]
  const mayGo = ({ digest, keptAt }: KeptBlob) => state.now - keptAt > strayAfterMs && !state.isInUse(digest)
  const [old, young] = [strays.filter(mayGo), strays.filter((blob) => !mayGo(blob))]
  const held = groups.filter(stays).map((group): Held => {
    return { name: group.name, bytes: bytesOf(group.here), why: group.isPinned ? 'pinned' : 'in use' }
  })
  return {
    evictions: [...(old.length > 0 ? [eviction([], old)] : []), ...groupByGroup(groups, stays)],
    held: young.length > 0 ? [...held, { name: undefined, bytes: bytesOf(young), why: 'new' }] : held,
  }
}

/** For each blob that is in use, the group that was used last of those that need it. */
function lastUsers(groups: readonly GroupHere[], isInUse: CacheState['isInUse']): Map<Digest, GroupHere> {
  const users = new Map<Digest, GroupHere>()
  for (const group of groups)
    for (const { digest } of group.here) if (isInUse(digest)) users.set(digest, group)
  return users
}

function withoutGroup(kept: CacheState['kept'], groups: readonly GroupHere[]): Set<KeptBlob> {
  const strays = new Set(kept.values())
  for (const { here } of groups) for (const blob of here) strays.delete(blob)
  return strays
}

/** A blob that is in use is needed by a group that stays. */
function groupByGroup(
  groups: readonly GroupHere[],
  stays: (group: GroupHere) => boolean,
): readonly Eviction[] {
  const needs = new Map<Digest, number>()
  for (const { digest } of groups.flatMap(({ here }) => here)) needs.set(digest, (needs.get(digest) ?? 0) + 1)
  const evictions: Eviction[] = []
  let emptied: string[] = []
  for (const { name, here } of groups.filter((group) => !stays(group))) {
    for (const { digest } of here) needs.set(digest, (needs.get(digest) ?? 0) - 1)
    emptied.push(name)
    const freed = here.filter(({ digest }) => needs.get(digest) === 0)
    if (freed.length === 0) continue
    evictions.push(eviction(emptied, freed))
    emptied = []
  }
  return evictions
}

function eviction(groups: readonly string[], blobs: readonly KeptBlob[]): Eviction {
  return { groups, blobs: blobs.map(({ digest }) => digest), bytes: bytesOf(blobs) }
}

export function bytesOf(blobs: Iterable<{ readonly size: number }>): number {
  let bytes = 0
  for (const { size } of blobs) bytes += size
  return bytes
}
