import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { machineFromQuery } from './machine-query.ts'

test('what a machine tells in full', () => {
  const query =
    '?mac=52%3A54%3A00%3A12%3A34%3A56&uuid=4C414200-0000-4000-8000-525400123456&address=10.0.2.15&buildarch=x86_64' +
    '&platform=efi&serial=S%20%231&manufacturer=QEMU+Ltd&product='
  assert.deepEqual(machineFromQuery(query), {
    mac: '52:54:00:12:34:56',
    uuid: '4c414200-0000-4000-8000-525400123456',
    address: '10.0.2.15',
    serial: 'S #1',
    manufacturer: 'QEMU+Ltd',
    firmware: 'uefi',
    architecture: 'x86_64',
  })
})

// As QEMU's ROM of 2019 sent it for manufacturer "AT&T é", product "Lab 5%".
test('the query of an iPXE of 2019, which encodes & and letters beyond ASCII wrongly', () => {
  const query =
    '?mac=52%3A54%3A00%3A12%3A34%3A56&uuid=&address=10.0.2.15&buildarch=x86_64&platform=pcbios&serial=S{}%231' +
    '&manufacturer=AT&T%20%FFFFFFFFFFFFC3%FFFFFFFFFFFFA9&product=Lab%205%25'
  assert.deepEqual(machineFromQuery(query), {
    mac: '52:54:00:12:34:56',
    address: '10.0.2.15',
    serial: 'S{}#1',
    manufacturer: 'AT&T é',
    product: 'Lab 5%',
    firmware: 'bios',
    architecture: 'x86_64',
  })
})

test('without mac it is no machine yet; with a bad one it is refused', () => {
  assert.equal(machineFromQuery(''), 'none')
  assert.equal(machineFromQuery('?uuid=x&&=&'), 'none')
  for (const mac of [
    '',
    'xx',
    '525400',
    '52:54:00:12:34:5g',
    '52%3A54%3A00%3A12%3A34%3A56%3A78',
    'a'.repeat(5000),
  ])
    assert.ok('refused' in (machineFromQuery(`?mac=${mac}`) as object), mac)
})

test('the first mac counts, whatever a serial number says', () => {
  const machine = machineFromQuery('?mac=525400123456&serial=x&mac=525400999999')
  assert.deepEqual(machine, {
    mac: '52:54:00:12:34:56',
    serial: 'x&mac=525400999999',
    architecture: 'unknown',
  })
})

test('whatever is asked, facts are short, of one line, and of their form', () => {
  const hostile = fc
    .array(
      fc.oneof(
        fc.constantFrom(
          'mac=525400123456',
          '&',
          '=',
          'serial=',
          'uuid=',
          'platform=__proto__',
          '%0a',
          '%00',
          '%',
          'buildarch=constructor',
        ),
        fc.string({ unit: 'binary', maxLength: 300 }),
      ),
      { maxLength: 20 },
    )
    .map((pieces) => `?${pieces.join('')}`)
  fc.assert(
    fc.property(hostile, (query) => {
      const machine = machineFromQuery(query)
      if (machine === 'none' || 'refused' in machine) return
      assert.match(machine.mac, /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/)
      for (const text of Object.values(machine)) {
        assert.equal(typeof text, 'string')
        assert.ok(text.length > 0 && text.length <= 128)
        assert.doesNotMatch(text, /[\p{C}\p{Zl}\p{Zp}]/u)
      }
    }),
    { numRuns: Number(process.env['BOOTCAST_FUZZ_RUNS'] ?? 3000) },
  )
})
