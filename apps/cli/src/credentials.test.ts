import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  credentialsPath,
  readCredentials,
  withoutSignIn,
  withSignIn,
  writeCredentials,
} from './credentials.ts'
import { Failure } from './failure.ts'

async function directory() {
  const dir = await mkdtemp(join(tmpdir(), 'bootcast-credentials-'))
  return { dir, [Symbol.asyncDispose]: () => rm(dir, { recursive: true }) }
}
const signIn = { user: 'admin', token: 'T', expiresAt: '2030-01-01T00:00:00Z' }

test('without a file there are no sign-ins', async () => {
  await using place = await directory()
  assert.deepEqual(await readCredentials(join(place.dir, 'none')), { platforms: {} })
})

test('only the user may read what is written, and nothing else is left', async () => {
  await using place = await directory()
  const dir = join(place.dir, 'new')
  await writeCredentials(dir, withSignIn({ platforms: {} }, 'http://a', signIn))
  await writeCredentials(dir, withSignIn(await readCredentials(dir), 'http://b', signIn))
  assert.equal((await stat(credentialsPath(dir))).mode & 0o777, 0o600)
  assert.deepEqual(await readdir(dir), ['credentials.json'])
  assert.deepEqual(await readCredentials(dir), {
    current: 'http://b',
    platforms: { 'http://a': signIn, 'http://b': signIn },
  })
})

test('signing out of the current platform leaves none current', () => {
  const both = withSignIn(withSignIn({ platforms: {} }, 'http://a', signIn), 'http://b', signIn)
  assert.deepEqual(withoutSignIn(both, 'http://b'), { platforms: { 'http://a': signIn } })
  assert.equal(withoutSignIn(both, 'http://a').current, 'http://b')
})

for (const text of ['', '{', '[]', '{"platforms":{"http://a":{"token":1}}}']) {
  test(`a file with ${JSON.stringify(text)} is not taken for no sign-ins`, async () => {
    await using place = await directory()
    await writeFile(credentialsPath(place.dir), text)
    await assert.rejects(readCredentials(place.dir), Failure)
  })
}
