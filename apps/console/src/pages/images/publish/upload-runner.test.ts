import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { setImmediate as soon } from 'node:timers/promises'
import {
  ApiError,
  type Client,
  type PendingUpload,
  type ResumableUploads,
  Unreachable,
} from '@bootcast/contract'
import { RememberedUploads, uploadKeyOf } from './remembered.ts'
import { UploadRunner } from './upload-runner.ts'

const plan = { image: 'demo', channel: 'stable' }
const at = '2026-01-01T00:00:00.000Z'

/** A platform that keeps what comes, and breaks when it is told to. */
class FakePlatform {
  readonly bytes = new Map<string, Uint8Array>()
  readonly published: string[] = []
  pending: PendingUpload[] = []
  /** Calls that break, by name, so often; after the deed when the name ends with `late`. */
  breaks: Record<string, number> = {}

  readonly uploads: ResumableUploads = {
    create: async ({ name, size, key }) => {
      this.#maybeBreak('create')
      const id = `u${this.pending.length + 1}`
      this.pending.push({ id, name, size, key, offset: 0, expiresAt: at })
      this.bytes.set(id, new Uint8Array())
      this.#maybeBreak('create late')
      return id
    },
    offset: async (id) => {
      this.#maybeBreak('offset')
      return this.#of(id).length
    },
    append: async (id, { from, body }) => {
      this.#maybeBreak('append')
      const before = this.#of(id)
      assert.equal(from, before.length)
      this.bytes.set(id, Buffer.concat([before, new Uint8Array(body as ArrayBuffer)]))
      this.#maybeBreak('append late')
      return this.#of(id).length
    },
    remove: async (id) => {
      this.pending = this.pending.filter((one) => one.id !== id)
    },
  }

  readonly client = {
    call: async (name: string, input: { body?: { input: { upload: string } } }) => {
      if (name === 'listUploads') return { items: this.pending }
      if (name === 'listPublications')
        return { items: this.published.map((upload) => ({ id: upload, input: { name: '', upload } })) }
      this.#maybeBreak('publish')
      this.published.push(input.body?.input.upload ?? '')
      this.#maybeBreak('publish late')
      return { id: 'p1' }
    },
  } as unknown as Client

  #of(id: string): Uint8Array {
    const bytes = this.bytes.get(id)
    if (bytes === undefined)
      throw new ApiError({ type: '', title: '', status: 404, code: 'upload_not_found', detail: 'gone' })
    return bytes
  }

  #maybeBreak(what: string): void {
    const left = this.breaks[what] ?? 0
    this.breaks[what] = left - 1
    if (left > 0) throw new Unreachable('cut')
  }
}

function scene() {
  const platform = new FakePlatform()
  const kept = new Map<string, string>()
  const storage = {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => void kept.set(name, value),
  }
  const remembered = new RememberedUploads(() => storage)
  const states: string[] = []
  const runner = new UploadRunner({ ...platform, remembered, wait: async () => void (await soon()) })
  runner.watch(() => {
    const [state = 'gone'] = runner.sendings.map((sending) => sending.state)
    if (states.at(-1) !== state) states.push(state)
  })
  const ended = async () => {
    while (runner.sendings.some(({ state }) => state !== 'failed')) await soon()
  }
  return { platform, remembered, runner, states, ended }
}

const fileOf = (bytes: Uint8Array<ArrayBuffer>, name = 'a.iso') =>
  new File([bytes], name, { lastModified: 7 })

test('a file is sent over broken connections and lost answers, once, whole, and published once', async () => {
  const { platform, runner, states, ended, remembered } = scene()
  const bytes = new Uint8Array(randomBytes(3_000_000))
  platform.breaks = { 'create late': 1, append: 2, 'append late': 1, offset: 1, 'publish late': 1 }
  runner.start(fileOf(bytes), plan)
  await ended()
  assert.deepEqual(
    [...platform.bytes.values()].map((sent) => Buffer.compare(sent, bytes)),
    [0],
  )
  assert.deepEqual(platform.published, ['u1'])
  assert.ok(
    states.includes('lost') && states.includes('sending') && states.includes('starting'),
    String(states),
  )
  assert.equal(states.at(-1), 'gone')
  assert.equal(remembered.find('u1'), undefined)
})

test('what was sent before a reload is not sent again', async () => {
  const { platform, runner, ended } = scene()
  const bytes = new Uint8Array(randomBytes(600_000))
  const file = fileOf(bytes)
  platform.pending.push({
    id: 'u0',
    name: 'a.iso',
    size: 600_000,
    key: uploadKeyOf(file),
    offset: 400_000,
    expiresAt: at,
  })
  platform.bytes.set('u0', bytes.subarray(0, 400_000))
  runner.start(file, plan)
  await ended()
  assert.deepEqual([platform.published, platform.bytes.size], [['u0'], 1])
  assert.equal(Buffer.compare(platform.bytes.get('u0') ?? Buffer.alloc(0), bytes), 0)
})

test('a file that cannot be read any more fails, and is not taken for a broken connection', async () => {
  const { runner, ended } = scene()
  const broken = { arrayBuffer: () => Promise.reject(new DOMException('', 'NotReadableError')) }
  runner.start({ name: 'a', size: 5, lastModified: 1, slice: () => broken as unknown as Blob }, plan)
  await ended()
  assert.deepEqual(
    runner.sendings.map(({ state, error }) => [state, error?.name]),
    [['failed', 'FileUnreadable']],
  )
})

test('a refusal is told at once, and can be tried again; a cancelled one is gone here and there', async () => {
  const { platform, runner, ended } = scene()
  platform.uploads.create = async () => {
    throw new ApiError({ type: '', title: '', status: 413, code: 'blob_too_large', detail: 'too large' })
  }
  runner.start(fileOf(new Uint8Array(10)), plan)
  await ended()
  const [failed] = runner.sendings
  assert.deepEqual([failed?.state, failed?.error?.message], ['failed', 'too large'])
  await runner.cancel(failed?.id ?? 0)
  assert.deepEqual(runner.sendings, [])
})

test('three files at once: two are sent, one waits', async () => {
  const { runner, ended, platform } = scene()
  const busy: number[] = []
  runner.watch(() =>
    busy.push(runner.sendings.filter(({ state }) => state === 'sending' || state === 'starting').length),
  )
  for (const n of [1, 2, 3]) runner.start(fileOf(new Uint8Array(randomBytes(300_000)), `${n}.iso`), plan)
  await ended()
  assert.equal(Math.max(...busy), 2)
  assert.equal(platform.published.length, 3)
})
