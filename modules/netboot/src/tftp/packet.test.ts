import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeTftp, encodeTftp, type TftpPacket } from './packet.ts'

test('a request of EDK2 is read with its options', () => {
  const bytes = Buffer.from('\0\x01ipxe.efi\0octet\0tsize\x000\0blksize\x001468\0windowsize\x004\0')
  const options = new Map([
    ['tsize', '0'],
    ['blksize', '1468'],
    ['windowsize', '4'],
  ])
  assert.deepEqual(decodeTftp(bytes), { kind: 'read', path: 'ipxe.efi', mode: 'octet', options })
})

test('mode and option names are read in any case, and the first of equal options counts', () => {
  const bytes = Buffer.from('\0\x01a\0OcTeT\0BLKSIZE\x001024\0blksize\x008\0')
  const options = new Map([['blksize', '1024']])
  assert.deepEqual(decodeTftp(bytes), { kind: 'read', path: 'a', mode: 'octet', options })
})

test('zeros behind a request are padding', () => {
  const read = decodeTftp(Buffer.from('\0\x01a\0octet\0\0\0\0'))
  assert.deepEqual(read, { kind: 'read', path: 'a', mode: 'octet', options: new Map() })
})

test('each kind is written as RFC 1350 and RFC 2347 draw it', () => {
  const drawn: readonly (readonly [TftpPacket, string])[] = [
    [
      { kind: 'read', path: 'a', mode: 'octet', options: new Map([['tsize', '0']]) },
      '\0\x01a\0octet\0tsize\x000\0',
    ],
    [{ kind: 'write', path: 'a', mode: 'octet', options: new Map() }, '\0\x02a\0octet\0'],
    [{ kind: 'data', block: 0x102, bytes: Buffer.from('hi') }, '\0\x03\x01\x02hi'],
    [{ kind: 'ack', block: 0x102 }, '\0\x04\x01\x02'],
    [{ kind: 'error', code: 1, message: 'File not found' }, '\0\x05\0\x01File not found\0'],
    [{ kind: 'oack', options: new Map([['blksize', '1468']]) }, '\0\x06blksize\x001468\0'],
  ]
  for (const [packet, bytes] of drawn) assert.equal(Buffer.from(encodeTftp(packet)).toString('latin1'), bytes)
})

const malformed: readonly (readonly [string, string])[] = [
  ['', 'shorter than any TFTP packet'],
  ['\0\x04\0', 'shorter than any TFTP packet'],
  ['\0\x07abcd', 'no such operation'],
  ['\x01\x01a\0octet\0', 'no such operation'],
  ['\0\x01a\0octet', 'request with a string that does not end'],
  ['\0\x01abc\0', 'request with a string that does not end'],
  ['\0\x01a\0octet\0blksize\0', 'option without a value'],
  [`\0\x01${'a'.repeat(510)}\0octet\0`, 'request longer than 512 bytes'],
  ['\0\x06blksize', 'option without a value'],
]
for (const [bytes, reason] of malformed) {
  test(`${JSON.stringify(bytes.slice(0, 24))} is malformed: ${reason}`, () => {
    assert.deepEqual(decodeTftp(Buffer.from(bytes, 'latin1')), { malformed: reason })
  })
}

const text = fc.stringMatching(/^[a-z0-9/._ -]{1,40}$/)
const options = fc.uniqueArray(fc.tuple(text, text), { selector: ([name]) => name, maxLength: 4 })
const packets: fc.Arbitrary<TftpPacket> = fc.oneof(
  fc
    .tuple(fc.constantFrom('read' as const, 'write' as const), text, options)
    .map(([kind, path, pairs]) => ({ kind, path, mode: 'octet', options: new Map(pairs) })),
  fc
    .tuple(fc.nat(65535), fc.uint8Array({ maxLength: 600 }))
    .map(([block, bytes]) => ({ kind: 'data' as const, block, bytes: Buffer.from(bytes) })),
  fc.nat(65535).map((block) => ({ kind: 'ack' as const, block })),
  fc.tuple(fc.nat(65535), text).map(([code, message]) => ({ kind: 'error' as const, code, message })),
  options
    .filter((pairs) => pairs.length > 0)
    .map((pairs) => ({ kind: 'oack' as const, options: new Map(pairs) })),
)

test('what is written is read back', () => {
  fc.assert(fc.property(packets, (packet) => assert.deepEqual(decodeTftp(encodeTftp(packet)), packet)))
})
