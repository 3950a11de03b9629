import type { BootEvent } from '@bootcast/boot'

/** Events of boots, to put scenes together from. */
export const mac = '52:54:00:b0:07:01'
export const address = '10.77.0.100'
const loaderName = 'ipxe-amd64.efi'
const kernel = { name: 'vmlinuz', digest: `sha256:${'a'.repeat(64)}`, size: 8_000_000 }
const initrd = { name: 'initrd.img', digest: `sha256:${'b'.repeat(64)}`, size: 20_000_000 }

type Kind<K extends BootEvent['kind']> = Extract<BootEvent, { readonly kind: K }>
type Via = 'dhcp' | 'proxy-dhcp'

export const discover = (via: Via, more: Partial<Kind<'discover'>> = {}): BootEvent => ({
  kind: 'discover',
  mac,
  via,
  vendorClass: 'PXEClient',
  isIpxe: false,
  firmware: 'uefi-x64',
  architecture: 'x86_64',
  ...more,
})
export const ipxeDiscover = (via: Via): BootEvent => ({
  kind: 'discover',
  mac,
  via,
  vendorClass: 'PXEClient',
  isIpxe: true,
})
export const offer = (via: Via | 'pxe', more: Partial<Kind<'offer'>> = {}): BootEvent => ({
  kind: 'offer',
  mac,
  via,
  server: '10.77.0.1',
  file: loaderName,
  asksPort4011: via === 'proxy-dhcp',
  ...more,
})
export const scriptUrl = 'http://10.77.0.1:8080/boot.ipxe'
export const scriptOffer = (via: Via): BootEvent => offer(via, { file: scriptUrl, asksPort4011: false })
export const request = (via: Via, server: string, isIpxe = false): BootEvent => ({
  kind: 'request',
  mac,
  via,
  server,
  wanted: address,
  isIpxe,
})
export const lease: BootEvent = { kind: 'lease', mac, leased: address }
export const at4011: BootEvent = discover('proxy-dhcp', { via: 'pxe', address })
export const ignored = (reason: string, detail?: string): BootEvent => ({
  kind: 'ignored',
  mac,
  via: 'proxy-dhcp',
  reason,
  ...(detail !== undefined && { detail }),
})
export const otherOffer = (more: Partial<Kind<'other-offer'>> = {}): BootEvent => ({
  kind: 'other-offer',
  mac,
  server: '10.77.0.2',
  offered: address,
  ...more,
})
export const tftpBegins = (transfer = 't1', path = loaderName): BootEvent => ({
  kind: 'tftp-begins',
  address,
  transfer,
  path,
})
export const tftp = (more: Partial<Kind<'tftp'>> = {}): BootEvent => ({
  kind: 'tftp',
  address,
  transfer: 't1',
  path: loaderName,
  route: 'loader',
  outcome: 'done',
  bytes: 1_048_576,
  size: 1_048_576,
  ms: 300,
  blockSize: 1468,
  windowSize: 4,
  resent: 0,
  ...more,
})
export const firstScript: BootEvent = { kind: 'first-script', address }
/** The same by TFTP, as iPXE for EFI fetches it. */
export const autoexec: BootEvent = tftp({ transfer: 'autoexec', path: 'autoexec.ipxe', route: 'autoexec' })
export const asked: BootEvent = {
  kind: 'asked',
  mac,
  address,
  from: address,
  firmware: 'uefi',
  architecture: 'x86_64',
}
export const decided = (more: Partial<Kind<'decided'>> = {}): BootEvent => ({
  kind: 'decided',
  mac,
  decision: 'boot',
  because: 'demo 3',
  release: 'demo@3',
  files: [kernel, initrd],
  ...more,
})
type File = { readonly name: string; readonly digest: string; readonly size: number }
export const fileBegins = (file: File, transfer: string): BootEvent => ({
  kind: 'file-begins',
  address,
  transfer,
  what: 'file',
  ...file,
})
export const fileSent = (file: File, transfer: string, more: Partial<Kind<'file'>> = {}): BootEvent => ({
  kind: 'file',
  address,
  transfer,
  what: 'file',
  ...file,
  status: 200,
  bytes: file.size,
  ms: 500,
  completed: true,
  ...more,
})

/** From switching on to what the scene is about. */
export const scenes = {
  firmwareInDhcp: [
    discover('dhcp'),
    offer('dhcp', { offered: address }),
    request('dhcp', '10.77.0.1'),
    lease,
  ],
  firmwareInProxy: [discover('proxy-dhcp'), offer('proxy-dhcp'), request('proxy-dhcp', '10.77.0.2')],
} as const
const untilLoader = [...scenes.firmwareInProxy, at4011, offer('pxe'), tftpBegins(), tftp()]
const untilScript = [...untilLoader, ipxeDiscover('proxy-dhcp'), scriptOffer('proxy-dhcp')]
const untilAsked = [...untilScript, request('proxy-dhcp', '10.77.0.2', true), firstScript, asked]
const untilPlan = [...untilAsked, decided()]
const untilKernel = [...untilPlan, fileBegins(kernel, 'h1'), fileSent(kernel, 'h1')]
const untilStart = [...untilKernel, fileBegins(initrd, 'h2'), fileSent(initrd, 'h2')]
export const ways = { untilLoader, untilScript, untilAsked, untilPlan, untilKernel, untilStart }
export const files = { kernel, initrd }
