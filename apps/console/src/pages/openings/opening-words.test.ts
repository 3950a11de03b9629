import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Opening } from '@bootcast/contract'
import { isWide, machinesText, stateAt } from './opening-words.ts'

const opening = (more: Partial<Opening>): Opening => ({
  ...{ id: '1', image: 'demo', machines: {}, boot: true, from: '2026-11-26T12:00:00Z', used: 0 },
  ...{ state: 'open', createdAt: '2026-11-26T12:00:00Z', createdBy: 'admin' },
  ...more,
})

test('machines are told in the order that does not change', () => {
  assert.equal(machinesText({ subnet: '10.0.0.0/8', label: 'lab' }), 'label lab, subnet 10.0.0.0/8')
  assert.equal(machinesText({}), 'every machine')
})

test('an opening is wide when nothing that it demands keeps anybody away', () => {
  for (const criteria of [{}, { subnet: '0.0.0.0/0' }, { product: '*' }]) assert.ok(isWide(criteria))
  for (const criteria of [
    { label: 'lab' },
    { subnet: '10.0.0.0/8' },
    { product: 'O*' },
    { product: '*', mac: 'x' },
  ])
    assert.ok(!isWide(criteria), JSON.stringify(criteria))
})

test('what ends or begins by the clock does so on the page as well', () => {
  const at = (time: string, more: Partial<Opening>) => stateAt(opening(more), new Date(time))
  const until = '2026-11-26T13:00:00Z'
  assert.equal(at('2026-11-26T12:59:59Z', { until }), 'open')
  assert.equal(at('2026-11-26T13:00:00Z', { until }), 'over')
  assert.equal(at('2026-11-26T11:59:59Z', { until, state: 'planned' }), 'planned')
  assert.equal(at('2026-11-26T12:00:00Z', { until, state: 'planned' }), 'open')
  assert.equal(at('2026-11-26T12:00:00Z', { until, state: 'closed' }), 'closed')
})
