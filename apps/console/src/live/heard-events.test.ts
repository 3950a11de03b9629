import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Boot, BootDetail, TimelineEvent } from '@bootcast/contract'
import { asOfNow, nothingHeard, withHeard } from './heard-events.ts'

const at = (second: number) => `2026-11-26T08:00:0${second}.000Z`
const lease = (n: number, second: number, times?: number): TimelineEvent => ({
  ...{ kind: 'lease', n, at: at(second), leased: '10.77.0.9' },
  ...(times !== undefined && { times, until: at(second + times) }),
})
const boot = (events: number, more: Partial<Boot> = {}): Boot => ({
  ...{ id: '01abf4a3-2000-7000-8000-000000000001', mac: '52:54:00:b0:07:01', state: 'booting' as const },
  ...{ beganAt: at(0), lastAt: at(events), bytes: 0, events },
  ...more,
})
const detail: BootDetail = { ...boot(2), timeline: [lease(1, 1), lease(2, 2)] }

test('what happens comes behind what has happened, and an event that goes on keeps its place', () => {
  const heard = [
    { boot: boot(2), event: lease(1, 1, 3) },
    { boot: boot(3, { state: 'started' }), event: lease(3, 5) },
  ].reduce(withHeard, nothingHeard)
  const now = asOfNow(detail, heard)
  assert.deepEqual(now.timeline, [lease(1, 1, 3), lease(2, 2), lease(3, 5)])
  assert.deepEqual([now.state, now.events], ['started', 3])
})

test('an answer that is newer than what was heard is believed', () => {
  const heard = withHeard(nothingHeard, { boot: boot(1, { state: 'waiting' }), event: lease(1, 1) })
  const newer = { ...detail, timeline: [lease(1, 1, 4), lease(2, 2)] }
  assert.deepEqual(asOfNow(newer, heard), newer)
})

test('a cause that is taken back is gone', () => {
  const cause = { code: 'c', text: 't', todo: 'd' }
  const failed: BootDetail = { ...detail, state: 'failed', cause }
  assert.equal(asOfNow(failed, withHeard(nothingHeard, { boot: boot(2) })).cause, undefined)
})
