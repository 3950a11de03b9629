import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { filledIn, placesIn, withValues } from './template.ts'

test('places are named once, and only proper names are places', () => {
  assert.deepEqual(placesIn('a={{tree}}/x b={{tree}} {{Root}} {{}} {{a b}} { {x}} {{root-fs}}'), [
    'tree',
    'root-fs',
  ])
})

test('a word whose parameter has no value is left out, one without parameters stays', () => {
  const values = new Map([
    ['kickstart', undefined],
    ['console', 'ttyS0'],
    ['empty', ''],
  ])
  assert.equal(
    withValues('quiet inst.ks={{kickstart}} console={{console}},115200 x={{empty}} {{rootfs}}', values),
    'quiet console=ttyS0,115200 x= {{rootfs}}',
  )
})

test('a value with places in it is not filled in again', () => {
  const values = new Map([
    ['a', '{{b}}'],
    ['b', 'secret'],
  ])
  assert.equal(withValues('x={{a}}', values), 'x={{b}}')
})

test('names of the language are no files', () => {
  fc.assert(
    fc.property(fc.constantFrom('constructor', 'toString', 'valueof'), (name) => {
      assert.equal(
        filledIn(`{{${name}}}`, { files: {} }, { base: 'http://h', boot: 'http://h' }),
        `{{${name}}}`,
      )
    }),
  )
})
