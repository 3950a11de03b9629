import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { bzImageHead, flatImageHead, peHead } from '../../testing/boot-images.ts'
import { inspectKernel } from './kernel.ts'

const kernels: readonly (readonly [string, Buffer, string])[] = [
  ['a 64-bit bzImage', bzImageHead(), 'x86_64'],
  ['a 32-bit bzImage', bzImageHead({ xloadflags: 0 }), 'i386'],
  ['a bzImage from before xloadflags', bzImageHead({ version: 0x0204, xloadflags: 0xffff }), 'i386'],
  ['an arm64 Image', flatImageHead('ARM\x64'), 'arm64'],
  ['a riscv64 Image', flatImageHead('RSC\x05'), 'riscv64'],
  [
    'a gzipped arm64 Image',
    gzipSync(Buffer.concat([flatImageHead('ARM\x64'), Buffer.alloc(100_000, 7)])),
    'arm64',
  ],
  ['an arm64 zboot kernel', peHead(0xaa64, 'zboot'), 'arm64'],
  ['a loong64 zboot kernel', peHead(0x6264, 'zboot'), 'loong64'],
  ['a loong64 Image', peHead(0x6264, 'kernel'), 'loong64'],
  ['an arm32 zImage with an EFI stub', peHead(0x01c2, 'kernel'), 'arm32'],
]
for (const [what, head, architecture] of kernels) {
  test(`${what} is known as ${architecture}`, () => assert.deepEqual(inspectKernel(head), { architecture }))
}

const others: readonly (readonly [string, Buffer, RegExp])[] = [
  ['an empty file', Buffer.alloc(0), /It is empty/],
  ['a text', Buffer.from('hello\n'), /It is a text/],
  ['a web page', Buffer.from('<!doctype html>'), /web page/],
  ['an ELF program', Buffer.from('\x7fELF\x02\x01', 'latin1'), /ELF program/],
  ['an initrd', Buffer.from('\x28\xb5\x2f\xfd....', 'latin1'), /zstd/],
  ['an ISO image', Buffer.concat([Buffer.alloc(0x8001), Buffer.from('CD001')]), /ISO image/],
  ['a gzip of something else', gzipSync('not a kernel'), /gzip file/],
  ['broken gzip', Buffer.from([0x1f, 0x8b, 9, 9, 9]), /gzip file/],
  ['an EFI program', peHead(0x8664, 'program'), /EFI program for x86_64/],
  ['a disk', Buffer.concat([Buffer.alloc(510), Buffer.from([0x55, 0xaa])]), /disk/],
  [
    'an arm64 Image that only U-Boot can start',
    flatImageHead('ARM\x64', ''),
    /kernel for arm64 without an EFI stub/,
  ],
  [
    'a riscv64 Image that only U-Boot can start',
    flatImageHead('RSC\x05', ''),
    /kernel for riscv64 without an EFI stub/,
  ],
  ['a tar archive', Buffer.concat([Buffer.alloc(257), Buffer.from('ustar\0')]), /a tar archive/],
  ['an lz4 file', Buffer.from([2, 0x21, 0x4c, 0x18]), /an lz4 file/],
  ['a bzip2 file', Buffer.from('BZh91AY'), /a bzip2 file/],
  ['a uImage', Buffer.from([0x27, 0x05, 0x19, 0x56, 1]), /an image for U-Boot/],
  ['a FIT or device tree', Buffer.from([0xd0, 0x0d, 0xfe, 0xed, 0]), /a device tree or an image for U-Boot/],
  [
    'an ext4 file system',
    Buffer.concat([Buffer.alloc(0x438), Buffer.from([0x53, 0xef])]),
    /an ext file system/,
  ],
  ['a kernel of 1995', bzImageHead({ version: 0x0100 }), /1996/],
]
for (const [what, head, reason] of others) {
  test(`${what} is refused, and the reason names it`, () => {
    const verdict = inspectKernel(head)
    assert.match('refused' in verdict ? verdict.refused : 'accepted', reason)
  })
}

test('a gzip bomb is not unpacked', () => {
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024))
  assert.ok('refused' in inspectKernel(bomb.subarray(0, 64 * 1024)))
})

test('no bytes make it fail', () => {
  const magics = fc.constantFrom('', 'MZ', '\x1f\x8b\x08\0', 'HdrS', 'PE\0\0', 'zimg')
  const parts = fc.array(
    fc.oneof(
      fc.uint8Array({ maxLength: 700 }),
      magics.map((text) => Buffer.from(text, 'latin1')),
    ),
    { maxLength: 6 },
  )
  fc.assert(
    fc.property(parts, (pieces) => {
      const verdict = inspectKernel(Buffer.concat(pieces))
      assert.ok('refused' in verdict || 'architecture' in verdict)
    }),
    { numRuns: 2000 },
  )
})
