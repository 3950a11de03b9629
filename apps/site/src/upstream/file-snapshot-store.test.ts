import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { FileSnapshotStore } from './file-snapshot-store.ts'

async function scene(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'bootcast-snapshot-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const path = join(folder, 'snapshot')
  return { folder, path, store: new FileSnapshotStore(path) }
}
const kept = (text: string) => ({ bytes: Buffer.from(text), signature: 'c2ln', clockOffset: -7 })

test('what was saved last is loaded, by its owner alone; forgotten it is gone', async (t) => {
  const { store, path, folder } = await scene(t)
  assert.equal(await store.load(), undefined)
  await store.save(kept('one'))
  await store.save(kept('two\nlines\n'))
  assert.deepEqual(await store.load(), kept('two\nlines\n'))
  assert.equal((await stat(path)).mode & 0o077, 0)
  await store.forget()
  await store.forget()
  assert.deepEqual([await store.load(), await readdir(folder)], [undefined, []])
})

test('what cannot be written leaves the one before, and nothing beside it', async (t) => {
  const { store, path, folder } = await scene(t)
  await mkdir(path)
  await assert.rejects(store.save(kept('no')))
  assert.deepEqual(await readdir(folder), ['snapshot'])
})

test('killed with -9 at any moment: the old one or the new one is there, whole', async (t) => {
  const { store, path } = await scene(t)
  const code = `
    import { FileSnapshotStore } from ${JSON.stringify(join(import.meta.dirname, 'file-snapshot-store.ts'))}
    const store = new FileSnapshotStore(process.argv[1])
    for (let n = 0; ; n += 1) {
      await store.save({ bytes: Buffer.alloc(300_000, String(n % 10)), signature: String(n), clockOffset: n })
      console.log(n)
    }`
  for (let round = 0; round < 3; round += 1) {
    const args = ['--input-type=module-typescript', '--eval', code, path]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    const closed = once(child, 'close')
    let said = ''
    child.stdout.on('data', (part: Buffer) => {
      said += part
    })
    while (said.split('\n').length < 4 && child.exitCode === null) await sleep(5)
    await sleep(20 * Math.random())
    child.kill('SIGKILL')
    await closed
    const found = await store.load()
    assert.ok(found)
    const last = Number(said.trim().split('\n').at(-1))
    assert.ok(
      found.clockOffset === last || found.clockOffset === last + 1,
      `${found.clockOffset} after ${last}`,
    )
    assert.equal(found.signature, String(found.clockOffset))
    assert.ok(found.bytes.equals(Buffer.alloc(300_000, String(found.clockOffset % 10))))
  }
})
