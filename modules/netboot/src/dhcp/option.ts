import { addressBytes } from './address.ts'

/**
 * How the value of an option stands on the wire. `read` gives `undefined` for a malformed value, `write` throws a
 * RangeError for one that cannot stand there.
 */
export type Codec<T> = {
  read(bytes: Uint8Array): T | undefined
  write(value: T): Uint8Array
}

/** RFC 2132 §9.6. */
export const messageTypes = [
  'discover',
  'offer',
  'request',
  'decline',
  'ack',
  'nak',
  'release',
  'inform',
] as const
export type MessageType = (typeof messageTypes)[number]

export const bytes: Codec<Uint8Array> = { read: (value) => value, write: (value) => value }

/** Text in Latin-1; NULs at the end are cut off, as firmware pads with them (RFC 2132 §2). */
export const text: Codec<string> = {
  read: (value) => {
    const end = value.indexOf(0)
    return Buffer.from(end < 0 ? value : value.subarray(0, end)).toString('latin1')
  },
  write: (value) => latin1(value),
}

/** @throws {RangeError} for characters outside of Latin-1, and for NUL, at which readers stop */
export function latin1(value: string): Buffer {
  const written = Buffer.from(value, 'latin1')
  if (written.includes(0) || written.toString('latin1') !== value)
    throw new RangeError(`${JSON.stringify(value)} has characters that DHCP cannot carry`)
  return written
}

export const uint8: Codec<number> = {
  read: (value) => (value.length === 1 ? value[0] : undefined),
  write: (value) => Uint8Array.of(value),
}

export const uint16: Codec<number> = {
  read: (value) => (value.length === 2 ? Buffer.from(value).readUInt16BE() : undefined),
  write: (value) => Uint8Array.of(value >> 8, value & 255),
}

export const uint32: Codec<number> = {
  read: (value) => (value.length === 4 ? Buffer.from(value).readUInt32BE() : undefined),
  write: (value) => {
    const buffer = Buffer.alloc(4)
    buffer.writeUInt32BE(value)
    return buffer
  },
}

export const uint16List: Codec<readonly number[]> = {
  read: (value) => {
    if (value.length === 0 || value.length % 2 !== 0) return undefined
    const buffer = Buffer.from(value)
    return Array.from({ length: value.length / 2 }, (_, i) => buffer.readUInt16BE(i * 2))
  },
  write: (value) => Uint8Array.from(value.flatMap((n) => [n >> 8, n & 255])),
}

export const address: Codec<string> = {
  read: (value) => (value.length === 4 ? value.join('.') : undefined),
  write: addressBytes,
}

export const addressList: Codec<readonly string[]> = {
  read: (value) => {
    if (value.length === 0 || value.length % 4 !== 0) return undefined
    return Array.from({ length: value.length / 4 }, (_, i) => value.subarray(i * 4, i * 4 + 4).join('.'))
  },
  write: (value) => Buffer.concat(value.map(addressBytes)),
}

export const messageType: Codec<MessageType> = {
  read: (value) => (value.length === 1 ? messageTypes[(value[0] ?? 0) - 1] : undefined),
  write: (value) => Uint8Array.of(messageTypes.indexOf(value) + 1),
}

/**
 * RFC 3004 wants each class with its length in front; iPXE (all versions to 2.0.0) and some ROMs send
 * bare text. A well-formed list of length-prefixed classes is taken as such, anything else as one text.
 */
export const userClass: Codec<readonly string[]> = {
  read: (value) => {
    const found: string[] = []
    let at = 0
    while (at < value.length) {
      const length = value[at] ?? 0
      if (length === 0 || at + 1 + length > value.length) return [text.read(value) ?? '']
      found.push(Buffer.from(value.subarray(at + 1, at + 1 + length)).toString('latin1'))
      at += 1 + length
    }
    return found
  },
  write: (value) =>
    Buffer.concat(
      value.map((one) => {
        if (one.length === 0 || one.length > 255)
          throw new RangeError('a user class has from 1 to 255 characters')
        return Buffer.concat([Uint8Array.of(one.length), latin1(one)])
      }),
    ),
}

/**
 * Options inside of an option: code, length, value (RFC 2132 §8.4, RFC 3046 §2.0). PAD and END as outside; a code that
 * comes twice counts once, the first.
 */
export const subOptions: Codec<ReadonlyMap<number, Uint8Array>> = {
  read: (value) => {
    const found = new Map<number, Uint8Array>()
    let at = 0
    while (at < value.length && value[at] !== 255) {
      const code = value[at] ?? 0
      const length = value[at + 1] ?? 0
      if (code === 0) {
        at += 1
        continue
      }
      if (at + 2 + length > value.length) return undefined
      if (!found.has(code)) found.set(code, value.subarray(at + 2, at + 2 + length))
      at += 2 + length
    }
    return found
  },
  write: (value) =>
    Buffer.concat(
      [...value].flatMap(([code, one]) => {
        if (code <= 0 || code >= 255 || one.length > 255)
          throw new RangeError(`sub-option ${code} of ${one.length} bytes cannot be written`)
        return [Uint8Array.of(code, one.length), one]
      }),
    ),
}

/**
 * RFC 4578 §2.3: type 0 and 16 bytes, the first three fields little-endian as in SMBIOS (seen so from SeaBIOS,
 * OVMF and AAVMF). Lower case, RFC 9562 form. Other types and lengths: `undefined`.
 */
export const machineIdentifier: Codec<string> = {
  read: (value) => {
    if (value.length !== 17 || value[0] !== 0) return undefined
    const hex = Buffer.from(value.subarray(1))
    const swapped = Buffer.concat([
      Buffer.from(hex.subarray(0, 4)).reverse(),
      Buffer.from(hex.subarray(4, 6)).reverse(),
      Buffer.from(hex.subarray(6, 8)).reverse(),
      hex.subarray(8),
    ]).toString('hex')
    return swapped.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
  },
  write: (value) => {
    const hex = Buffer.from(value.replaceAll('-', ''), 'hex')
    if (hex.length !== 16) throw new RangeError(`${JSON.stringify(value)} is no UUID`)
    return Buffer.concat([
      Uint8Array.of(0),
      Buffer.from(hex.subarray(0, 4)).reverse(),
      Buffer.from(hex.subarray(4, 6)).reverse(),
      Buffer.from(hex.subarray(6, 8)).reverse(),
      hex.subarray(8),
    ])
  },
}
