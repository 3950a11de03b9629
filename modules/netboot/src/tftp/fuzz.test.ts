import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fuzzTftp } from '../../testing/fuzz-tftp.ts'

test('20,000 generated packets crash nothing, and nonsense is not answered', () => {
  const report = fuzzTftp(20_000, 1)
  assert.ok(report.malformed > 2000 && report.requests > 2000 && report.answers > 100)
})
