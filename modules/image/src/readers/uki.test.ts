import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { efiProgram } from '../../testing/efi-program.ts'
import { bufferSource, OutsideOfSource } from '../byte-source.ts'
import { findFile, readStart, Unreadable } from '../tree.ts'
import { isSigned, readUki } from './uki.ts'

const uki = efiProgram({
  '.text': 'stub',
  '.linux': 'MZ kernel',
  '.initrd': 'cpio',
  '.cmdline': 'quiet',
  '.osrel': 'ID=x',
})

test('the parts of a UKI and the whole are files', async () => {
  const tree = await readUki(bufferSource(uki))
  assert.ok(tree)
  assert.deepEqual([...tree.files.keys()], ['uki.efi', 'linux', 'initrd', 'cmdline', 'osrel'])
  const text = async (path: string) => {
    const file = findFile(tree, path)
    assert.ok(file)
    return (await readStart(tree, file, 100)).toString()
  }
  assert.deepEqual([await text('linux'), await text('cmdline')], ['MZ kernel', 'quiet'])
  assert.equal(findFile(tree, 'uki.efi')?.size, uki.length)
})

test('another EFI program is no UKI, and neither is a text', async () => {
  assert.equal(await readUki(bufferSource(efiProgram({ '.text': 'shell' }))), undefined)
  assert.equal(await readUki(bufferSource(Buffer.from('hello'.repeat(100)))), undefined)
})

test('a UKI that is cut is refused', async () => {
  await assert.rejects(readUki(bufferSource(uki.subarray(0, uki.length - 600))), Unreadable)
  await assert.rejects(readUki(bufferSource(uki.subarray(0, 0x120))), Unreadable)
})

test('whether it carries a signature', async () => {
  assert.equal(await isSigned(bufferSource(uki)), false)
  assert.equal(await isSigned(bufferSource(efiProgram({ '.linux': 'x' }, { signature: 'abc' }))), true)
})

test('no bytes make it fail in any other way than with Unreadable', async () => {
  const flip = fc.tuple(fc.nat(0x300), fc.nat(255))
  await fc.assert(
    fc.asyncProperty(fc.array(flip, { minLength: 1, maxLength: 6 }), async (flips) => {
      const bytes = Buffer.from(uki)
      for (const [at, value] of flips) bytes.fill(value, at, at + 1)
      try {
        const tree = await readUki(bufferSource(bytes))
        for (const file of tree?.files.values() ?? []) await readStart(tree as never, file, 1 << 20)
      } catch (error) {
        assert.ok(error instanceof Unreadable || error instanceof OutsideOfSource, String(error))
      }
    }),
    { numRuns: 2000 },
  )
})
