import assert from 'node:assert/strict'
import { test } from 'node:test'
import { diskReportFrom } from './disk-report.ts'

const good = 'state=write&done=5&total=10&disk=vda'

test('a report is read', () => {
  assert.deepEqual(diskReportFrom(good), { state: 'write', done: 5, total: 10 })
  assert.deepEqual(diskReportFrom(`&${good}`), { state: 'write', done: 5, total: 10 })
})

for (const [name, from, to] of [
  ['a state that is none', 'write', 'nonsense'],
  ['bytes that are no number', 'done=5', 'done=-5'],
  ['a total that is missing', '&total=10', ''],
] as const)
  test(`${name} is no report`, () => assert.equal(diskReportFrom(good.replace(from, to)), undefined))
