import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { type ByteSource, bufferSource, fileSource } from '../byte-source.ts'
import { findFile, readStart, type Tree, Unreadable } from '../tree.ts'
import { readTar } from './tar.ts'

type Member = {
  readonly name: string
  readonly type?: string
  readonly content?: string
  readonly link?: string
  readonly size?: string
}

/** A header in ustar as POSIX draws it, its sum right. */
function header({ name, type = '0', content = '', link = '', size }: Member): Buffer {
  const bytes = Buffer.alloc(512)
  bytes.write(name, 0, 100)
  bytes.write('0000644\0', 100)
  bytes.write(size ?? content.length.toString(8).padStart(11, '0'), 124, 12, 'latin1')
  bytes.write(type, 156)
  bytes.write(link, 157, 100)
  bytes.write('ustar\x0000', 257)
  bytes.fill(0x20, 148, 156)
  const sum = bytes.reduce((total, byte) => total + byte, 0)
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return bytes
}

function tarOf(...members: readonly Member[]): Buffer {
  const parts = members.flatMap((member) => {
    const content = Buffer.from(member.content ?? '')
    return [header(member), content, Buffer.alloc(-content.length & 511)]
  })
  return Buffer.concat([...parts, Buffer.alloc(1024)])
}

const read = async (bytes: Buffer): Promise<Tree> => {
  const tree = await readTar(bufferSource(bytes))
  assert.ok(tree !== undefined)
  return tree
}

async function textOf(tree: Tree, path: string): Promise<string | undefined> {
  const file = findFile(tree, path)
  return file && (await readStart(tree, file, 1e6)).toString()
}

const long = `${'a-long-folder-name/'.repeat(12)}vmlinuz`
for (const format of ['ustar', 'pax', 'gnu', 'v7', 'oldgnu']) {
  test(`what GNU tar writes as ${format} is read back`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'tar-'))
    t.after(() => rmSync(folder, { recursive: true }))
    const isLong = !['ustar', 'v7'].includes(format)
    const files = ['kernel', ...(isLong ? [long] : [])]
    for (const file of files) {
      mkdirSync(join(folder, file, '..'), { recursive: true })
      writeFileSync(join(folder, file), `content of ${file}`)
    }
    writeFileSync(join(folder, 'empty'), '')
    execFileSync(
      'sh',
      [
        '-c',
        `ln kernel hard && ln -s ${isLong ? long : 'kernel'} soft ${format === 'v7' ? '' : '&& mkfifo fifo'}`,
      ],
      {
        cwd: folder,
      },
    )
    const bytes = execFileSync('tar', ['-c', `--format=${format}`, '--sort=name', '-C', folder, '.'])
    const tree = await read(bytes)
    const expected = ['./empty', './hard', ...files.map((file) => `./${file}`)].map((path) => path.slice(2))
    assert.deepEqual([...tree.files.keys()].sort(), expected.sort())
    assert.equal(await textOf(tree, 'hard'), 'content of kernel')
    assert.equal(await textOf(tree, 'kernel'), 'content of kernel')
    assert.equal(await textOf(tree, 'soft'), `content of ${isLong ? long : 'kernel'}`)
    assert.deepEqual(tree.files.get('hard')?.extents, tree.files.get('kernel')?.extents)
  })
}

test('a pax size replaces the one of the header, and base 256 is read', async () => {
  const tree = await read(
    tarOf(
      { name: 'pax', type: 'x', content: '10 size=5\n' },
      { name: 'big', size: '00000000000\0', content: 'hello' },
      { name: 'two', size: '\x80\0\0\0\0\0\0\0\0\0\0\x03', content: 'abc' },
    ),
  )
  assert.equal(await textOf(tree, 'big'), 'hello')
  assert.equal(await textOf(tree, 'two'), 'abc')
})

