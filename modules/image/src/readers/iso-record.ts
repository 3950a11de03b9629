import type { ByteSource } from '../byte-source.ts'
import { Unreadable } from '../tree.ts'

/** A directory record (ECMA-119 §9.1). */
export type IsoRecord = {
  /** First block of the content. */
  readonly block: number
  /** Bytes of content. */
  readonly size: number
  readonly isDirectory: boolean
  /** The content goes on in the next record of the same name. */
  readonly goesOn: boolean
  /** As stored; `\0` and `\x01` are the directory itself and its parent. */
  readonly identifier: Buffer
  readonly systemUse: Buffer
}

const flags = { directory: 0x02, goesOn: 0x80 }

/** The records of a directory; a record never crosses a block. @throws {Unreadable} */
export function* recordsOf(bytes: Buffer, blockBytes: number): Generator<IsoRecord> {
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUInt8(at)
    if (length === 0) {
      at = (Math.floor(at / blockBytes) + 1) * blockBytes
      continue
    }
    yield recordIn(bytes.subarray(at, at + length), length)
    at += length
  }
}

function recordIn(bytes: Buffer, length: number): IsoRecord {
  const nameLength = bytes.length > 32 ? bytes.readUInt8(32) : 256
  if (bytes.length < length || 33 + nameLength > length)
    throw new Unreadable('A directory of the ISO is damaged.')
  if (bytes.readUInt8(26) !== 0 || bytes.readUInt8(27) !== 0)
    throw new Unreadable('The ISO has interleaved files, which nobody makes any more: they cannot be served.')
  const bits = bytes.readUInt8(25)
  return {
    block: bytes.readUInt32LE(2) + bytes.readUInt8(1),
    size: bytes.readUInt32LE(10),
    isDirectory: (bits & flags.directory) !== 0,
    goesOn: (bits & flags.goesOn) !== 0,
    identifier: bytes.subarray(33, 33 + nameLength),
    systemUse: bytes.subarray(33 + nameLength + (nameLength % 2 === 0 ? 1 : 0)),
  }
}

/** What Rock Ridge (IEEE P1282) says of a record. */
export type RockRidge = {
  readonly name?: string
  readonly link?: string
  /** First block of a directory that stands elsewhere, because directories may not be deeper than 8. */
  readonly childAt?: number
  /** It is such a directory, and is named where it belongs. */
  readonly isRelocated: boolean
  /** Its content is compressed by zisofs. */
  readonly isCompressed: boolean
}

const continuationLimit = 32

/** How many bytes of each system use area to skip, when the root says SUSP is used (§5.3); `undefined`: it is not. */
export function suspSkip(rootItself: IsoRecord | undefined): number | undefined {
  const area = rootItself?.systemUse
  if (area === undefined || area.length < 7 || area.toString('latin1', 0, 2) !== 'SP') return undefined
  return area.readUInt16BE(4) === 0xbeef ? area.readUInt8(6) : undefined
}

export async function rockRidgeOf(
  { systemUse }: IsoRecord,
  skip: number,
  source: ByteSource,
  blockBytes: number,
): Promise<RockRidge> {
  const gathered = new Gathered()
  let area: Buffer | undefined = systemUse.subarray(skip)
  for (let count = 0; area !== undefined; count++) {
    if (count === continuationLimit) throw new Unreadable('A name of the ISO goes on without end.')
    for (const entry of entriesOf(area)) gathered.add(entry)
    const next = gathered.takeContinuation()
    area = next && (await continuation(next, source, blockBytes))
  }
  return gathered.result()
}

/** What the entries of one record say, by their signatures (RRIP §4, SUSP §5). */
class Gathered {
  readonly #names: Buffer[] = []
  readonly #link = new LinkText()
  #childAt: number | undefined
  #isRelocated = false
  #isCompressed = false
  #continuation: Buffer | undefined

  readonly #bySignature: Readonly<Record<string, (entry: Buffer) => void>> = {
    NM: (entry) => this.#names.push(entry.subarray(5)),
    SL: (entry) => this.#link.add(entry.subarray(5)),
    CL: (entry) => {
      if (entry.length >= 8) this.#childAt = entry.readUInt32LE(4)
    },
    RE: () => {
      this.#isRelocated = true
    },
    ZF: () => {
      this.#isCompressed = true
    },
    CE: (entry) => {
      if (entry.length >= 28) this.#continuation = entry
    },
  }

  add(entry: Buffer): void {
    this.#bySignature[entry.toString('latin1', 0, 2)]?.(entry)
  }

  takeContinuation(): Buffer | undefined {
    const taken = this.#continuation
    this.#continuation = undefined
    return taken
  }

  result(): RockRidge {
    const name = Buffer.concat(this.#names).toString('utf8')
    return {
      isRelocated: this.#isRelocated,
      isCompressed: this.#isCompressed,
      ...(name !== '' && { name }),
      ...(this.#link.text !== '' && { link: this.#link.text }),
      ...(this.#childAt !== undefined && { childAt: this.#childAt }),
    }
  }
}

function* entriesOf(area: Buffer): Generator<Buffer> {
  for (let at = 0; at + 4 <= area.length; ) {
    const length = area.readUInt8(at + 2)
    if (length < 4 || at + length > area.length) return
    yield area.subarray(at, at + length)
    at += length
  }
}

function continuation(entry: Buffer, source: ByteSource, blockBytes: number): Promise<Buffer> {
  const [block, offset, length] = [entry.readUInt32LE(4), entry.readUInt32LE(12), entry.readUInt32LE(20)]
  if (length > 2048) throw new Unreadable('A name of the ISO is longer than a block.')
  return source.read(block * blockBytes + offset, length)
}

const componentFlags = { goesOn: 1, current: 2, parent: 4, root: 8 }

/** A link's target in pieces (RRIP §4.1.3.1). */
class LinkText {
  text = ''
  #joins = true

  add(components: Buffer): void {
    for (let at = 0; at + 2 <= components.length; ) {
      const bits = components.readUInt8(at)
      const length = components.readUInt8(at + 1)
      this.#append(bits, components.subarray(at + 2, at + 2 + length))
      at += 2 + length
    }
  }

  #append(bits: number, content: Buffer): void {
    if (!this.#joins && !this.text.endsWith('/')) this.text += '/'
    if ((bits & componentFlags.root) !== 0) this.text = '/'
    else if ((bits & componentFlags.current) !== 0) this.text += '.'
    else if ((bits & componentFlags.parent) !== 0) this.text += '..'
    else this.text += content.toString('utf8')
    this.#joins = (bits & (componentFlags.goesOn | componentFlags.root)) !== 0
  }
}
