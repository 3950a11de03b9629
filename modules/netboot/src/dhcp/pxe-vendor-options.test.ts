import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type PxeVendorOptions, readPxeVendorOptions, writePxeVendorOptions } from './pxe-vendor-options.ts'

const all: PxeVendorOptions = {
  discoveryControl: { noBroadcast: true, loadNamedFile: true },
  multicastAddress: '224.0.1.2',
  bootServers: [{ type: 0x8000, addresses: ['10.77.0.1', '10.77.0.2'] }],
  bootMenu: [
    { type: 0, description: 'Local disk' },
    { type: 0x8000, description: 'Bootcast' },
  ],
  menuPrompt: { seconds: 10, text: 'Press F8' },
  bootItem: { type: 0x8000, layer: 0 },
}

test('sub-options stand on the wire as PXE 2.1 draws them', () => {
  assert.equal(
    Buffer.from(writePxeVendorOptions(all)).toString('hex'),
    [
      '060109',
      '0704e0000102',
      '080b8000020a4d00010a4d0002',
      `0918${'00000a'}${Buffer.from('Local disk').toString('hex')}${'800008'}${Buffer.from('Bootcast').toString('hex')}`,
      `0a09${'0a'}${Buffer.from('Press F8').toString('hex')}`,
      '470480000000',
      'ff',
    ].join(''),
  )
})

test('what was written is read again', () => {
  assert.deepEqual(readPxeVendorOptions(writePxeVendorOptions(all)), all)
  assert.deepEqual(readPxeVendorOptions(writePxeVendorOptions({})), {})
})

test('"load the file named here" is the three bytes that BIOS firmware waits for', () => {
  const bytes = writePxeVendorOptions({ discoveryControl: { loadNamedFile: true } })
  assert.deepEqual([...bytes], [6, 1, 8, 255])
})

test('sub-options that are not PXE are left out', () => {
  assert.deepEqual(readPxeVendorOptions(Uint8Array.of(0, 128, 1, 5, 6, 1, 8)), {
    discoveryControl: { loadNamedFile: true },
  })
})

test('a malformed sub-option spoils all of them', () => {
  for (const bytes of [
    [6, 2, 8, 8],
    [6, 9, 8],
    [7, 3, 1, 2, 3],
    [8, 4, 0, 0, 1, 10],
    [8, 2, 0, 0],
    [9, 4, 0, 0, 9, 65],
    [9, 1, 0],
    [10, 0],
    [71, 3, 0, 0, 0],
  ])
    assert.equal(readPxeVendorOptions(Uint8Array.from(bytes)), undefined, bytes.join(' '))
})

test('no bytes make the reader throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      readPxeVendorOptions(bytes)
    }),
  )
})

test('what cannot stand there is refused', () => {
  assert.throws(
    () => writePxeVendorOptions({ menuPrompt: { seconds: 1, text: 'x'.repeat(256) } }),
    RangeError,
  )
  assert.throws(() => writePxeVendorOptions({ multicastAddress: 'everybody' }), RangeError)
})
