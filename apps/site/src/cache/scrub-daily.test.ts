import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '../../testing/eventually.ts'
import { scrubDaily } from './scrub-daily.ts'

const round = { blobs: 2, bytes: 7, corrupt: [], unreadable: [] }

test('the cache is read again and again, also after a round that failed; it stops in the middle of one', async () => {
  const log: string[] = []
  let rounds = 0
  let signal: AbortSignal | undefined
  const scrubbing = scrubDaily({
    log: (level, message) => log.push(`${level}: ${message}`),
    delays: { firstMs: 1, everyMs: 1 },
    keeper: {
      scrub: async (stop) => {
        rounds += 1
        if (rounds === 1) throw new Error('EIO')
        if (rounds === 2) return round
        signal = stop
        await new Promise((_, reject) => stop.addEventListener('abort', () => reject(stop.reason)))
        return round
      },
    },
  })
  await eventually(() => signal !== undefined)
  await scrubbing.stop()
  assert.deepEqual(log, ['warn: the cache could not be read again', 'info: the cache was read again'])
})
