import assert from 'node:assert/strict'
import { test } from 'node:test'
import { siteFolder } from '../../testing/site-folder.ts'
import { TrafficMeter } from './traffic.ts'

test('what was sent and fetched is counted over restarts; a full disk ends nothing', (t) => {
  const database = siteFolder(t).open()
  const errors: unknown[] = []
  const meter = () =>
    new TrafficMeter({
      database,
      wanBytes: () => 40,
      fetchedBytes: () => 60,
      onError: (error) => errors.push(error),
    })
  const sent = { kind: 'file', what: 'file', mac: '52:54:00:00:00:01', bytes: 100 } as never
  const before = meter()
  before.note(sent)
  before.stop()
  const after = meter()
  after.note(sent)
  assert.deepEqual(after.now, { bytes: 200, cachedBytes: 80, wanBytes: 80 })
  database.sqlite.exec('PRAGMA query_only=1')
  assert.deepEqual(errors, [])
  after.stop()
  assert.equal(errors.length, 1)
})
