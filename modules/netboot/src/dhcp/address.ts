/** IPv4 addresses as unsigned 32-bit numbers, for arithmetic. */
export function addressNumber(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
}

export function addressText(number: number): string {
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.')
}

/** True for four decimal numbers from 0 to 255. */
export function isAddress(text: string): boolean {
  return /^(\d{1,3}\.){3}\d{1,3}$/.test(text) && text.split('.').every((part) => Number(part) <= 255)
}

/** Whether two addresses lie in the same subnet. */
export function sameSubnet(a: string, b: string, netmask: string): boolean {
  const mask = addressNumber(netmask)
  return (addressNumber(a) & mask) === (addressNumber(b) & mask)
}
