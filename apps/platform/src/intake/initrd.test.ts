import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { initrdRefusal } from './initrd.ts'

const fitting: readonly (readonly [string, Buffer])[] = [
  ['plain cpio', Buffer.from('070701000000')],
  ['gzip', gzipSync('x')],
  ['zstd', zstdCompressSync('x')],
  ['xz', Buffer.from('\xfd7zXZ\0\0', 'latin1')],
  ['lz4', Buffer.from([2, 0x21, 0x4c, 0x18])],
  ['bzip2', Buffer.from('BZh9')],
]
for (const [what, head] of fitting)
  test(`${what} is an initrd`, () => assert.equal(initrdRefusal(head), undefined))

const others: readonly (readonly [string, Buffer, RegExp])[] = [
  ['nothing', Buffer.alloc(0), /empty/],
  ['a squashfs', Buffer.from('hsqs\0\0\0\0'), /squashfs/],
  ['a text', Buffer.from('initrd'), /a text/],
  ['old cpio', Buffer.from('070707000'), /cpio archive, not an initial RAM disk/],
]
for (const [what, head, reason] of others)
  test(`${what} is refused`, () => assert.match(initrdRefusal(head) ?? '', reason))
