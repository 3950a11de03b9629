import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { bufferSource, OutsideOfSource } from '../byte-source.ts'
import { diskFormatOf, type VirtualDiskFormat } from '../readers/disk.ts'
import { Unreadable } from '../tree.ts'
import { checkWholeDisk } from './whole-disk.ts'

const starts: readonly (readonly [VirtualDiskFormat, Buffer])[] = [
  ['qcow2', Buffer.from('QFI\xfb\0\0\0\x03', 'latin1')],
  ['vmdk', Buffer.from('KDMV\x01\0\0\0', 'latin1')],
  ['vmdk', Buffer.from('# Disk DescriptorFile\n')],
  ['vhdx', Buffer.from('vhdxfile')],
  ['vhd', Buffer.from('conectix')],
]

for (const [format, start] of starts) {
  test(`${format} that begins with ${start.toString('hex')}: forged numbers are refused in words, or nothing is found`, async () => {
    const places = fc.array(
      fc.tuple(
        // What is read: the header, and the tables of VHDX.
        fc.constantFrom(8, 12, 16, 28, 36, 60, 72, 512, 196_608, 196_616, 196_624, 200_704, 299_520),
        fc.oneof(
          fc.uint8Array({ minLength: 1, maxLength: 64 }),
          fc.constant(Buffer.from('06a27c8b90479a4bb8fe575f050f886e0010030000000000', 'hex')),
          fc.constant(Buffer.from('conectix')),
          fc.constant(Buffer.alloc(8, 255)),
        ),
      ),
      { maxLength: 8 },
    )
    await fc.assert(
      fc.asyncProperty(places, async (forged) => {
        const disk = Buffer.alloc(300_032)
        start.copy(disk)
        for (const [at, bytes] of forged) Buffer.from(bytes).copy(disk, at)
        await checkWholeDisk(bufferSource(disk), format).catch((error: unknown) => {
          assert.ok(error instanceof Unreadable || error instanceof OutsideOfSource, String(error))
        })
      }),
      { numRuns: 300 },
    )
  })
}

test('a VHD is known by its end, too, and a raw disk is not taken for one', async () => {
  const disk = Buffer.alloc(4096)
  assert.equal(await diskFormatOf(bufferSource(disk)), undefined)
  disk.write('conectix', 4096 - 512)
  disk.writeUInt32BE(2, 4096 - 512 + 60)
  assert.equal(await diskFormatOf(bufferSource(disk)), 'vhd')
  await checkWholeDisk(bufferSource(disk), 'vhd')
})