test('a sparse file is left out, and what comes after it is found', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tar-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const holes =
    'for i in $(seq 1 60); do echo x | dd of=a-sparse bs=64K seek=$i conv=notrunc status=none; done'
  execFileSync('sh', ['-c', `${holes}; echo end > end`], { cwd: folder })
  for (const format of ['gnu', 'pax']) {
    const bytes = execFileSync('tar', ['-cS', `--format=${format}`, '-C', folder, 'a-sparse', 'end'])
    assert.deepEqual([...(await read(bytes)).files.keys()], ['end'], format)
  }
})

test('links out of the archive and devices are left out', async () => {
  const tree = await read(
    tarOf(
      { name: 'folder/out', type: '2', link: '../../etc/passwd' },
      { name: 'in', type: '2', link: '/boot/kernel' },
      { name: 'sda', type: '4' },
      { name: 'system\\x2d.slice', content: 'x' },
      { name: '/boot/kernel', content: 'k' },
    ),
  )
  assert.deepEqual([...tree.links], [['in', '/boot/kernel']])
  assert.deepEqual([...tree.files.keys()], ['boot/kernel'])
  assert.equal(await textOf(tree, 'in'), 'k')
})

test('the last of two entries with one name counts', async () => {
  const tree = await read(
    tarOf({ name: 'a', content: '1' }, { name: 'a', type: '2', link: 'b' }, { name: 'b', content: '2' }),
  )
  assert.deepEqual([...tree.files.keys()], ['b'])
  assert.equal(await textOf(tree, 'a'), '2')
})

const good = tarOf({ name: 'a', content: 'a'.repeat(700) }, { name: 'b', content: 'b' })
const damaged = Buffer.from(good)
damaged[1540] = 0xff
const refused: readonly (readonly [why: string, bytes: Buffer, words: RegExp])[] = [
  ['a name that leaves it', tarOf({ name: 'boot/../../etc/passwd', content: 'x' }), /leaves it/],
  ['a hard link that leaves it', tarOf({ name: 'x', type: '1', link: '../shadow' }), /leaves it/],
  ['a damaged header', damaged, /byte 1536 .*damaged/],
  ['content that is cut', good.subarray(0, 900), /ends at byte 900/],
  ['a header that is cut', good.subarray(0, 1600), /without its end mark/],
  ['no end mark', good.subarray(0, 1536), /without its end mark/],
  [
    'a file of eight petabytes',
    tarOf({ name: 'x', size: '\x80\0\0\0\0\x1f\xff\xff\xff\xff\xff\xff' }),
    /complete/,
  ],
  ['a size beyond any', tarOf({ name: 'x', size: '\xff'.repeat(12) }), /no file has/],
  ['a size that is no number', tarOf({ name: 'x', size: '12x' }), /no file has/],
  [
    'a pax header of 1 MiB',
    tarOf({ name: 'x', type: 'x', content: 'x'.repeat(2 ** 20) }),
    /header of 1048576/,
  ],
  ['a pax record longer than its header', tarOf({ name: 'x', type: 'x', content: '999 path=a\n' }), /pax/],
  ['a pax record of no length', tarOf({ name: 'x', type: 'x', content: '0 path=a\n' }), /pax/],
  ['a pax size below zero', tarOf({ name: 'x', type: 'x', content: '11 size=-5\n' }), /pax/],
  [
    'folders 65 deep',
    tarOf({ name: `${'a/'.repeat(49)}b` }, longName(`${'a/'.repeat(70)}b`), { name: 'x' }),
    /limits/,
  ],
]
function longName(name: string): Member {
  return { name: '././@LongLink', type: 'L', content: name }
}
for (const [why, bytes, words] of refused) {
  test(`a tar is refused for ${why}`, async () => {
    await assert.rejects(
      readTar(bufferSource(bytes)),
      (error: Error) => error instanceof Unreadable && words.test(error.message),
    )
  })
}

