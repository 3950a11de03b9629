import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { type PlainRecord, plainIso } from '../../testing/plain-iso.ts'
import { type ByteSource, bufferSource, OutsideOfSource } from '../byte-source.ts'
import { findFile, readStart, type Tree, Unreadable } from '../tree.ts'
import { readIso } from './iso.ts'
import { readUdf } from './udf.ts'

/** Made by xorriso and genisoimage from a folder of the names below. */
const made = (name: string) =>
  gunzipSync(readFileSync(join(import.meta.dirname, '../../testing/isos', `${name}.iso.gz`)))
const read = async (bytes: Buffer): Promise<Tree> => {
  const tree = await readIso(bufferSource(bytes))
  assert.ok(tree)
  return tree
}
const textOf = async (tree: Tree, path: string) => {
  const file = findFile(tree, path)
  return file && (await readStart(tree, file, 100)).toString()
}
const long = 'n'.repeat(240)

test('Rock Ridge: long names, links, folders deeper than eight, what starts as a CD', async () => {
  const tree = await read(made('rock-ridge'))
  assert.deepEqual([...tree.files.keys()].sort(), [
    'boot.catalog',
    'boot/A Long File name with spaces.txt',
    'boot/bios.img',
    'boot/efi.img',
    `boot/${long}`,
    'deep/a/b/c/d/e/f/g/h/i/file',
    'live/filesystem.squashfs',
  ])
  assert.deepEqual([...tree.links], [['boot/link', '../live/filesystem.squashfs']])
  assert.equal(await textOf(tree, 'boot/link'), 'hello\n')
  assert.equal(await textOf(tree, 'deep/a/b/c/d/e/f/g/h/i/file'), 'x\n')
  assert.deepEqual([tree.label, tree.startsAsCd], ['ROCK_RIDGE', ['bios', 'uefi']])
})

test('Joliet: names with case and spaces', async () => {
  const tree = await read(made('joliet'))
  assert.equal(await textOf(tree, 'A Long File name with spaces.txt'), 'k\n')
  assert.equal(await textOf(tree, 'filesystem.squashfs'), 'hello\n')
})

test('plain names are found in any case', async () => {
  const tree = await read(made('plain'))
  assert.deepEqual([...tree.files.keys()], ['filesyst.squ'])
  assert.equal(await textOf(tree, 'FILESYST.SQU'), 'hello\n')
})

test('UDF: what the ISO 9660 side does not have', async () => {
  const tree = await read(made('udf'))
  assert.deepEqual([...tree.files.keys()].sort(), [
    'README.TXT',
    'sources/boot.wim',
    'sources/install.wim',
    'sources/setup.exe',
  ])
  assert.equal(await textOf(tree, 'sources/boot.wim'), 'boot.wim\n')
})

test('a file of several extents is one file', async () => {
  const one = { name: 'BIG.BIN;1', goesOn: true }
  const bytes = plainIso({
    18: [
      { ...one, block: 30, size: 2048 },
      { ...one, block: 40, size: 2048 },
      { name: 'BIG.BIN;1', block: 35, size: 7 },
      { name: 'NEXT.;1', block: 36, size: 3 },
    ],
  })
  bytes.write('end', 35 * 2048)
  const tree = await read(bytes)
  assert.deepEqual(tree.files.get('big.bin')?.extents, [
    { source: 0, offset: 30 * 2048, length: 2048 },
    { source: 0, offset: 40 * 2048, length: 2048 },
    { source: 0, offset: 35 * 2048, length: 7 },
  ])
  assert.equal(tree.files.get('big.bin')?.size, 4103)
  assert.equal(tree.files.get('next')?.size, 3)
})

