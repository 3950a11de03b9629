import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { type FileHandle, mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { NotDurable, writeAt } from './write-at.ts'

const MiB = 1024 * 1024

async function scene() {
  const folder = await mkdtemp(join(tmpdir(), 'bootcast-write-'))
  const path = join(folder, 'file')
  const file = await open(path, 'w')
  return {
    path,
    file,
    [Symbol.asyncDispose]: async () => {
      await file.close()
      await rm(folder, { recursive: true })
    },
  }
}

/** As they come from a connection: each stands where the last one stood. */
async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  const buffer = Buffer.alloc(size)
  for (let at = 0; at < bytes.length; at += size) {
    const length = bytes.copy(buffer, 0, at, at + size)
    yield buffer.subarray(0, length)
  }
}

/** A disk on which calls go otherwise. */
const withCalls = (file: FileHandle, calls: Partial<FileHandle>): FileHandle =>
  new Proxy(file, {
    get: (target, name: keyof FileHandle) => calls[name] ?? (target[name] as () => unknown).bind(target),
  })

test('bytes stand where they should, in their order, whatever their pieces', async () => {
  await using at = await scene()
  const bytes = randomBytes(3 * MiB + 17)
  const heard: number[] = []
  await writeAt(at.file, 0, pieces(bytes.subarray(0, 100), 7), (end) => heard.push(end))
  await writeAt(at.file, 100, pieces(bytes.subarray(100), 65_536), (end) => heard.push(end))
  assert.deepEqual(await readFile(at.path), bytes)
  assert.deepEqual([heard[0], heard.at(-1)], [100, bytes.length])
})

test('a system that takes only a part of what is written is given the rest', async () => {
  await using at = await scene()
  const bytes = randomBytes(2 * MiB + 17)
  const slow = withCalls(at.file, {
    write: ((from: Buffer, offset: number, length: number, position: number) =>
      at.file.write(from, offset, Math.min(length, 300_000), position)) as FileHandle['write'],
  })
  await writeAt(slow, 0, pieces(bytes, 65_536), () => undefined)
  assert.deepEqual(await readFile(at.path), bytes)
})

test('bytes that the disk lost on the way are an error, also when a later call succeeds', async () => {
  await using at = await scene()
  let calls = 0
  const broken = withCalls(at.file, {
    datasync: async () => {
      calls += 1
      if (calls === 1) throw Object.assign(new Error('EIO'), { code: 'EIO' })
    },
  })
  const much = Buffer.alloc(MiB)
  async function* stream() {
    for (let n = 0; n < 70; n++) yield much
  }
  await assert.rejects(
    writeAt(broken, 0, stream(), () => undefined),
    NotDurable,
  )
  assert.ok(calls >= 1)
})

test('bytes that came before an error are written and durable', async () => {
  await using at = await scene()
  const bytes = randomBytes(MiB + 5)
  async function* breaking() {
    yield* pieces(bytes, 65_536)
    throw new Error('the connection broke')
  }
  let synced = 0
  const watched = withCalls(at.file, {
    datasync: async () => {
      await at.file.datasync()
      synced += 1
    },
  })
  let end = 0
  const heard = (to: number) => {
    end = to
  }
  await assert.rejects(writeAt(watched, 0, breaking(), heard), /the connection broke/)
  assert.deepEqual([end, synced], [bytes.length, 1])
  assert.deepEqual(await readFile(at.path), bytes)
})
