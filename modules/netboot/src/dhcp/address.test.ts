import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { addressBytes, addressNumber, addressText, isAddress, sameSubnet } from './address.ts'

test('an address becomes its number and back', () => {
  assert.equal(addressNumber('10.77.0.1'), 0x0a4d0001)
  assert.equal(addressNumber('255.255.255.255'), 0xffffffff)
  fc.assert(fc.property(fc.ipV4(), (address) => assert.equal(addressText(addressNumber(address)), address)))
})

test('what is no address is told from one', () => {
  for (const text of [
    '',
    '10',
    '10.0.0',
    '10.0.0.',
    '.0.0.1',
    '10..0.1',
    '10.0.0.256',
    '10.0.0.1.2',
    '10.0.0.x',
    ' 10.0.0.1',
    '-1.0.0.1',
  ])
    assert.equal(isAddress(text), false, text)
  assert.throws(() => addressBytes('boot.example'), RangeError)
})

test('two addresses are in one subnet when the bits of the mask are equal', () => {
  assert.equal(sameSubnet('10.77.0.1', '10.77.0.254', '255.255.255.0'), true)
  assert.equal(sameSubnet('10.77.0.1', '10.77.1.1', '255.255.255.0'), false)
  assert.equal(sameSubnet('200.1.0.1', '200.1.255.1', '255.255.0.0'), true)
})
