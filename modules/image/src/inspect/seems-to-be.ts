/** First bytes of things that people take for a kernel or an initrd. For error texts only. */
const signatures: readonly (readonly [offset: number, bytes: string, what: string])[] = [
  [0, '\x7fELF', 'an ELF program'],
  [0, '\x1f\x8b', 'a gzip file'],
  [0, '\xfd7zXZ\0', 'an xz file'],
  [0, '\x28\xb5\x2f\xfd', 'a zstd file'],
  [0, '\x02\x21\x4c\x18', 'an lz4 file'],
  [0, '\x04\x22\x4d\x18', 'an lz4 file'],
  [0, 'BZh', 'a bzip2 file'],
  [0, '\x27\x05\x19\x56', 'an image for U-Boot'],
  [0, '\xd0\x0d\xfe\xed', 'a device tree or an image for U-Boot'],
  [0, 'PK\x03\x04', 'a ZIP archive'],
  [0, 'hsqs', 'a squashfs file system'],
  [0, 'QFI\xfb', 'a qcow2 disk'],
  [0, 'KDMV', 'a VMDK disk'],
  [0, '!<arch>', 'an ar archive or a Debian package'],
  [0, '\xed\xab\xee\xdb', 'an RPM package'],
  [0, '07070', 'a cpio archive'],
  [0, '#!', 'a script'],
  [0, '<', 'a text, perhaps a web page'],
  [0x8001, 'CD001', 'an ISO image'],
  [0x438, '\x53\xef', 'an ext file system'],
  [257, 'ustar', 'a tar archive'],
  [0, 'MZ', 'an EFI or DOS program'],
  [510, '\x55\xaa', 'a disk or a boot sector'],
]

/** What a file looks like, in words. */
export function seemsToBe(head: Buffer): string {
  if (head.length === 0) return 'empty'
  for (const [offset, bytes, what] of signatures) {
    if (head.subarray(offset, offset + bytes.length).equals(Buffer.from(bytes, 'latin1'))) return what
  }
  return head.subarray(0, 512).every((byte) => byte >= 9 && byte < 127)
    ? 'a text'
    : 'nothing that Bootcast knows'
}
