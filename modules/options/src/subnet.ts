export type Ipv4Subnet = {
  /** Of this computer. */
  readonly address: string
  readonly netmask: string
  /** `10.77.0.1/24`. */
  readonly text: string
}

export function subnetOf(address: string, netmask: string): Ipv4Subnet {
  const ones = addressNumber(netmask).toString(2).replaceAll('0', '').length
  return { address, netmask, text: `${address}/${ones}` }
}

/** The network that an address is in: `10.77.0.0/24`. */
export function subnetTextOf(address: string, netmask: string): string {
  const size = 2 ** 32 - addressNumber(netmask)
  const network = addressNumber(address) - (addressNumber(address) % size)
  const dotted = [2 ** 24, 2 ** 16, 2 ** 8, 1].map((place) => Math.floor(network / place) % 256).join('.')
  return subnetOf(dotted, netmask).text
}

/** Whether a machine of the subnet may have the address: not the network's own and not the broadcast address. */
export function isInside({ address, netmask }: Ipv4Subnet, other: string): boolean {
  const size = 2 ** 32 - addressNumber(netmask)
  const network = addressNumber(address) - (addressNumber(address) % size)
  const place = addressNumber(other) - network
  return place > 0 && place < size - 1
}

/** Dotted address → number. */
export function addressNumber(dotted: string): number {
  return dotted.split('.').reduce((number, part) => number * 256 + Number(part), 0)
}
