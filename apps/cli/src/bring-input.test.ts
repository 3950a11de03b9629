import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { ApiError, type Client, type ProblemCode, problems, type ResumableUploads } from '@bootcast/contract'
import { bringInput } from './bring-input.ts'
import type { Connection } from './connection.ts'
import { localFile } from './local-file.ts'
import { sendable } from './sending.ts'
import type { World } from './world.ts'

const MiB = 1024 * 1024
const small = randomBytes(3 * MiB + 5)
const large = randomBytes(40 * MiB + 5)
const digestOf = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

type Kept = { readonly key: string; readonly size: number; bytes: Buffer }

/** What the command sees of a platform, kept in memory. */
class Platform {
  readonly blobs = new Set<string>()
  readonly uploads = new Map<string, Kept>()
  /** Bytes that came by the network. */
  received = 0
  refusal: ProblemCode | undefined
  onPiece: (received: number, signal: AbortSignal | undefined) => Promise<void> | void = () => undefined

  readonly client: Client = { call: async (name, input) => this.#answer(name, input) as never }

  readonly connection: Connection = {
    url: 'http://platform.example',
    user: 'admin',
    token: 'token',
    client: this.client,
    uploads: {
      create: async ({ key, size }) => {
        if (this.refusal !== undefined) throw refused(this.refusal)
        const id = `upload-${this.uploads.size}`
        this.uploads.set(id, { key, size, bytes: Buffer.alloc(0) })
        return id
      },
      offset: async (id) => this.uploads.get(id)?.bytes.length ?? 0,
      append: (id, part, signal) => this.#append(id, part, signal),
      remove: async (id) => void this.uploads.delete(id),
    } satisfies ResumableUploads,
  }

  #answer(name: string, input: unknown): unknown {
    if (name === 'listUploads')
      return {
        items: [...this.uploads].map(([id, { key, size, bytes }]) => ({
          id,
          key,
          size,
          offset: bytes.length,
        })),
      }
    const { params } = input as { readonly params: { readonly digest: string } }
    if (!this.blobs.has(params.digest)) throw refused('blob_missing')
    return undefined
  }

  async #append(id: string, { body }: { readonly body: unknown }, signal?: AbortSignal): Promise<number> {
    const kept = this.uploads.get(id)
    assert.ok(kept !== undefined)
    const parts = [kept.bytes]
    try {
      for await (const piece of body as AsyncIterable<Uint8Array>) {
        signal?.throwIfAborted()
        parts.push(Buffer.from(piece))
        this.received += piece.length
        await this.onPiece(this.received, signal)
      }
    } finally {
      kept.bytes = Buffer.concat(parts)
    }
    return kept.bytes.length
  }
}

function refused(code: ProblemCode): ApiError {
  const { status, title } = problems[code]
  return new ApiError({ type: `urn:bootcast:problem:${code}`, title, status, code, detail: title })
}

/** Never ends by itself. */
const until = (signal: AbortSignal | undefined) =>
  new Promise<void>((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))

async function scene(bytes: Buffer) {
  const folder = await mkdtemp(join(tmpdir(), 'bootcast-bring-'))
  const path = join(folder, 'image.iso')
  await writeFile(path, bytes)
  const said: string[] = []
  const platform = new Platform()
  const world: Omit<World, 'signal'> = {
    stdin: process.stdin,
    stdout: { write: () => undefined },
    stderr: { write: (text) => said.push(text) },
    hostName: 'h',
    configDir: folder,
    mayColour: false,
    mayRedraw: false,
    now: Date.now,
    wait: async () => undefined,
  }
  return {
    path,
    platform,
    said: () => said.join(''),
    bring: async (signal: AbortSignal = new AbortController().signal) =>
      await bringInput({
        world: { ...world, signal },
        connection: platform.connection,
        file: sendable(await localFile(path)),
      }),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  }
}

for (const [size, bytes] of [
  ['small', small],
  ['large', large],
] as const) {
  test(`a ${size} file is sent whole, and named by its upload and its digest`, async () => {
    await using at = await scene(bytes)
    assert.deepEqual(await at.bring(), { upload: 'upload-0', digest: digestOf(bytes) })
    assert.ok(bytes.equals(at.platform.uploads.get('upload-0')?.bytes ?? Buffer.alloc(0)))
    assert.match(at.said(), /image\.iso {2}\d.* MiB {2}uploaded/)
  })

  test(`a ${size} file whose upload the user interrupted goes on where it broke`, async () => {
    await using at = await scene(bytes)
    const interruption = new AbortController()
    at.platform.onPiece = (received) => {
      if (received >= 2 * MiB) interruption.abort()
    }
    await assert.rejects(at.bring(interruption.signal), { name: 'AbortError' })
    const before = at.platform.uploads.get('upload-0')?.bytes.length ?? 0
    assert.ok(before >= 2 * MiB)
    assert.deepEqual(await at.bring(), { upload: 'upload-0', digest: digestOf(bytes) })
    assert.equal(at.platform.received, bytes.length)
    assert.match(at.said(), /image\.iso {2}goes on at \d+%/)
    assert.ok(bytes.equals(at.platform.uploads.get('upload-0')?.bytes ?? Buffer.alloc(0)))
  })

  test(`a ${size} file that the platform has is not sent to its end, and leaves no upload`, async () => {
    await using at = await scene(bytes)
    at.platform.blobs.add(digestOf(bytes))
    at.platform.onPiece = (_, signal) => until(signal)
    assert.deepEqual(await at.bring(), { blob: digestOf(bytes), name: 'image.iso' })
    assert.ok(at.platform.received <= MiB)
    assert.equal(at.platform.uploads.size, 0)
    assert.match(at.said(), /image\.iso .*already there/)
    assert.doesNotMatch(at.said(), /uploaded/)
  })
}

test('a file that was replaced by another of its size and name begins anew', async () => {
  await using at = await scene(small)
  const interruption = new AbortController()
  at.platform.onPiece = () => interruption.abort()
  await assert.rejects(at.bring(interruption.signal))
  const other = randomBytes(small.length)
  await writeFile(at.path, other)
  assert.deepEqual(await at.bring(), { upload: 'upload-1', digest: digestOf(other) })
})

test('a large file that changes while it is sent is not published, and its upload goes', async () => {
  await using at = await scene(large)
  at.platform.onPiece = async (received, signal) => {
    if (received > MiB) return await until(signal)
    await appendFile(at.path, 'more')
  }
  await assert.rejects(at.bring(), { code: 'file_changed' })
  assert.equal(at.platform.uploads.size, 0)
})

test('a platform without room says so, unless it has the file', async () => {
  await using at = await scene(large)
  at.platform.refusal = 'uploads_full'
  await assert.rejects(at.bring(), { code: 'uploads_full' })
  at.platform.blobs.add(digestOf(large))
  assert.deepEqual(await at.bring(), { blob: digestOf(large), name: 'image.iso' })
})
