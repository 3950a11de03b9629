const sector = 2048

export type PlainRecord = {
  readonly name: string | Buffer
  readonly block: number
  readonly size: number
  readonly isDirectory?: boolean
  readonly goesOn?: boolean
}

/** A CD image of plain ISO 9660 whose directories are given by hand: block → records. Block 18 is the root. */
export function plainIso(
  directories: Readonly<Record<number, readonly PlainRecord[]>>,
  { blocks = 64, rootSize = sector } = {},
): Buffer {
  const bytes = Buffer.alloc(blocks * sector)
  const primary = bytes.subarray(16 * sector, 17 * sector)
  primary.writeUInt8(1, 0)
  primary.write('CD001', 1, 'latin1')
  primary.writeUInt16LE(sector, 128)
  record({ name: '\0', block: 18, size: rootSize, isDirectory: true }).copy(primary, 156)
  bytes.writeUInt8(255, 17 * sector)
  bytes.write('CD001', 17 * sector + 1, 'latin1')
  for (const [block, records] of Object.entries(directories)) writeRecords(bytes, Number(block), records)
  return bytes
}

/** A record never crosses a block. */
function writeRecords(bytes: Buffer, block: number, records: readonly PlainRecord[]): void {
  let at = block * sector
  for (const written of records.map(record)) {
    if (Math.floor(at / sector) !== Math.floor((at + written.length - 1) / sector))
      at = Math.ceil(at / sector) * sector
    written.copy(bytes, at)
    at += written.length
  }
}

function record({ name, block, size, isDirectory = false, goesOn = false }: PlainRecord): Buffer {
  const identifier = Buffer.from(name)
  const bytes = Buffer.alloc(33 + identifier.length + (identifier.length % 2 === 0 ? 1 : 0))
  bytes.writeUInt8(bytes.length, 0)
  bytes.writeUInt32LE(block, 2)
  bytes.writeUInt32LE(size, 10)
  bytes.writeUInt8((isDirectory ? 2 : 0) | (goesOn ? 0x80 : 0), 25)
  bytes.writeUInt8(identifier.length, 32)
  identifier.copy(bytes, 33)
  return bytes
}
