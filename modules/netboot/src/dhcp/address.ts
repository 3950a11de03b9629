/** IPv4 addresses as unsigned 32-bit numbers, for arithmetic. */
export function addressNumber(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
}

export function addressText(number: number): string {
  return `${number >>> 24}.${(number >>> 16) & 255}.${(number >>> 8) & 255}.${number & 255}`
}

/** @throws {RangeError} when it is not dotted IPv4 */
export function addressBytes(address: string): Uint8Array {
  if (address === '0.0.0.0') return unspecified
  if (!isAddress(address)) throw new RangeError(`${JSON.stringify(address)} is no IPv4 address`)
  return Uint8Array.from(address.split('.'), Number)
}

const unspecified = new Uint8Array(4)

/** True for four decimal numbers from 0 to 255. */
export function isAddress(text: string): boolean {
  return /^(\d{1,3}\.){3}\d{1,3}$/.test(text) && text.split('.').every((part) => Number(part) <= 255)
}

/** Whether two addresses lie in the same subnet. */
export function sameSubnet(a: string, b: string, netmask: string): boolean {
  const mask = addressNumber(netmask)
  return (addressNumber(a) & mask) === (addressNumber(b) & mask)
}
