import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { zstdCompressSync } from 'node:zlib'
import { tarEnd, tarHeader, tarPadding } from '@bootcast/image'
import { packSoftware } from './pack-software.ts'
import { softwareFiles } from './software-files.ts'
import { SoftwareRefused, unpackSoftware } from './unpack-software.ts'

async function folder(t: TestContext): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'software-'))
  t.after(() => rm(made, { recursive: true }))
  return made
}

const manifest = (more: object = {}) => JSON.stringify({ version: '1.2.3', ...more })

/** An installation with one of everything that matters. */
const installation: Readonly<Record<string, string>> = {
  'apps/site/package.json': manifest({ dependencies: { '@bootcast/boot': '1', one: '1' } }),
  'apps/site/src/main.ts': 'main',
  'apps/site/src/main.test.ts': 'a test',
  'apps/site/bin/bootcast-site.cjs': 'bin',
  'apps/site/testing/helper.ts': 'a helper',
  'apps/platform/package.json': manifest({ dependencies: { pg: '1' } }),
  'modules/boot/package.json': manifest({
    optionalDependencies: { native: '1', absent: '1', '@aws-sdk/client-s3': '1' },
    devDependencies: { checker: '1' },
  }),
  'modules/boot/src/index.ts': 'boot',
  'modules/content/package.json': manifest(),
  'node_modules/one/package.json': manifest({ dependencies: { two: '1' } }),
  'node_modules/one/LICENSE': 'MIT',
  'node_modules/one/lib/index.js': 'one',
  'node_modules/one/lib/index.d.ts': 'types',
  'node_modules/one/test/index.js': 'its test',
  'node_modules/one/node_modules/two/package.json': manifest(),
  'node_modules/one/node_modules/two/index.cjs': 'two of one',
  'node_modules/two/package.json': manifest(),
  'node_modules/two/index.cjs': 'two of somebody else',
  'node_modules/native/package.json': manifest(),
  'node_modules/native/linux/native.node': 'machine code',
  'node_modules/native/linux/native.cc': 'its source',
  'node_modules/@aws-sdk/client-s3/package.json': manifest(),
  'node_modules/checker/package.json': manifest(),
  'node_modules/pg/package.json': manifest(),
}

async function write(root: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), text)
  }
}

async function installed(t: TestContext, changes: Readonly<Record<string, string>> = {}): Promise<string> {
  const root = await folder(t)
  await write(root, { ...installation, ...changes })
  return root
}

test('the software has what a site loads: no tests, no types, nothing that only a platform needs', async (t) => {
  const root = await installed(t)
  await symlink('LICENSE', join(root, 'node_modules/one/link.js'))
  assert.deepEqual(
    (await softwareFiles(root)).map(({ path }) => path),
    [
      'apps/site/bin/bootcast-site.cjs',
      'apps/site/package.json',
      'apps/site/src/main.ts',
      'modules/boot/package.json',
      'modules/boot/src/index.ts',
      'node_modules/native/linux/native.node',
      'node_modules/native/package.json',
      'node_modules/one/LICENSE',
      'node_modules/one/lib/index.js',
      'node_modules/one/node_modules/two/index.cjs',
      'node_modules/one/node_modules/two/package.json',
      'node_modules/one/package.json',
    ],
  )
})

test('a package that is needed and not installed is told by name', async (t) => {
  const root = await installed(t)
  await rm(join(root, 'node_modules/one'), { recursive: true })
  await assert.rejects(packSoftware(root), {
    code: 'software_incomplete',
    message: /package one of apps\/site/,
  })
})

test('the same files give the same digest wherever they are, and one byte another', async (t) => {
  const [one, two, other] = [
    await packSoftware(await installed(t)),
    await packSoftware(await installed(t)),
    await packSoftware(await installed(t, { 'modules/boot/src/index.ts': 'boOt' })),
  ]
  assert.equal(one.digest, two.digest)
  assert.equal(one.version, '1.2.3')
  assert.notEqual(one.digest, other.digest)
})

test('what was packed is there again after unpacking, and our packages find each other', async (t) => {
  const { bytes } = await packSoftware(await installed(t))
  const to = join(await folder(t), 'unpacked')
  await unpackSoftware(bytes, to)
  const text = (path: string) => readFile(join(to, path), 'utf8')
  assert.equal(await text('apps/site/src/main.ts'), 'main')
  assert.equal(await text('node_modules/@bootcast/boot/src/index.ts'), 'boot')
  assert.equal(await text('node_modules/one/node_modules/two/index.cjs'), 'two of one')
  assert.equal(await readlink(join(to, 'node_modules/@bootcast/boot')), '../../modules/boot')
  assert.deepEqual(JSON.parse(await text('package.json')).workspaces, ['modules/*', 'apps/*'])
})

type Entry = readonly [path: string, content: string, link?: string]
const main: Entry = ['apps/site/src/main.ts', 'main']
const boot: Entry = ['modules/boot/src/index.ts', 'boot']

function tarOf(entries: readonly Entry[]): Buffer {
  const parts = entries.flatMap(([path, content, link]) => [
    tarHeader({ path, size: content.length, ...(link !== undefined && { link }) }),
    Buffer.from(content),
    Buffer.alloc(tarPadding(content.length)),
  ])
  return Buffer.concat([...parts, tarEnd])
}

const hostile: Readonly<Record<string, () => Buffer>> = {
  'a name that leaves the folder': () => zstdCompressSync(tarOf([main, boot, ['../escaped', 'x']])),
  'a name that leaves it further inside': () =>
    zstdCompressSync(tarOf([main, boot, ['modules/../../escaped', 'x']])),
  'a symbolic link': () => zstdCompressSync(tarOf([main, boot, ['modules/out', '', 'boot']])),
  'a file that is a folder, too': () => zstdCompressSync(tarOf([main, boot, ['modules/boot', 'x']])),
  'a name without end': () => zstdCompressSync(tarOf([main, boot, [`modules/${'x'.repeat(600)}`, 'x']])),
  'no program of a site': () => zstdCompressSync(tarOf([boot])),
  'no tar': () => zstdCompressSync(Buffer.alloc(5000, 'x')),
  'a tar that is cut': () => zstdCompressSync(tarOf([main, boot]).subarray(0, 1600)),
  'no zstd': () => tarOf([main, boot]),
  'what is cut': () => zstdCompressSync(tarOf([main, boot])).subarray(0, 60),
  'what unpacks to more than there is': () => zstdCompressSync(Buffer.alloc(129 * 2 ** 20)),
  'more files than there are': () =>
    zstdCompressSync(
      tarOf([main, boot, ...Array.from({ length: 25_001 }, (_, n): Entry => [`modules/f${n}`, ''])]),
    ),
}

for (const [what, made] of Object.entries(hostile))
  test(`refused, and nothing is written: ${what}`, async (t) => {
    const parent = await folder(t)
    await assert.rejects(unpackSoftware(made(), join(parent, 'unpacked')), SoftwareRefused)
    assert.deepEqual(await readdir(parent), [])
  })

test('a name from the root of the disk stays in the folder', async (t) => {
  const to = join(await folder(t), 'unpacked')
  await unpackSoftware(zstdCompressSync(tarOf([main, boot, ['/etc/passwd', 'x']])), to)
  assert.equal(await readFile(join(to, 'etc/passwd'), 'utf8'), 'x')
})
