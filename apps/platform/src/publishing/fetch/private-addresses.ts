import { BlockList, isIP } from 'node:net'
import type { AddressCheck } from '@bootcast/image'
import { AddressRefused } from './fetched.ts'

/**
 * Addresses that are not on the internet (IANA special-purpose registries): a publisher must not reach the
 * platform's own network through it.
 */
const privateAddresses = new BlockList()
for (const [address, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const)
  privateAddresses.addSubnet(address, bits, 'ipv4')
for (const [address, bits] of [
  ['::', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['2001::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 9],
  ['ff00::', 8],
] as const)
  privateAddresses.addSubnet(address, bits, 'ipv6')

export function isPrivate(address: string): boolean {
  const kind = isIP(address)
  // BlockList takes ::ffff:10.0.0.1 for 10.0.0.1.
  return kind === 0 || privateAddresses.check(address, kind === 4 ? 'ipv4' : 'ipv6')
}

/** @throws {AddressRefused} */
export const refusePrivate: AddressCheck = (host, address) => {
  if (!isPrivate(address)) return
  throw new AddressRefused(
    `${host} is ${address}, an address of an inner network; the platform does not fetch from there unless its operator allows it (--fetch-private yes).`,
  )
}
