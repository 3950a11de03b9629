import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Release, Variant } from '@bootcast/contract'
import { publishTexts } from '../../../texts/publish.ts'
import { warningsOf } from './warnings.ts'

const texts = publishTexts.warnings
const variant: Variant = { architecture: 'x86_64', method: 'linux', cmdline: '', files: [] }
const release = (...variants: Variant[]): Release => ({
  image: 'demo',
  number: 1,
  size: 0,
  variants,
  createdAt: '2026-01-01T00:00:00.000Z',
  createdBy: 'ann',
})

test('what boots everywhere has no warning', () => {
  assert.deepEqual(warningsOf(release(variant)), [])
  assert.deepEqual(
    warningsOf(release({ ...variant, firmware: 'bios' }, { ...variant, firmware: 'uefi' })),
    [],
  )
  assert.deepEqual(warningsOf(release({ ...variant, cpuLevel: 'x86-64-v3' }, variant)), [])
})

for (const [what, more, expected] of [
  ['of one firmware', { firmware: 'bios' }, texts.biosOnly],
  ['of the other', { firmware: 'uefi' }, texts.uefiOnly],
  ['of new processors', { cpuLevel: 'x86-64-v3' }, texts.processor('x86-64-v3')],
  ['with much memory', { memory: 5_000_000_000 }, texts.memory(5_000_000_000)],
  ['as a CD', { method: 'iso' }, texts.iso],
  ['of an unknown kind', { architecture: 'unknown' }, texts.unknown],
] as const)
  test(`a release for machines ${what} says so`, () => {
    assert.deepEqual(warningsOf(release({ ...variant, ...more })), [expected])
  })
