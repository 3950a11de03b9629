/** A TFTP packet: RFC 1350 §5, with the options of RFC 2347. Option names are in lower case. */
export type TftpPacket =
  | TftpRequestPacket
  | { readonly kind: 'data'; readonly block: number; readonly bytes: Uint8Array }
  | { readonly kind: 'ack'; readonly block: number }
  | { readonly kind: 'error'; readonly code: number; readonly message: string }
  | { readonly kind: 'oack'; readonly options: TftpOptions }

export type TftpRequestPacket = {
  readonly kind: 'read' | 'write'
  /** As sent. Bytes that are not UTF-8 have become U+FFFD. */
  readonly path: string
  /** In lower case. */
  readonly mode: string
  readonly options: TftpOptions
}

export type TftpOptions = ReadonlyMap<string, string>

/** RFC 1350, appendix, and RFC 2347 for the last one. */
export const tftpErrors = {
  undefined: 0,
  notFound: 1,
  accessViolation: 2,
  illegalOperation: 4,
  unknownTransfer: 5,
  optionsRefused: 8,
} as const

const opcodes = { read: 1, write: 2, data: 3, ack: 4, error: 5, oack: 6 } as const

/** RFC 2347: "The maximum size of a request packet is 512 octets." */
const maxRequestBytes = 512
const maxErrorMessage = 512

type Decoded = TftpPacket | { readonly malformed: string }

const decoders: readonly (((bytes: Uint8Array) => Decoded) | undefined)[] = [
  undefined,
  (bytes) => decodeRequest('read', bytes),
  (bytes) => decodeRequest('write', bytes),
  (bytes) => ({ kind: 'data', block: word(bytes, 2), bytes: bytes.subarray(4) }),
  (bytes) => ({ kind: 'ack', block: word(bytes, 2) }),
  decodeError,
  decodeOack,
]

/**
 * Reads any bytes that came as a datagram; it never throws. Bytes after an ACK are let pass, as other servers do:
 * firmware pads.
 */
export function decodeTftp(bytes: Uint8Array): Decoded {
  if (bytes.length < 4) return { malformed: 'shorter than any TFTP packet' }
  const decode = decoders[word(bytes, 0)]
  return decode === undefined ? { malformed: 'no such operation' } : decode(bytes)
}

export function encodeTftp(packet: TftpPacket): Uint8Array {
  const head = [0, opcodes[packet.kind]]
  switch (packet.kind) {
    case 'read':
    case 'write':
      return Buffer.concat([
        Uint8Array.from(head),
        strings(packet.path, packet.mode, ...[...packet.options].flat()),
      ])
    case 'data':
      return Buffer.concat([Uint8Array.from([...head, packet.block >> 8, packet.block]), packet.bytes])
    case 'ack':
      return Uint8Array.from([...head, packet.block >> 8, packet.block])
    case 'error':
      return Buffer.concat([
        Uint8Array.from([...head, packet.code >> 8, packet.code]),
        strings(packet.message),
      ])
    case 'oack':
      return Buffer.concat([Uint8Array.from(head), strings(...[...packet.options].flat())])
  }
}

function decodeRequest(kind: 'read' | 'write', bytes: Uint8Array): Decoded {
  if (bytes.length > maxRequestBytes) return { malformed: 'request longer than 512 bytes' }
  const parts = splitStrings(bytes.subarray(2))
  const [path, mode] = parts ?? []
  if (parts === undefined || path === undefined || mode === undefined) {
    return { malformed: 'request with a string that does not end' }
  }
  const options = optionsOf(parts.slice(2))
  if (options === undefined) return { malformed: 'option without a value' }
  return { kind, path, mode: mode.toLowerCase(), options }
}

function decodeError(bytes: Uint8Array): Decoded {
  const end = bytes.indexOf(0, 4)
  const text = bytes.subarray(4, Math.min(end < 0 ? bytes.length : end, 4 + maxErrorMessage))
  return { kind: 'error', code: word(bytes, 2), message: Buffer.from(text).toString() }
}

function decodeOack(bytes: Uint8Array): Decoded {
  if (bytes.length > maxRequestBytes) return { malformed: 'option acknowledgement longer than 512 bytes' }
  const options = optionsOf(splitStrings(bytes.subarray(2)) ?? ['unfinished'])
  return options === undefined ? { malformed: 'option without a value' } : { kind: 'oack', options }
}

/** Zero-terminated strings; `undefined` when the last one does not end. */
function splitStrings(bytes: Uint8Array): readonly string[] | undefined {
  if (bytes.at(-1) !== 0) return undefined
  return Buffer.from(bytes.subarray(0, -1)).toString().split('\0')
}

/** The first of equal names counts; an empty name ends the list (zeros after a request are padding). */
function optionsOf(parts: readonly string[]): TftpOptions | undefined {
  const options = new Map<string, string>()
  for (let i = 0; i < parts.length; i += 2) {
    const name = parts[i]?.toLowerCase()
    const value = parts[i + 1]
    if (name === '' && parts.slice(i).every((part) => part === '')) return options
    if (name === undefined || name === '' || value === undefined) return undefined
    if (!options.has(name)) options.set(name, value)
  }
  return options
}

function strings(...texts: readonly string[]): Buffer {
  return Buffer.from(texts.map((text) => `${text}\0`).join(''))
}

function word(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] ?? 0) << 8) | (bytes[offset + 1] ?? 0)
}
