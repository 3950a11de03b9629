import type { NetworkInterfaceInfo } from 'node:os'
import { type Ipv4Subnet, subnetOf } from './subnet.ts'

/** As `os.networkInterfaces()` gives them. */
export type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>

export const isInterface = (interfaces: Interfaces, name: string): boolean =>
  Object.hasOwn(interfaces, name) && interfaces[name] !== undefined

/** The IPv4 subnets of an interface, in the order of the system. */
export function ipv4SubnetsOf(interfaces: Interfaces, name: string): readonly Ipv4Subnet[] {
  const addresses = isInterface(interfaces, name) ? interfaces[name] : undefined
  return (addresses ?? [])
    .filter(({ family }) => family === 'IPv4')
    .map(({ address, netmask }) => subnetOf(address, netmask))
}
