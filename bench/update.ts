import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../test/e2e/lab/processes.ts'
import { labCache } from '../tools/deployer/debian-files.ts'
import { newest, unpackTree, updates } from './update-trees.ts'
import { wireBytesOfUpdate } from './wire-bytes.ts'

/**
 * How many bytes an update of a real root file system takes on its way to a site, by the form that it is stored in,
 * beside casync, rsync, and zstd with the whole old file as its dictionary. `npm run bench update`, or
 * `node bench/update.ts WORD` for the forms whose names contain a word. Needs root, 8 GB of disk, and half an hour
 * the first time. Sizes, not times: what else the computer does changes nothing.
 */
const uuid = '6b6f6f74-6361-4374-8000-000000000001'
const plain = ['-noI', '-noD', '-noF', '-noX']
const squashfs = (tree: string, file: string) => ['mksquashfs', tree, file, '-quiet', '-no-progress']
type Form = { readonly name: string; readonly make: (tree: string, file: string) => readonly string[] }
const forms: readonly Form[] = [
  { name: 'squashfs, uncompressed', make: (tree, file) => [...squashfs(tree, file), ...plain] },
  { name: 'squashfs, zstd', make: (tree, file) => [...squashfs(tree, file), '-comp', 'zstd'] },
  {
    name: 'tar',
    make: (tree, file) => ['tar', '-c', '--sort=name', '--numeric-owner', '-f', file, '-C', tree, '.'],
  },
  {
    name: 'erofs, uncompressed',
    make: (tree, file) => ['mkfs.erofs', '--quiet', '-T', `${newest}`, '-U', uuid, file, tree],
  },
  {
    name: 'ext4 of 1,400 MiB',
    make: (tree, file) => [
      'mke2fs',
      '-q',
      '-t',
      'ext4',
      '-d',
      tree,
      '-U',
      uuid,
      '-E',
      `hash_seed=${uuid}`,
      file,
      '1400M',
    ],
  },
]

await mkdir(labCache, { recursive: true })
const folder = await mkdtemp(join(labCache, 'update-'))
try {
  await main()
} finally {
  await rm(folder, { recursive: true, force: true })
}

async function main(): Promise<void> {
  for (const version of ['v1', ...updates] as const) {
    await mkdir(join(folder, version))
    await unpackTree(version, join(folder, version))
  }
  const [word = ''] = process.argv.slice(2)
  print([
    'stored as',
    'update',
    'full',
    'full, zstd -3',
    'bootcast',
    'casync',
    'rsync -z',
    'zstd --patch-from',
  ])
  print(Array(8).fill('---'))
  for (const form of forms.filter(({ name }) => name.includes(word))) await measure(form)
}

async function measure({ name, make }: Form): Promise<void> {
  const file = (version: string) => join(folder, `${version}.image`)
  for (const version of ['v1', ...updates]) {
    const [command = '', ...args] = make(join(folder, version), file(version))
    const env = { ...process.env, SOURCE_DATE_EPOCH: `${newest}`, E2FSPROGS_FAKE_TIME: `${newest}` }
    await run(command, args, { env })
  }
  for (const version of updates) {
    const [old, next] = [file('v1'), file(version)]
    const { down, up } = await wireBytesOfUpdate(old, next)
    const row = [
      (await stat(next)).size,
      await zstdBytes(next, []),
      down + up,
      await casyncBytes(old, next),
      await rsyncBytes(old, next),
      await zstdBytes(next, ['--long=31', `--patch-from=${old}`]),
    ]
    print([name, version, ...row.map((bytes) => `${(bytes / 1e6).toFixed(1)} MB`)])
  }
  for (const version of ['v1', ...updates]) await rm(file(version))
}

async function zstdBytes(path: string, more: readonly string[]): Promise<number> {
  const out = join(folder, 'out.zst')
  await run('zstd', ['-q', '-3', ...more, path, '-o', out])
  const { size } = await stat(out)
  await rm(out)
  return size
}

/** The index of the new file, and the chunks that it adds to a store that has those of the old one. */
async function casyncBytes(old: string, next: string): Promise<number> {
  const [store, index] = [join(folder, 'store.castr'), join(folder, 'index.caibx')]
  const make = (path: string) => run('casync', ['make', `--store=${store}`, index, path])
  await make(old)
  const before = await bytesIn(store)
  await make(next)
  const added = (await bytesIn(store)) - before
  const { size } = await stat(index)
  await rm(store, { recursive: true })
  await rm(index)
  return added + size
}

async function bytesIn(path: string): Promise<number> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  const sizes = await Promise.all(
    files.map(async (entry) => (await stat(join(entry.parentPath, entry.name))).size),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}

/** Both ways, between two processes of rsync with a pipe for a network. */
async function rsyncBytes(old: string, next: string): Promise<number> {
  const [copy, shell] = [join(folder, 'copy'), join(folder, 'shell')]
  await run('cp', ['--sparse=always', old, copy])
  await writeFile(shell, '#!/bin/sh\nshift\nexec "$@"\n', { mode: 0o755 })
  const how = ['--no-whole-file', '--compress', '--ignore-times', '--stats', `--rsh=${shell}`]
  const said = await run('rsync', [...how, `pipe:${next}`, copy])
  await rm(copy)
  const counts = [...said.matchAll(/^Total bytes (?:sent|received): ([\d,]+)$/gm)]
  if (counts.length !== 2) throw new Error(`rsync said: ${said}`)
  return counts.reduce((sum, [, count = '']) => sum + Number(count.replaceAll(',', '')), 0)
}

function print(cells: readonly string[]): void {
  process.stdout.write(`| ${cells.join(' | ')} |\n`)
}
