import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { RunningDigest } from './running-digest.ts'
import type { Sendable } from './sending.ts'

const bytes = randomBytes(1_000_000)
const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`

function scene(t: TestContext) {
  const reads: number[] = []
  const hashed: number[] = []
  const file: Sendable = {
    name: 'image.iso',
    size: bytes.length,
    key: 'key',
    async *read(from, onBytes) {
      reads.push(from)
      for (let at = from; at < bytes.length; ) {
        const piece = Uint8Array.from(bytes.subarray(at, at + 300_000))
        at += piece.length
        onBytes(at)
        yield piece
      }
    },
  }
  const stopping = new AbortController()
  t.after(() => stopping.abort())
  const running = new RunningDigest(file, stopping.signal, (at) => hashed.push(at))
  running.digest.catch(() => undefined)
  const send = async (from: number, until = bytes.length) => {
    for await (const piece of running.heard.read(from, () => undefined)) {
      from += piece.length
      if (from >= until && until < bytes.length) return
    }
  }
  return { running, reads, hashed, stopping, send }
}

test('a file that is sent quickly is read once', async (t) => {
  const { running, reads, hashed, send } = scene(t)
  await send(0)
  assert.equal(await running.digest, digest)
  assert.deepEqual(reads, [0])
  assert.deepEqual(hashed, [300_000, 600_000, 900_000, 1_000_000])
})

test('a piece that is sent a second time counts once', async (t) => {
  const { running, reads, send } = scene(t)
  await send(0, 600_000)
  await send(450_000)
  assert.equal(await running.digest, digest)
  assert.deepEqual(reads, [0, 450_000])
})

test('what was sent before is read, beside the sending of the rest', async (t) => {
  const { running, reads, send } = scene(t)
  await send(700_000)
  assert.equal(await running.digest, digest)
  assert.deepEqual(reads.toSorted(), [0, 700_000])
})

test('who wants the digest early has it before all is sent', async (t) => {
  const { running, send } = scene(t)
  await send(0, 300_000)
  running.readAhead()
  assert.equal(await running.digest, digest)
})

test('stopped, it says why', async (t) => {
  const { running, stopping, send } = scene(t)
  await send(0, 300_000)
  stopping.abort(new Error('enough'))
  await assert.rejects(running.digest, /enough/)
})
