import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { loadRecipes, ownRecipes } from '@bootcast/image'
import { plainIso } from '@bootcast/image/testing/plain-iso'
import { foreseenParts } from './foreseen-parts.ts'

const MiB = 1024 * 1024
const size = 60 * MiB
const folder = mkdtempSync(join(tmpdir(), 'bootcast-foreseen-'))
after(() => rmSync(folder, { recursive: true }))
const recipes = await loadRecipes(ownRecipes)

/** A live CD as far as it is here: its directories, not yet its files. */
function arriving(rootfsBlock: number): string {
  const path = join(folder, `${rootfsBlock}.iso`)
  const live = [
    { name: 'vmlinuz', block: 21, size: 10 },
    { name: 'initrd.img', block: 22, size: 10 },
    { name: 'filesystem.squashfs', block: rootfsBlock, size: 40 * MiB },
  ]
  writeFileSync(
    path,
    plainIso({ 18: [{ name: 'live', block: 20, size: 2048, isDirectory: true }], 20: live }),
  )
  truncateSync(path, 16 * MiB)
  return path
}

test('the root file system of a CD image is foreseen while most of it is still to come', async () => {
  const parts = await foreseenParts({ path: arriving(1_000), size, recipes })
  assert.deepEqual(parts, [{ offset: 1_000 * 2048, length: 40 * MiB }])
})

test('a file that would end behind the image is not, nor is anything of what is no CD image', async () => {
  assert.deepEqual(await foreseenParts({ path: arriving(20_000), size, recipes }), [])
  const noise = join(folder, 'noise')
  writeFileSync(noise, 'x'.repeat(100_000))
  assert.deepEqual(await foreseenParts({ path: noise, size, recipes }), [])
  assert.deepEqual(await foreseenParts({ path: join(folder, 'gone'), size, recipes }), [])
})
