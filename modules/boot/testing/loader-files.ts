/** The smallest file that is an EFI application: PE32+ header with machine and subsystem, then iPXE's own words. */
export function efiLoader({
  machine = 0x8664,
  subsystem = 10,
  text = '\0iPXE\0iPXE/%s\0\0' + '2.0.0+test-1\0https\0',
} = {}): Buffer {
  const bytes = Buffer.alloc(1024)
  bytes.write('MZ', 'latin1')
  bytes.writeUInt32LE(0x80, 0x3c)
  bytes.write('PE\0\0', 0x80, 'latin1')
  bytes.writeUInt16LE(machine, 0x84)
  bytes.writeUInt16LE(0x20b, 0x98)
  bytes.writeUInt16LE(subsystem, 0x80 + 24 + 68)
  bytes.write(text, 0x180, 'latin1')
  return bytes
}

/** The beginning of undionly.kpxe: a long jump to 07c0 and its greeting. */
export function biosLoader(): Buffer {
  const bytes = Buffer.alloc(2048, 0x90)
  Buffer.from('ea0800c00732ae18', 'hex').copy(bytes)
  bytes.write('PXE->EB:', 1090, 'latin1')
  return bytes
}

/** An EFI application that says of itself what shim and GRUB say: their generations, and GRUB's words. */
export function signedLoader(program: 'shim' | 'grub', { machine = 0x8664, words = '' } = {}): Buffer {
  const version = program === 'shim' ? '16.1' : '2.12-9+deb13u4'
  const sbat =
    'sbat,1,SBAT Version,sbat,1,https://github.com/rhboot/shim/blob/main/SBAT.md\n' +
    `${program},5,Upstream,${program},0.1,https://example.test\n` +
    `${program}.debian,5,Debian,${program}2,${version},https://example.test\n\0`
  return efiLoader({ machine, text: sbat + words })
}
