import type { Architecture, ProxyDialect } from './machine.ts'

/** A kind of firmware that asks for a boot program. */
export type Firmware = {
  readonly name: string
  /** Option 93 (RFC 4578 §2.1; IANA "Processor Architecture Types"). */
  readonly architectures: readonly number[]
  readonly platform: 'bios' | 'uefi'
  readonly architecture: Architecture
  /** `http`: UEFI HTTP Boot, vendor class HTTPClient, the boot file is a URL. */
  readonly transport: 'tftp' | 'http'
  /** How ProxyDHCP answers it, unless the operator said otherwise of this machine. */
  readonly dialect: ProxyDialect
  /** A capture in netboot/captures with the words of such a machine, or why there is none. */
  readonly seen: { readonly capture: string } | { readonly not: string }
}

const noMachine = { not: 'no such machine in the lab; the row differs from a seen one by its number only' }

/** What we serve. A new kind is a row here and a row in `loaders.ts`; see docs/recipes/add-a-firmware.md. */
export const firmwares = [
  {
    name: 'bios',
    architectures: [0],
    platform: 'bios',
    architecture: 'i386',
    transport: 'tftp',
    dialect: 'discovery-control',
    seen: { capture: 'dhcp-bios-plainpxe-undionly.pcap' },
  },
  // 9 was given to x64 by an erratum of RFC 4578 (4624); 7 is what firmware sends since.
  {
    name: 'uefi-x64',
    architectures: [7, 9],
    platform: 'uefi',
    architecture: 'x86_64',
    transport: 'tftp',
    dialect: 'boot-server',
    seen: { capture: 'dhcp-uefi-x64-pxe.pcap' },
  },
  {
    name: 'uefi-x64-http',
    architectures: [16],
    platform: 'uefi',
    architecture: 'x86_64',
    transport: 'http',
    dialect: 'boot-server',
    seen: { capture: 'dhcp-uefi-x64-httpboot.pcap' },
  },
  {
    name: 'uefi-arm64',
    architectures: [11],
    platform: 'uefi',
    architecture: 'arm64',
    transport: 'tftp',
    dialect: 'boot-server',
    seen: { capture: 'dhcp-arm64-pxe.pcap' },
  },
  {
    name: 'uefi-arm64-http',
    architectures: [19],
    platform: 'uefi',
    architecture: 'arm64',
    transport: 'http',
    dialect: 'boot-server',
    seen: { capture: 'dhcp-arm64-httpboot.pcap' },
  },
  uefi('uefi-ia32', 6, 'i386', 'tftp'),
  uefi('uefi-ia32-http', 15, 'i386', 'http'),
  uefi('uefi-arm32', 10, 'arm32', 'tftp'),
  uefi('uefi-arm32-http', 18, 'arm32', 'http'),
  uefi('uefi-riscv64', 27, 'riscv64', 'tftp'),
  uefi('uefi-riscv64-http', 28, 'riscv64', 'http'),
  uefi('uefi-loong64', 39, 'loong64', 'tftp'),
  uefi('uefi-loong64-http', 40, 'loong64', 'http'),
] as const satisfies readonly Firmware[]

function uefi<Name extends string>(
  name: Name,
  number: number,
  architecture: Architecture,
  transport: 'tftp' | 'http',
): Firmware & { readonly name: Name } {
  const dialect = 'boot-server'
  return {
    name,
    architectures: [number],
    platform: 'uefi',
    architecture,
    transport,
    dialect,
    seen: noMachine,
  }
}

export type FirmwareName = (typeof firmwares)[number]['name']

/** Known numbers that get no answer, and why. */
export const unserved: Readonly<Record<number, string>> = {
  1: 'NEC PC-98: no iPXE for it',
  2: 'Itanium: no iPXE for it',
  3: 'DEC Alpha: no iPXE for it',
  4: 'Arc x86: no iPXE for it',
  5: 'Intel Lean Client: no iPXE for it',
  8: 'XScale: no iPXE for it',
  12: 'POWER Open Firmware: boots no iPXE',
  13: 'POWER ePAPR: boots no iPXE',
  14: 'POWER OPAL: reads Petitboot configurations, not iPXE scripts',
  17: 'EFI byte code over HTTP: no iPXE for it',
  20: 'x86 BIOS over HTTP: no firmware known that loads a program so',
  21: 'ARM32 U-Boot: boots no iPXE unless its EFI loader asks as 10',
  22: 'ARM64 U-Boot: boots no iPXE unless its EFI loader asks as 11',
  23: 'ARM32 U-Boot over HTTP: boots no iPXE unless its EFI loader asks as 18',
  24: 'ARM64 U-Boot over HTTP: boots no iPXE unless its EFI loader asks as 19',
  25: 'RISC-V 32-bit UEFI: no kernel of it is known to Bootcast',
  26: 'RISC-V 32-bit UEFI HTTP: no kernel of it is known to Bootcast',
  29: 'RISC-V 128-bit UEFI: no iPXE for it',
  30: 'RISC-V 128-bit UEFI HTTP: no iPXE for it',
  31: 's390 Basic: its firmware reads pxelinux configurations',
  32: 's390 Extended: its firmware reads pxelinux configurations',
  33: 'MIPS 32-bit UEFI: no iPXE for it',
  34: 'MIPS 64-bit UEFI: no iPXE for it',
  35: 'Sunway 32-bit UEFI: no iPXE for it',
  36: 'Sunway 64-bit UEFI: no iPXE for it',
  37: 'LoongArch 32-bit UEFI: no kernel of it is known to Bootcast',
  38: 'LoongArch 32-bit UEFI HTTP: no kernel of it is known to Bootcast',
  41: 'Raspberry Pi boot ROM: loads its own files, not iPXE',
}

/** The first number of option 93 that we serve, or the reason why none is. */
export function recogniseFirmware(architectures: readonly number[]): Firmware | { readonly refused: string } {
  for (const number of architectures) {
    const found = byNumber.get(number)
    if (found !== undefined) return found
  }
  const [first] = architectures
  if (first === undefined) return { refused: 'no architecture in the packet' }
  return { refused: unserved[first] ?? `unknown architecture ${first}` }
}

const byNumber: ReadonlyMap<number, Firmware> = new Map(
  firmwares.flatMap((firmware) => firmware.architectures.map((number) => [number, firmware] as const)),
)

/** Prefixes of Raspberry Pi's hardware addresses (IEEE MA-L). */
const raspberryPiPrefixes = ['28:cd:c1', '2c:cf:67', 'b8:27:eb', 'd8:3a:dd', 'dc:a6:32', 'e4:5f:01']

/** Its boot ROM says 0, BIOS, as the architecture, and can do nothing with a BIOS loader. */
export function isRaspberryPi(mac: string): boolean {
  return raspberryPiPrefixes.some((prefix) => mac.startsWith(prefix))
}