test('what is no tar is none', async () => {
  for (const bytes of [Buffer.alloc(0), Buffer.alloc(10240), Buffer.alloc(2048, 'x'), Buffer.from('#!ipxe')])
    assert.equal(await readTar(bufferSource(bytes)), undefined)
})

test('10^5 files are listed, a million are refused', async () => {
  const one = header({ name: 'f' })
  const numbered = (number: number) => {
    const bytes = Buffer.from(one)
    bytes.write(String(number).padStart(7, '0'), 0)
    mendSum(bytes)
    return bytes
  }
  const endless = (count: number): ByteSource => ({
    size: count * 512 + 1024,
    read: async (offset, length) => {
      const parts = Array.from({ length: Math.ceil(length / 512) }, (_, index) => {
        const number = offset / 512 + index
        return number < count ? numbered(number) : Buffer.alloc(512)
      })
      return Buffer.concat(parts).subarray(0, length)
    },
  })
  assert.equal((await readTar(endless(100_000)))?.files.size, 100_000)
  await assert.rejects(readTar(endless(1_000_000)), /more than 200000 files/)
})

test('6 GB in 10,000 files cost one small read each', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tar-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const file = await open(join(folder, 'big.tar'), 'w+')
  const each = 600 * 1024
  for (let index = 0; index < 10_000; index++) {
    const bytes = header({ name: `file-${index}`, size: each.toString(8).padStart(11, '0') })
    await file.write(bytes, 0, 512, index * (each + 512))
  }
  const size = 10_000 * (each + 512) + 1024
  await file.truncate(size)
  const start = performance.now()
  const whole = fileSource(file, size)
  let reads = 0
  const counted: ByteSource = {
    size,
    read: (offset, length) => {
      reads++
      assert.ok(length <= 8192)
      return whole.read(offset, length)
    },
  }
  const tree = await readTar(counted)
  const took = performance.now() - start
  await file.close()
  assert.equal(tree?.files.size, 10_000)
  t.diagnostic(`${Math.round(took)} ms for ${size} bytes`)
  assert.ok(reads <= 10_002, `${reads} reads`)
})

// A million: FUZZ_RUNS=1000000 node --test modules/image/src/readers/tar.test.ts
test('no flipped bytes make it fail in any other way than with Unreadable', async () => {
  const runs = Number(process.env['FUZZ_RUNS'] ?? 3000)
  const whole = tarOf(
    { name: 'p', type: 'x', content: '18 path=boot/long\n' },
    { name: 'a', content: 'a'.repeat(600) },
    longName('b'.repeat(200)),
    { name: 'b', type: '2', link: 'a' },
    { name: 'c', type: 'S', content: 'c' },
  )
  const flips = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 })
  const isSummed = fc.boolean()
  await fc.assert(
    fc.asyncProperty(flips, isSummed, fc.nat(whole.length), async (changes, isRight, cutAt) => {
      const bytes = Buffer.from(whole.subarray(0, cutAt < 512 ? whole.length : cutAt))
      for (const [at, value] of changes) bytes.subarray(at, at + 1).fill(value)
      if (isRight) mendSums(bytes)
      await readsOrRefuses(bytes)
    }),
    { numRuns: runs },
  )
})

async function readsOrRefuses(bytes: Buffer): Promise<void> {
  try {
    const tree = await readTar(bufferSource(bytes))
    for (const file of tree?.files.values() ?? []) await readStart(tree!, file, 1e6)
  } catch (error) {
    assert.ok(error instanceof Unreadable, String(error))
  }
}

function mendSums(bytes: Buffer): void {
  for (let at = 0; at + 512 <= bytes.length; at += 512) mendSum(bytes.subarray(at, at + 512))
}

function mendSum(bytes: Buffer): void {
  if (bytes.toString('latin1', 257, 262) !== 'ustar') return
  bytes.fill(0x20, 148, 156)
  let sum = 0
  for (let index = 0; index < 512; index++) sum += bytes[index]!
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
}
