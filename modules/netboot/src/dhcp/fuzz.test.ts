import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fuzzDhcp } from '../../testing/fuzz-dhcp.ts'

test('spoilt messages crash nothing, nonsense gets no answer, and no address has two clients', async (t) => {
  const seed = Date.now() % 1_000_000
  t.diagnostic(`seed ${seed}`)
  const report = await fuzzDhcp(30_000, seed)
  for (const kind of ['malformed', 'ignored', 'offers', 'acks', 'naks'] as const)
    assert.ok(report[kind] > 100, `${kind}: ${report[kind]}`)
  assert.ok(report.heapGrowthMiB < 64, `${report.heapGrowthMiB} MiB`)
})
