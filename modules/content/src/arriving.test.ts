import assert from 'node:assert/strict'
import { test } from 'node:test'
import { arriving } from './arriving.ts'

test('chunks that were taken are not held: memory stays flat over 512 MiB', async () => {
  async function* chunks() {
    for (let n = 0; n < 8192; n++) yield Buffer.allocUnsafeSlow(64 * 1024)
  }
  const { signal } = new AbortController()
  let most = 0
  for await (const chunk of arriving(chunks(), { signal })) {
    assert.equal(chunk.length, 64 * 1024)
    most = Math.max(most, process.memoryUsage().arrayBuffers)
  }
  assert.ok(most < 200 * 1024 * 1024, `${most} bytes in buffers`)
})

test('a signal ends an upload that hangs, and one that was aborted before begins none', async () => {
  const hanging = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => undefined) }) }
  const abort = new AbortController()
  const first = arriving(hanging, { signal: abort.signal }).next()
  setImmediate(() => abort.abort(new Error('stopped')))
  await assert.rejects(first, /stopped/)
  await assert.rejects(arriving(hanging, { signal: abort.signal }).next(), /stopped/)
})
