import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { packFolder } from './pack-folder.ts'

const scratch = mkdtempSync(join(tmpdir(), 'bootcast-pack-'))
after(() => rmSync(scratch, { recursive: true }))

const folder = join(scratch, 'image')
const deep = `${'d'.repeat(60)}/${'e'.repeat(60)}`
mkdirSync(join(folder, deep), { recursive: true })
const content = randomBytes(300_001)
writeFileSync(join(folder, deep, 'füle.bin'), content)
writeFileSync(join(folder, 'empty'), '')
symlinkSync(`${deep}/füle.bin`, join(folder, 'link'))

async function bytesFrom(from: number): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const part of (await packFolder(folder)).read(from, () => undefined)) parts.push(part)
  return Buffer.concat(parts)
}

test('a folder is a tar that others unpack: long names, links, empty files', async () => {
  const packed = await packFolder(folder)
  const bytes = await bytesFrom(0)
  assert.deepEqual([packed.name, packed.size], ['image.tar', bytes.length])
  const out = join(scratch, 'out')
  mkdirSync(out)
  execFileSync('tar', ['-x', '-C', out], { input: bytes })
  assert.deepEqual(readFileSync(join(out, deep, 'füle.bin')), content)
  assert.equal(readFileSync(join(out, 'empty')).length, 0)
  assert.equal(readlinkSync(join(out, 'link')), `${deep}/füle.bin`)
})

test('it is the same bytes each time, and from any place on', async () => {
  const whole = await bytesFrom(0)
  assert.deepEqual(await bytesFrom(0), whole)
  for (const from of [
    1,
    511,
    512,
    513,
    1024,
    2000,
    100_000,
    whole.length - 1025,
    whole.length - 10,
    whole.length,
  ])
    assert.deepEqual(await bytesFrom(from), whole.subarray(from), `${from}`)
})

test('progress ends at the size', async () => {
  const packed = await packFolder(folder)
  let last = 0
  for await (const _ of packed.read(0, (end) => {
    assert.ok(end >= last)
    last = end
  }));
  assert.equal(last, packed.size)
})

test('a folder with nothing in it, or with a pipe, is refused', async () => {
  mkdirSync(join(scratch, 'nothing'))
  await assert.rejects(packFolder(join(scratch, 'nothing')), /is empty/)
  mkdirSync(join(scratch, 'pipes'))
  execFileSync('mkfifo', [join(scratch, 'pipes/fifo')])
  await assert.rejects(packFolder(join(scratch, 'pipes')), /is no file, folder or link/)
})
