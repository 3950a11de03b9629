import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { readListing } from '../../testing/listing.ts'
import { netbootConfigSchema } from '../netboot-config.ts'
import type { Tree } from '../tree.ts'
import { foreseenFiles } from './foreseen-files.ts'
import { loadRecipes, ownRecipes } from './load-recipes.ts'
import { recognise } from './recognise.ts'

const folder = join(import.meta.dirname, '../../testing/listings')
const listings = readdirSync(folder).map((name) => ({
  name: basename(name, '.txt'),
  ...readListing(join(folder, name)),
}))
const recipes = await loadRecipes(ownRecipes)

for (const { name, tree, family, as, refused } of listings) {
  test(`${name}: exactly one recipe fits, ${family}`, async () => {
    if (refused !== undefined) {
      await assert.rejects(recognise(tree, recipes), (error: Error) => {
        assert.ok(error.message.includes(refused), error.message)
        return true
      })
      return
    }
    const found = await recognise(tree, recipes)
    assert.deepEqual([found.recipe.family, found.as], [family, as])
    for (const { config, files } of found.variants) {
      const { architecture } = netbootConfigSchema.parse({ ...config, provenance: [] })
      assert.equal(architecture, 'x86_64')
      assert.equal(new Set(files.map((file) => file.name)).size, files.length)
      const boot = JSON.stringify(config.boot)
      const roles = new Set(files.map(({ role }) => role))
      const parameters = new Set(config.parameters.map((parameter) => parameter.name))
      for (const [, place = ''] of boot.matchAll(/\{\{([^}]*)\}\}/g))
        assert.ok(place === 'tree' || roles.has(place) || parameters.has(place), `${place} in ${boot}`)
    }
  })
}

test('names alone tell which files of a CD machines will get, but for its kernel', async () => {
  const missed: string[] = []
  for (const { name, tree, refused } of listings) {
    if (refused !== undefined || tree.format !== 'iso') continue
    const foreseen = new Set(foreseenFiles(tree, recipes).map(({ path }) => path))
    const { variants } = await recognise(tree, recipes)
    for (const { file, role } of variants.flatMap(({ files }) => files))
      if (file !== 'whole' && role !== 'kernel' && !foreseen.has(file.path))
        missed.push(`${name} ${file.path}`)
  }
  assert.deepEqual(missed, [])
})

test('every recipe has a listing', () => {
  const covered = new Set([...listings.map(({ family }) => family), 'disk'])
  assert.deepEqual(
    recipes.filter(({ family }) => !covered.has(family)).map(({ family }) => family),
    [],
  )
})

const listed = (name: string): Tree => readListing(join(folder, `${name}.txt`)).tree
const cmdlineOf = async (name: string, index = 0) => {
  const { config } = (await recognise(listed(name), recipes)).variants[index] ?? {}
  return config?.boot.method === 'linux' ? config.boot.cmdline : undefined
}

test('what it was recognised by is said', async () => {
  const found = await recognise(listed('debian-live-12'), recipes)
  assert.equal(
    found.because,
    '/live/filesystem.squashfs, /live/vmlinuz-6.1.0-18-amd64, /live/initrd.img-6.1.0-18-amd64',
  )
  assert.deepEqual(
    found.variants[0]?.files.map(({ role, name }) => [role, name]),
    [
      ['kernel', 'vmlinuz'],
      ['initrd1', 'initrd.img'],
      ['rootfs', 'filesystem.squashfs'],
    ],
  )
})

test('command lines come from the image where it has one', async () => {
  assert.equal(await cmdlineOf('nixos'), 'init=/nix/store/abc-nixos-system/init nohibernate loglevel=4')
  assert.equal(await cmdlineOf('kiwi-kis'), 'root=overlay:UUID=1 console=ttyS0')
  assert.equal(await cmdlineOf('uki', 1), 'root=UUID=1 quiet')
})

test('further words come after those of the recipe', async () => {
  const argumentsOf = async (words?: string) => {
    const [efi, linux] = (await recognise(listed('uki'), recipes, { words })).variants
    const [first, second] = [efi?.config.boot, linux?.config.boot]
    assert.ok(first?.method === 'efi' && second?.method === 'linux')
    return [first.arguments, second.cmdline]
  }
  assert.deepEqual(await argumentsOf(), ['root=UUID=1 quiet', 'root=UUID=1 quiet'])
  assert.deepEqual(await argumentsOf('x=1'), ['root=UUID=1 quiet x=1', 'root=UUID=1 quiet x=1'])
})

test('of several kernels the newest is taken', async () => {
  const tree = listed('kali-live')
  const files = new Map(tree.files)
  const older = files.get('live/vmlinuz-6.6.9-amd64')
  assert.ok(older)
  files.set('live/vmlinuz-6.10.2-amd64', { ...older, path: 'live/vmlinuz-6.10.2-amd64' })
  const [variant] = (await recognise({ ...tree, files }, recipes)).variants
  assert.equal(variant?.files[0]?.name, 'vmlinuz-6.10.2-amd64')
})

test('nothing that fits: what is in it, and what was looked for', async () => {
  const tree = {
    ...listed('memtest'),
    files: new Map([['notes.txt', { path: 'notes.txt', size: 0, extents: [] }]]),
  }
  await assert.rejects(recognise(tree, recipes), (error: Error) => {
    assert.match(error.message, /^Nothing recognises it\. In it: notes\.txt\. Looked for: /)
    assert.match(error.message, /Debian live: live\/filesystem\.squashfs is not there/)
    return true
  })
})

test('a recipe that is asked for by name counts, and one that does not exist is refused', async () => {
  assert.equal((await recognise(listed('debian-live-12'), recipes, { recipe: 'iso' })).recipe.family, 'iso')
  await assert.rejects(
    recognise(listed('debian-live-12'), recipes, { recipe: 'none' }),
    /There is no recipe none\. There are: .*alpine/,
  )
})

test('two recipes that fit are not guessed between', async () => {
  const [recipe] = recipes.filter(({ family }) => family === 'debian-live')
  assert.ok(recipe)
  const twin = { ...recipe, family: 'twin', name: 'Twin' }
  await assert.rejects(
    recognise(listed('debian-live-12'), [recipe, twin]),
    /may be Debian live or Twin.*--recipe debian-live or twin/,
  )
})

test('a kernel that is none is said to be none', async () => {
  const tree = listed('flatcar')
  const files = new Map(tree.files)
  const file = files.get('flatcar_production_pxe_image.cpio.gz')
  assert.ok(file)
  files.set('flatcar_production_pxe.vmlinuz', { ...file, path: 'flatcar_production_pxe.vmlinuz' })
  await assert.rejects(recognise({ ...tree, files }, recipes), /not a Linux kernel/)
})
