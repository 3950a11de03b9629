import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
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
