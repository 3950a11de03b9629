import { createHash } from 'node:crypto'
import type { ByteSource } from './byte-source.ts'
import { Unreadable } from './tree.ts'

/** A run of the disk that is not all zero. At most one segment long; `offset` is a multiple of the segment size. */
export type DiskSegment = { readonly offset: number; readonly length: number; readonly sha256: string }

/** Which parts of a raw disk image have to be fetched; everything between them is zeros. */
export type DiskMap = {
  /** Bytes of the whole image. */
  readonly size: number
  readonly segmentSize: number
  /** Of the whole image; absent when it is not known. */
  readonly sha256?: string
  /** In ascending order. */
  readonly segments: readonly DiskSegment[]
}

export const diskSegmentSize = 4 * 2 ** 20
/** Largest image: a map of 524,288 lines, 45 MB. */
export const diskSizeLimit = 2 * 2 ** 40
const sector = 512
const zeros = Buffer.alloc(diskSegmentSize)
const digestText = /^[0-9a-f]{64}$/
const numberText = /^(0|[1-9]\d{0,14})$/

/**
 * The map of a raw disk image as the text that the deploy environment reads (docs/protocols/disk-deploy.md). Reads
 * every byte once. Memory: two segments, and 90 bytes for each 4 MiB that is not all zero.
 * @param onProgress told how many bytes of the image are done, after each segment
 * @throws {Unreadable} when it is empty, too large, or no whole number of 512-byte sectors
 */
export async function diskMap(source: ByteSource, onProgress?: (bytes: number) => void): Promise<string> {
  checkSize(source.size)
  const whole = createHash('sha256')
  const segments: DiskSegment[] = []
  for (let offset = 0; offset < source.size; offset += diskSegmentSize) {
    const length = Math.min(diskSegmentSize, source.size - offset)
    const bytes = await source.read(offset, length)
    whole.update(bytes)
    if (!bytes.equals(zeros.subarray(0, length))) {
      segments.push({ offset, length, sha256: createHash('sha256').update(bytes).digest('hex') })
    }
    onProgress?.(offset + length)
  }
  return diskMapText({
    size: source.size,
    segmentSize: diskSegmentSize,
    sha256: whole.digest('hex'),
    segments,
  })
}

export function diskMapText({ size, segmentSize, sha256, segments }: DiskMap): string {
  const lines = [`bootcast-disk-map 1 ${size} ${segmentSize} ${sha256 ?? '-'}`]
  for (const { offset, length, sha256 } of segments) lines.push(`${offset} ${length} ${sha256}`)
  return `${lines.join('\n')}\n`
}

/**
 * Reads a map from elsewhere. Growth: linear in its text.
 * @throws {Unreadable} naming the line that is wrong
 */
export function parseDiskMap(text: string): DiskMap {
  const [head = '', ...lines] = text.split('\n')
  if (lines.pop() !== '') throw new Unreadable('The disk map is cut: its last line has no end.')
  const map = parseHead(head)
  if (lines.length > Math.ceil(map.size / map.segmentSize))
    throw new Unreadable(`The disk map has ${lines.length} segments, more than fit into ${map.size} bytes.`)
  const segments: DiskSegment[] = []
  let end = 0
  for (const [index, line] of lines.entries()) {
    const segment = parseSegment(line, map)
    if (segment === undefined || segment.offset < end)
      throw new Unreadable(`Line ${index + 2} of the disk map is no segment in its place: ${shown(line)}`)
    segments.push(segment)
    end = segment.offset + segment.length
  }
  return { ...map, segments }
}

function parseHead(line: string): Omit<DiskMap, 'segments'> {
  const [magic, version, size = '', segmentSize = '', sha256 = '', ...more] = line.split(' ')
  if (magic !== 'bootcast-disk-map') throw new Unreadable('It is no disk map: the first line is another.')
  if (version !== '1') throw new Unreadable(`The disk map is of version ${shown(version ?? '')}; 1 is known.`)
  const isDigest = sha256 === '-' || digestText.test(sha256)
  if (!numberText.test(size) || segmentSize !== String(diskSegmentSize) || !isDigest || more.length > 0)
    throw new Unreadable(`The first line of the disk map is wrong: ${shown(line)}`)
  checkSize(Number(size))
  const known = { size: Number(size), segmentSize: diskSegmentSize }
  return sha256 === '-' ? known : { ...known, sha256 }
}

function parseSegment(line: string, { size, segmentSize }: Omit<DiskMap, 'segments'>) {
  const [offsetText = '', lengthText = '', sha256 = '', ...more] = line.split(' ')
  if (!numberText.test(offsetText) || !numberText.test(lengthText) || !digestText.test(sha256))
    return undefined
  const offset = Number(offsetText)
  const length = Number(lengthText)
  const fits = offset % segmentSize === 0 && length === Math.min(segmentSize, size - offset)
  return fits && length > 0 && more.length === 0 ? { offset, length, sha256 } : undefined
}

function checkSize(size: number): void {
  if (size <= 0 || size > diskSizeLimit)
    throw new Unreadable(`A disk image has 1 byte to ${diskSizeLimit} bytes; this one has ${size}.`)
  if (size % sector !== 0)
    throw new Unreadable(
      `A raw disk image is a whole number of ${sector}-byte sectors; ${size} bytes are not.`,
    )
}

const shown = (text: string) => JSON.stringify(text.slice(0, 100))
