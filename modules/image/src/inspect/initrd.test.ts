import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { bzImageHead } from '../../testing/boot-images.ts'
import { initrdRefusal } from './initrd.ts'

const fitting: readonly (readonly [string, Buffer])[] = [
  ['plain cpio', Buffer.from('070701000000')],
  ['gzip', gzipSync('x')],
  ['zstd', zstdCompressSync('x')],
  ['xz', Buffer.from('\xfd7zXZ\0\0', 'latin1')],
  ['lz4', Buffer.from([2, 0x21, 0x4c, 0x18])],
  ['bzip2', Buffer.from('BZh9')],
  ['lzma', Buffer.from([0x5d, 0, 0, 0x80, 0])],
  ['lzo', Buffer.from('\x89LZO\0', 'latin1')],
  ['microcode in front of gzip', Buffer.concat([Buffer.from('070701000000'), gzipSync('x')])],
]
for (const [what, head] of fitting)
  test(`${what} is an initrd`, () => assert.equal(initrdRefusal(head), undefined))

const others: readonly (readonly [string, Buffer, RegExp])[] = [
  ['nothing', Buffer.alloc(0), /empty/],
  ['a squashfs', Buffer.from('hsqs\0\0\0\0'), /squashfs/],
  ['a text', Buffer.from('initrd'), /a text/],
  ['an ISO image', Buffer.concat([Buffer.alloc(0x8001), Buffer.from('CD001')]), /an ISO image/],
  ['a tar archive', Buffer.concat([Buffer.alloc(257), Buffer.from('ustar\0')]), /a tar archive/],
  ['a kernel', bzImageHead(), /a Linux kernel for x86_64, not an initial RAM disk/],
  ['old cpio', Buffer.from('070707000'), /cpio archive, not an initial RAM disk/],
]
for (const [what, head, reason] of others)
  test(`${what} is refused`, () => assert.match(initrdRefusal(head) ?? '', reason))