const folder = (name: string, block: number, size = 2048): PlainRecord => ({
  name,
  block,
  size,
  isDirectory: true,
})
const file = (name: string | Buffer, more: Partial<PlainRecord> = {}): PlainRecord => ({
  name,
  block: 30,
  size: 5,
  ...more,
})
const forged: readonly (readonly [string, Buffer, RegExp])[] = [
  [
    'folders that contain each other',
    plainIso({ 18: [folder('A', 20)], 20: [folder('B', 18)] }),
    /contain each other/,
  ],
  ['a name that leaves the tree', plainIso({ 18: [file('../ETC;1')] }), /has a name that leaves it/],
  ['a file beyond the end', plainIso({ 18: [file('A;1', { size: 1e9 })] }), /is it complete\?/],
  ['a file far beyond the end', plainIso({ 18: [file('A;1', { block: 4e9 })] }), /is it complete\?/],
  ['a folder beyond the end', plainIso({ 18: [folder('A', 60, 100_000)] }), /is it complete\?/],
  ['a folder of petabytes', plainIso({ 18: [folder('A', 20, 4e9)] }), /claims 4000000000 bytes/],
  ['a root beyond the end', plainIso({}, { rootSize: 1e7 }), /is it complete\?/],
]
for (const [what, bytes, why] of forged) {
  test(`${what} is refused`, async () => {
    await assert.rejects(readIso(bufferSource(bytes)), (error: Error) => {
      assert.ok(error instanceof Unreadable, String(error))
      assert.match(error.message, why)
      return true
    })
  })
}

test('a chain of folders without end is refused', async () => {
  const chain = Object.fromEntries(Array.from({ length: 80 }, (_, n) => [18 + n, [folder('A', 19 + n)]]))
  await assert.rejects(
    readIso(bufferSource(plainIso(chain, { blocks: 200 }))),
    /deeper than any system|beyond the limits/,
  )
})

test('names with control characters or a backslash are left out', async () => {
  const tree = await read(plainIso({ 18: [file('A\n;1'), file('B\\C;1'), file('OK;1')] }))
  assert.deepEqual([...tree.files.keys()], ['ok'])
})

test('what is no CD image is none', async () => {
  for (const bytes of [Buffer.alloc(0), Buffer.alloc(40_000), Buffer.from('hello')]) {
    assert.equal(await readIso(bufferSource(bytes)), undefined)
    assert.equal(await readUdf(bufferSource(bytes)), undefined)
  }
})

test('a hundred thousand files are listed in about a second, by one read for each folder', async (t) => {
  const perFolder = 1000
  const sectors = Math.ceil((perFolder * 46) / 2048) + 1
  const directories: Record<number, PlainRecord[]> = { 18: [] }
  for (let n = 0; n < 100; n++) {
    const block = 40 + n * sectors
    directories[18]?.push(folder(`D${n}`, block, sectors * 2048))
    directories[block] = Array.from({ length: perFolder }, (_, k) => file(`FILE${k}.BIN;1`))
  }
  const bytes = plainIso(directories, { blocks: 40 + 100 * sectors, rootSize: 3 * 2048 })
  const inner = bufferSource(bytes)
  let reads = 0
  const source: ByteSource = {
    size: inner.size,
    read: (offset, length) => {
      reads += 1
      return inner.read(offset, length)
    },
  }
  const before = process.cpuUsage()
  const tree = await readIso(source)
  const ms = process.cpuUsage(before).user / 1000
  t.diagnostic(`${Math.round(ms)} ms of processor, ${reads} reads`)
  assert.equal(tree?.files.size, 100_000)
  assert.ok(reads < 110, `${reads}`)
  assert.ok(ms < 5000, `${ms} ms of processor`)
})

const numRuns = Number(process.env['FUZZ_RUNS'] ?? 300)
for (const name of ['rock-ridge', 'joliet', 'udf']) {
  test(`no bytes make reading ${name} fail in any other way than with Unreadable`, async () => {
    const whole = made(name)
    const used = Array.from({ length: whole.length / 2048 }, (_, n) => n).filter((n) =>
      whole.subarray(n * 2048, (n + 1) * 2048).some((byte) => byte !== 0),
    )
    const flip = fc.tuple(fc.constantFrom(...used), fc.nat(2047), fc.nat(255))
    const input = fc.tuple(fc.array(flip, { maxLength: 8 }), fc.option(fc.nat(whole.length), { freq: 4 }))
    await fc.assert(
      fc.asyncProperty(input, async ([flips, cut]) => {
        const bytes = Buffer.from(whole)
        for (const [block, at, value] of flips) bytes.writeUInt8(value, block * 2048 + at)
        try {
          const source = bufferSource(bytes.subarray(0, cut ?? bytes.length))
          const tree = await readIso(source)
          for (const { extents } of tree?.files.values() ?? [])
            for (const { offset, length } of extents) await source.read(offset, length)
        } catch (error) {
          assert.ok(
            error instanceof Unreadable || error instanceof OutsideOfSource,
            String((error as Error).stack),
          )
        }
      }),
      { numRuns },
    )
  })
}
