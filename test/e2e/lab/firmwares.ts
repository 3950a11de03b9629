import type { DebianArchitecture } from '../../../tools/deployer/debian-files.ts'

/** A kind of machine that QEMU emulates; always without KVM, so that it behaves the same everywhere. */
export type Firmware = {
  readonly qemu: string
  readonly architecture: DebianArchitecture
  readonly memoryMiB: number
  readonly console: string
  /** A boot in seconds that nothing else slows down. */
  readonly usualSeconds: number
  /** `variables`: a writable copy of `variablesTemplate`. */
  readonly args: (files: { readonly variables: string; readonly script: string }) => readonly string[]
  readonly variablesTemplate?: string
  /** `false`: no option ROM on the network card; QEMU's is an iPXE that would take the firmware's place. */
  readonly iPxeRom: boolean
  /** What an iPXE before the one under test does; for firmware that starts with one. */
  readonly script?: string
  readonly needs: readonly string[]
}

const option = (name: string, value: string) => ['-fw_cfg', `name=opt/org.tianocore/${name},string=${value}`]
const noPxe6 = option('IPv6PXESupport', 'n')
/** EDK2 offers what is left: HTTP Boot over IPv4. */
const noPxe = [...option('IPv4PXESupport', 'n'), ...noPxe6]

// graphics=off: SeaBIOS takes the serial port for its console.
const pc = ['-machine', 'pc,accel=tcg,graphics=off']
const aavmf = '/usr/share/qemu-efi-aarch64/QEMU_EFI.fd'
const virt = ['-machine', 'virt,accel=tcg', '-cpu', 'cortex-a57', '-bios', aavmf, '-device', 'virtio-rng-pci']
const ovmfCode = '/usr/share/OVMF/OVMF_CODE_4M.fd'
const ovmfVariables = '/usr/share/OVMF/OVMF_VARS_4M.fd'

/** Debian's firmware that enforces Secure Boot, and variables with Microsoft's keys in them. */
const secureCode = '/usr/share/OVMF/OVMF_CODE_4M.ms.fd'
const secureVariables = '/usr/share/OVMF/OVMF_VARS_4M.ms.fd'
const secureArmCode = '/usr/share/AAVMF/AAVMF_CODE.ms.fd'
const secureArmVariables = '/usr/share/AAVMF/AAVMF_VARS.ms.fd'

const flash = (code: string, variables: string) => [
  '-drive',
  `if=pflash,format=raw,unit=0,readonly=on,file=${code}`,
  '-drive',
  `if=pflash,format=raw,unit=1,file=${variables}`,
  '-device',
  'virtio-rng-pci',
]
const ovmf = (variables: string) => [
  '-machine',
  'q35,accel=tcg,smm=off,graphics=off',
  ...flash(ovmfCode, variables),
]
/** Only system management mode may write the variables. */
const secureOvmf = (variables: string) => [
  '-machine',
  'q35,accel=tcg,smm=on,graphics=off',
  '-global',
  'driver=cfi.pflash01,property=secure,value=on',
  '-global',
  'ICH9-LPC.disable_s3=1',
  ...flash(secureCode, variables),
]
const secureVirt = (variables: string) => [
  '-machine',
  'virt,accel=tcg',
  '-cpu',
  'cortex-a57',
  ...flash(secureArmCode, variables),
]

const bios = { qemu: 'qemu-system-x86_64', architecture: 'amd64', memoryMiB: 512, console: 'ttyS0' } as const
const uefi = { ...bios, variablesTemplate: ovmfVariables, iPxeRom: false, needs: [ovmfCode] } as const
const secure = { ...uefi, variablesTemplate: secureVariables, needs: [secureCode, secureVariables] } as const
const arm64 = {
  qemu: 'qemu-system-aarch64',
  architecture: 'arm64',
  memoryMiB: 1024,
  console: 'ttyAMA0',
  iPxeRom: false,
  needs: [aavmf],
} as const

export const firmwares = {
  'bios-ipxe-rom': { ...bios, usualSeconds: 12, iPxeRom: true, needs: [], args: () => pc },
  // QEMU has no PXE ROM but iPXE; started as a kernel it obeys a script, so it can be told to be only a PXE stack.
  'bios-undionly': {
    ...bios,
    usualSeconds: 24,
    iPxeRom: false,
    needs: [],
    script: '#!ipxe\ndhcp\nchain tftp://10.77.0.1/undionly.kpxe\n',
    args: ({ script }) => [...pc, '-kernel', `${script}.lkrn`, '-initrd', script],
  },
  'uefi-x64': { ...uefi, usualSeconds: 25, args: ({ variables }) => [...ovmf(variables), ...noPxe6] },
  'uefi-x64-http': { ...uefi, usualSeconds: 19, args: ({ variables }) => [...ovmf(variables), ...noPxe] },
  'uefi-arm64': { ...arm64, usualSeconds: 28, args: () => [...virt, ...noPxe6] },
  'uefi-arm64-http': { ...arm64, usualSeconds: 27, args: () => [...virt, ...noPxe] },
  'uefi-x64-secure': {
    ...secure,
    usualSeconds: 25,
    args: ({ variables }) => [...secureOvmf(variables), ...noPxe6],
  },
  'uefi-x64-secure-http': {
    ...secure,
    usualSeconds: 25,
    args: ({ variables }) => [...secureOvmf(variables), ...noPxe],
  },
  'uefi-arm64-secure': {
    ...arm64,
    usualSeconds: 60,
    variablesTemplate: secureArmVariables,
    needs: [secureArmCode, secureArmVariables],
    args: ({ variables }) => [...secureVirt(variables), ...noPxe6],
  },
} as const satisfies Record<string, Firmware>

export type FirmwareName = keyof typeof firmwares
