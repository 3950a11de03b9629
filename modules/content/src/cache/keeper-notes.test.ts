import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { digestOf } from '../digest.ts'
import { KeeperNotes, type NotesSettings } from './keeper-notes.ts'

const digest = digestOf(Buffer.from('kernel'))

async function settings(t: TestContext): Promise<NotesSettings> {
  const folder = await mkdtemp(join(tmpdir(), 'bootcast-notes-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const onTrouble = (error: unknown) => assert.fail(`${error}`)
  return { file: join(folder, 'new', 'notes.json'), writeEveryMs: 60_000, now: () => 1000, onTrouble }
}

test('what is noted is there again after closing, also what came while it was being written', async (t) => {
  const where = await settings(t)
  const notes = await KeeperNotes.open(where)
  notes.used.set('demo@1', 1)
  notes.changed()
  const closing = notes.close()
  await setImmediate()
  notes.used.set('demo@2', 2)
  notes.verified.set(digest, { at: 3, seal: 'as it was' })
  notes.changed()
  await closing
  const again = await KeeperNotes.open(where)
  assert.deepEqual([...again.used.keys()], ['demo@1', 'demo@2'])
  assert.deepEqual([...again.verified], [[digest, { at: 3, seal: 'as it was' }]])
  assert.deepEqual(await readdir(join(where.file, '..')), ['notes.json'])
})

test('a time that is still to come counts as now', async (t) => {
  const where = await settings(t)
  const file = join(where.file, '..', '..', 'notes.json')
  const verified = [[digest, { at: 5000, seal: 'x' }]]
  await writeFile(file, JSON.stringify({ version: 1, used: [['demo@1', 5000]], verified }))
  const notes = await KeeperNotes.open({ ...where, file })
  assert.equal(notes.used.get('demo@1'), 1000)
  assert.equal(notes.verified.get(digest)?.at, 1000)
})
