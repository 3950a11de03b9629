import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { readOption } from '@bootcast/netboot'
import { requestsOf } from '../testing/captured.ts'
import { type Firmware, firmwares, recogniseFirmware } from './firmware.ts'
import { loaderKinds } from './loaders.ts'

const captures = join(import.meta.dirname, '../../netboot/captures')
const rows: readonly Firmware[] = firmwares

for (const row of rows) {
  test(`${row.name} has a loader kind, and a capture or a reason why not`, () => {
    const kinds = loaderKinds.filter(
      ({ platform, architecture }) => platform === row.platform && architecture === row.architecture,
    )
    assert.equal(kinds.length, 1)
    if ('not' in row.seen) return assert.ok(row.seen.not.length > 20)
    assert.ok(existsSync(join(captures, row.seen.capture)))
    const sent = requestsOf(row.seen.capture).flatMap(
      ({ packet }) => readOption(packet.options, 'client-architecture') ?? [],
    )
    assert.ok(sent.some((number) => row.architectures.includes(number)))
  })
}

test('a number belongs to one row, and names are unique', () => {
  const numbers = rows.flatMap(({ architectures }) => architectures)
  assert.equal(new Set(numbers).size, numbers.length)
  assert.equal(new Set(rows.map(({ name }) => name)).size, rows.length)
})

test('a list of architectures is read up to the first that we serve', () => {
  assert.deepEqual(recogniseFirmware([3, 9]), rows[1])
  assert.deepEqual(recogniseFirmware([14]), {
    refused: 'POWER OPAL: reads Petitboot configurations, not iPXE scripts',
  })
  assert.deepEqual(recogniseFirmware([999]), { refused: 'unknown architecture 999' })
  assert.deepEqual(recogniseFirmware([]), { refused: 'no architecture in the packet' })
})
