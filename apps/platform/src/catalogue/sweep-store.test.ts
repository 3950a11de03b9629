import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { DiskStore } from '@bootcast/content'
import { openDatabase } from '../database/open.ts'
import { SqlCatalogueStore } from './sql-catalogue-store.ts'
import { sweepStore } from './sweep-store.ts'

const day = 24 * 60 * 60 * 1000

async function* inOnePiece(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

test('files of releases stay, and new ones that are not published yet; the rest gives its room back', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bootcast-sweep-'))
  try {
    const blobs = await DiskStore.open({ root: folder })
    const database = await openDatabase({ kind: 'sqlite', path: ':memory:' })
    const catalogue = new SqlCatalogueStore(database)
    const kept = await blobs.put(inOnePiece('kernel'))
    const left = await blobs.put(inOnePiece('left over'))
    await catalogue.addRelease({
      image: 'demo',
      architecture: 'x86_64',
      kernel: { name: 'vmlinuz', ...kept },
      initrds: [],
      cmdline: '',
      createdAt: 0,
      createdBy: 'admin',
    })
    assert.deepEqual(await sweepStore({ catalogue, blobs, now: Date.now() }), { blobs: 0, bytes: 0 })
    assert.deepEqual(await sweepStore({ catalogue, blobs, now: Date.now() + 2 * day }), {
      blobs: 1,
      bytes: left.size,
    })
    assert.equal((await blobs.find(kept.digest)).size, kept.size)
    await assert.rejects(blobs.find(left.digest), { code: 'blob_missing' })
    await catalogue.removeImage('demo')
    assert.equal((await sweepStore({ catalogue, blobs, now: Date.now() + 2 * day })).blobs, 1)
    await database.destroy()
  } finally {
    await rm(folder, { recursive: true })
  }
})
