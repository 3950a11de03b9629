export { isAddress, sameSubnet } from './dhcp/address.ts'
export type { Lease, LeaseStore } from './dhcp/lease-store.ts'
export { type MessageType, messageTypes, subOptions } from './dhcp/option.ts'
export {
  type DhcpOptions,
  dhcpOptions,
  type OptionName,
  type OptionValue,
  type OptionValues,
  readOption,
  writeOptions,
} from './dhcp/options.ts'
export { type DhcpPacket, decodeDhcp, encodeDhcp } from './dhcp/packet.ts'
export {
  type DiscoveryControl,
  type PxeVendorOptions,
  readPxeVendorOptions,
  writePxeVendorOptions,
} from './dhcp/pxe-vendor-options.ts'
export { type BootFields, largestReply, replyTarget } from './dhcp/reply.ts'
export { type DhcpAnswer, DhcpServer, type DhcpServerSettings } from './dhcp/server.ts'
export { type DhcpSocket, type DhcpSocketSettings, openDhcpSocket } from './dhcp/socket.ts'
export { checkGrubCommandLine } from './grub/command-line.ts'
export { type GrubPart, GrubScript, grubCommandLine, variable } from './grub/script.ts'
export { checkCommandLine } from './ipxe/command-line.ts'
export {
  and,
  type Checked,
  commandLine,
  IpxeScript,
  or,
  type Part,
  setting,
  shown,
  word,
} from './ipxe/script.ts'
export { duplicateDescriptor } from './native/duplicate-descriptor.ts'
export { type Libc, libc } from './native/libc.ts'
export { NotExpressible } from './not-expressible.ts'
export type { TftpFile } from './tftp/block-reader.ts'
export type { TftpCounters, TftpEvent } from './tftp/events.ts'
export { type TftpRequest, TftpServer, type TftpServerSettings } from './tftp/server.ts'
export type { Peer, SendingWay } from './tftp/transfer-socket.ts'
