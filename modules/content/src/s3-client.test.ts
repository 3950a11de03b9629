import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

test('where the optional SDK is not installed, S3 says so and everything else works', async (t) => {
  // The same files where no node_modules is above them.
  const folder = mkdtempSync(join(tmpdir(), 'bootcast-no-sdk-'))
  t.after(() => rmSync(folder, { recursive: true }))
  cpSync(import.meta.dirname, folder, { recursive: true })
  const content = (await import(join(folder, 'index.ts'))) as typeof import('./index.ts')
  const { signal } = new AbortController()
  const asked = content.openS3Object({ bucket: 'a', key: 'b' }, { region: 'us-east-1' }, signal)
  await assert.rejects(asked, {
    code: 's3_not_installed',
    message: /@aws-sdk\/client-s3.* not installed here.*npm ci/,
  })
  const settings = { bucket: 'images', prefix: '', region: 'us-east-1', scratch: folder }
  await assert.rejects(content.S3Store.open(settings), { code: 's3_not_installed' })
  assert.equal(content.digestOf(Buffer.from('')).length, 71)
})
