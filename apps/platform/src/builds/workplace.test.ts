import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Workplace } from './workplace.ts'

/** Something that no removal gets away, for whoever runs the test: the attribute holds root, too. */
function immovable(path: string): boolean {
  try {
    execFileSync('chattr', ['+i', path], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

test('what of a build cannot be removed is told, and keeps nothing from starting', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'bootcast-workplace-'))
  const [stays, goes] = ['0123456789ab', '0123456789ac']
  for (const id of [stays, goes]) await mkdir(join(folder, id, 'home'), { recursive: true })
  const held = join(folder, stays, 'home')
  if (!immovable(held)) {
    await rm(folder, { recursive: true })
    return t.skip('skipped: chattr +i does nothing here')
  }
  const errors: unknown[] = []
  try {
    await Workplace.open(
      folder,
      () => 'owner',
      (error) => errors.push(error),
    )
    assert.equal(errors.length, 1)
    assert.deepEqual((await readdir(folder)).sort(), [stays, 'owner'])
  } finally {
    execFileSync('chattr', ['-i', held])
    await rm(folder, { recursive: true })
  }
})
