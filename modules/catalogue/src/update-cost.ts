import { type BlobReader, FetchForecast, parseDigest } from '@bootcast/content'
import { type BlobOfImage, basesHere, comparable } from './blob-bases.ts'
import type { ReleaseBlob, ReleaseFile, WholeRelease } from './release.ts'

/** Bytes, and how many of them are fetched. */
export type Cost = { readonly size: number; readonly fetched: number }

export type UpdateCost = Cost & {
  /** Files of the release, each once; they may overlap. */
  readonly files: readonly (Cost & Pick<ReleaseFile, 'role' | 'name' | 'digest'>)[]
  /** What is in none of the files: the rest of the archives that they lie in, tables, chunk maps. */
  readonly rest: Cost
}

/**
 * What a site that has one release, whole, and nothing else fetches to have another: verified bytes, as its cache
 * counts them, before they are compressed on the way. Blobs come one after another, as a warm-up brings them.
 * `maps`: where the chunk maps are; nothing else is read. Memory: that of one `FetchForecast`.
 */
export async function updateCost(
  next: WholeRelease,
  base: WholeRelease | undefined,
  maps: BlobReader,
): Promise<UpdateCost> {
  const known = new Map<string, BlobOfImage>()
  const here = new Set<string>()
  const note = (release: WholeRelease, blob: ReleaseBlob) =>
    known.set(blob.digest, { ...blob, image: release.image })
  for (const blob of base?.blobs ?? []) {
    note(base ?? next, blob)
    here.add(blob.digest)
  }
  for (const blob of next.blobs) note(next, blob)
  const files = distinctFiles(next)
  const fetchedOf = new Map<ReleaseFile, number>()
  const [all, inFiles] = [new Sum(), new Sum()]
  for (const blob of next.blobs) {
    const bytesWithin = here.has(blob.digest) ? nothing : await foretold(blob, { next, known, here, maps })
    here.add(blob.digest)
    all.add(blob.size, bytesWithin(0, blob.size))
    const own = files.filter((file) => file.blob === blob.digest)
    for (const file of own) fetchedOf.set(file, bytesWithin(file.offset, file.offset + file.size))
    for (const [first, end] of union(own)) inFiles.add(end - first, bytesWithin(first, end))
  }
  return {
    ...all.cost,
    files: files.map((file) => ({ ...shown(file), fetched: fetchedOf.get(file) ?? 0 })),
    rest: { size: all.cost.size - inFiles.cost.size, fetched: all.cost.fetched - inFiles.cost.fetched },
  }
}

class Sum {
  cost: Cost = { size: 0, fetched: 0 }
  add(size: number, fetched: number): void {
    this.cost = { size: this.cost.size + size, fetched: this.cost.fetched + fetched }
  }
}

type BytesWithin = (first: number, end: number) => number
const nothing: BytesWithin = () => 0

type Circumstances = {
  readonly next: WholeRelease
  readonly known: ReadonlyMap<string, BlobOfImage>
  readonly here: ReadonlySet<string>
  readonly maps: BlobReader
}

async function foretold(
  { digest: text, size, chunkMap: map }: ReleaseBlob,
  { next, known, here, maps }: Circumstances,
): Promise<BytesWithin> {
  const digest = parseDigest(text)
  if (digest === undefined) throw new Error(`${text} is no digest`)
  const others = comparable({ digest, image: next.image }, known.values())
  const bases = basesHere(others, (one) => here.has(one))
  const forecast = await FetchForecast.of({ digest, size, chunkMap: parseDigest(map ?? '') }, bases, maps)
  return (first, end) => forecast.bytesWithin(first, end)
}

/** Several variants have the same file. */
function distinctFiles({ variants }: WholeRelease): readonly ReleaseFile[] {
  const files = variants.flatMap((variant) => variant.files)
  return [...new Map(files.toReversed().map((file) => [placeOf(file), file])).values()].reverse()
}

const placeOf = ({ blob, offset, size }: ReleaseFile): string => `${blob} ${offset} ${size}`

const shown = ({ role, name, digest, size }: ReleaseFile) => ({ role, name, digest, size })

/** The parts of a blob that files of it cover, each byte once. */
function union(files: readonly ReleaseFile[]): readonly (readonly [first: number, end: number])[] {
  const parts: [first: number, end: number][] = []
  for (const { offset, size } of files.toSorted((a, b) => a.offset - b.offset)) {
    const last = parts.at(-1)
    if (last !== undefined && offset <= last[1]) last[1] = Math.max(last[1], offset + size)
    else parts.push([offset, offset + size])
  }
  return parts
}
