import assert from 'node:assert/strict'
import { test } from 'node:test'
import { diskReportFrom } from './disk-report.ts'

const good = 'mac=52:54:00:00:00:01&release=demo@3&state=write&done=5&total=10&disk=sda'

test('a report is read', () => {
  assert.deepEqual(diskReportFrom(good), {
    mac: '52:54:00:00:00:01',
    release: 'demo@3',
    state: 'write',
    done: 5,
    total: 10,
  })
})

for (const [what, change] of [
  ['another state', ['write', 'evil']],
  ['a hardware address that is none', ['52:54', '5254']],
  ['a release that is none', ['demo@3', '../x']],
  ['a number that is none', ['done=5', 'done=-5']],
  ['nothing', [good, '']],
] as const)
  test(`${what} is no report`, () =>
    assert.equal(diskReportFrom(good.replace(change[0], change[1])), undefined))
