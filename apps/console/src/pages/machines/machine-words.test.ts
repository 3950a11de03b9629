import assert from 'node:assert/strict'
import { test } from 'node:test'
import { firmwareOf, hardwareOf, productOf } from './machine-words.ts'

test('the maker stands before the product, once', () => {
  assert.equal(productOf({ manufacturer: 'Dell Inc.', product: 'OptiPlex' }), 'Dell Inc. OptiPlex')
  assert.equal(productOf({ manufacturer: 'LENOVO', product: 'Lenovo X1' }), 'Lenovo X1')
  assert.equal(productOf({ manufacturer: 'QEMU' }), 'QEMU')
  assert.equal(productOf({}), undefined)
})

test('firmware is told as people write it, and what is not known as it came', () => {
  assert.deepEqual(
    ['bios', 'uefi', 'uefi-x64-http', 'constructor', undefined].map((one) => firmwareOf(one)),
    ['BIOS', 'UEFI', 'UEFI (x64, http)', 'constructor', undefined],
  )
  assert.equal(hardwareOf({ architecture: 'x86_64', firmware: 'bios' }), 'x86_64, BIOS')
  assert.equal(hardwareOf({ architecture: 'unknown' }), undefined)
})
