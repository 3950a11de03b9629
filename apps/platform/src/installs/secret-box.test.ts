import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { SecretBox } from './secret-box.ts'
import { readSecretsKey } from './secrets-key.ts'

test('what was sealed opens with its key, as what it is, and not when a bit was changed', () => {
  const box = new SecretBox(randomBytes(32))
  const sealed = box.seal('hunter2 ü', 'a')
  assert.ok(!sealed.includes('hunter2'))
  assert.notEqual(sealed, box.seal('hunter2 ü', 'a'))
  assert.equal(box.open(sealed, 'a'), 'hunter2 ü')
  assert.equal(box.open(sealed, 'b'), undefined)
  assert.equal(new SecretBox(randomBytes(32)).open(sealed, 'a'), undefined)
  for (const broken of [
    '',
    'v1.',
    'v2.AAAA',
    sealed.slice(0, -2),
    `${sealed.slice(0, 8)}A${sealed.slice(9)}x`,
  ])
    assert.equal(box.open(broken, 'a'), undefined, broken)
})

test('the key is made once, for its owner only; one that others may read is refused', async () => {
  const data = await mkdtemp(join(tmpdir(), 'bootcast-key-'))
  try {
    const key = await readSecretsKey({ data, file: undefined })
    const path = join(data, 'secrets.key')
    assert.equal((await stat(path)).mode & 0o777, 0o600)
    assert.deepEqual(await readSecretsKey({ data, file: undefined }), key)
    assert.equal(key.length, 32)
    assert.equal((await readFile(path, 'utf8')).trim(), key.toString('base64'))
    await chmod(path, 0o640)
    await assert.rejects(readSecretsKey({ data, file: undefined }), /others may read/)
    const other = join(data, 'other')
    await assert.rejects(readSecretsKey({ data, file: other }), /cannot be read/)
    await writeFile(other, 'short', { mode: 0o600 })
    await assert.rejects(readSecretsKey({ data, file: other }), /holds no key/)
  } finally {
    await rm(data, { recursive: true })
  }
})
