import assert from 'node:assert/strict'
import { buffer } from 'node:stream/consumers'
import { test } from 'node:test'
import { steady } from './steady.ts'

/** So many pieces; each takes the server this long by the clock. */
function server({ pieces, bytes, seconds }: { pieces: number; bytes: number; seconds: number }) {
  const clock = { ms: 0 }
  async function* source() {
    for (let n = 0; n < pieces; n++) {
      clock.ms += seconds * 1000
      yield Buffer.alloc(bytes)
    }
  }
  return { clock, bytes: steady(source(), () => clock.ms) }
}

test('a server that gives a few bytes now and then is given up', async () => {
  const { bytes } = server({ pieces: 1000, bytes: 100, seconds: 20 })
  await assert.rejects(buffer(bytes), { code: 'fetch_failed', message: /less than 64 KiB in a minute/ })
})

test('a slow server that gives enough is not', async () => {
  const { bytes } = server({ pieces: 50, bytes: 32 * 1024, seconds: 20 })
  assert.equal((await buffer(bytes)).length, 50 * 32 * 1024)
})

test('who reads slowly is no reason', async () => {
  const { bytes, clock } = server({ pieces: 50, bytes: 1, seconds: 1 })
  let size = 0
  for await (const piece of bytes) {
    size += piece.length
    clock.ms += 300_000
  }
  assert.equal(size, 50)
})
