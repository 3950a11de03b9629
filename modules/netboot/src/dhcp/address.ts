/** An IPv4 address as an unsigned 32-bit number, for arithmetic; NaN for other text. */
export function addressNumber(address: string): number {
  let sum = 0
  let part = -1
  let dots = 0
  for (let at = 0; at < address.length; at++) {
    const code = address.charCodeAt(at)
    if (code === 46) {
      if (part < 0) return Number.NaN
      sum = sum * 256 + part
      part = -1
      dots += 1
      continue
    }
    if (code < 48 || code > 57) return Number.NaN
    part = (part < 0 ? 0 : part * 10) + code - 48
    if (part > 255) return Number.NaN
  }
  return part < 0 || dots !== 3 ? Number.NaN : sum * 256 + part
}

export function addressText(number: number): string {
  return `${number >>> 24}.${(number >>> 16) & 255}.${(number >>> 8) & 255}.${number & 255}`
}

/** @throws {RangeError} when it is not dotted IPv4 */
export function addressBytes(address: string): Uint8Array {
  const number = addressNumber(address)
  if (Number.isNaN(number)) throw new RangeError(`${JSON.stringify(address)} is no IPv4 address`)
  return Uint8Array.of(number >>> 24, number >>> 16, number >>> 8, number)
}

/** True for four decimal numbers from 0 to 255. */
export function isAddress(text: string): boolean {
  return !Number.isNaN(addressNumber(text))
}

/** Whether two addresses lie in the same subnet. */
export function sameSubnet(a: string, b: string, netmask: string): boolean {
  const mask = addressNumber(netmask)
  return (addressNumber(a) & mask) === (addressNumber(b) & mask)
}
