import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodedCapture } from '../../testing/decoding.ts'
import { datagramsIn } from '../../testing/pcap.ts'
import { decodeDhcp, encodeDhcp } from './packet.ts'

const folder = join(import.meta.dirname, '../../captures')
const captures = readdirSync(folder).filter((name) => name.endsWith('.pcap'))

test('the captures are there', () => assert.ok(captures.length >= 11))

for (const name of captures) {
  const capture = readFileSync(join(folder, name))

  test(`${name} decodes as its golden text says`, () => {
    assert.equal(decodedCapture(capture), readFileSync(join(folder, name.replace(/pcap$/, 'txt')), 'utf8'))
  })

  test(`${name}: what was read and written again reads the same`, () => {
    for (const { payload } of datagramsIn(capture).filter(({ to }) => [67, 68, 4011].includes(to.port))) {
      const packet = decodeDhcp(payload)
      assert.ok(!('malformed' in packet))
      assert.deepEqual(decodeDhcp(encodeDhcp(packet)), packet)
    }
  })
}

test('no bytes make the reader of captures fail in another way than by saying what is wrong', () => {
  const capture = readFileSync(join(folder, captures[0] ?? ''))
  const change = fc.record({ at: fc.nat(capture.length - 1), byte: fc.nat(255) })
  fc.assert(
    fc.property(fc.array(change, { maxLength: 20 }), fc.nat(capture.length), (changes, length) => {
      const hostile = Buffer.from(capture)
      for (const { at, byte } of changes) hostile[at] = byte
      try {
        decodedCapture(hostile.subarray(0, length))
      } catch (error) {
        assert.match(String(error), /^RangeError: not a /)
      }
    }),
  )
})
