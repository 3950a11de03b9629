import type { Machine } from '@bootcast/contract'

/** `Dell Inc. OptiPlex 7010`; the maker is not said twice. */
export function productOf({
  manufacturer,
  product,
}: Pick<Machine, 'manufacturer' | 'product'>): string | undefined {
  if (manufacturer === undefined || product === undefined) return product ?? manufacturer
  return product.toLowerCase().startsWith(manufacturer.toLowerCase()) ? product : `${manufacturer} ${product}`
}

const firmwares: ReadonlyMap<string, string> = new Map([
  ['bios', 'BIOS'],
  ['uefi', 'UEFI'],
])

/** `UEFI (x64, http)`, `BIOS`; what is not known as it came. */
export function firmwareOf(firmware: string | undefined): string | undefined {
  if (firmware === undefined) return undefined
  const [kind = '', ...more] = firmware.split('-')
  const name = firmwares.get(kind)
  if (name === undefined) return firmware
  return more.length === 0 ? name : `${name} (${more.join(', ')})`
}

/** `x86_64, UEFI (x64)`; `undefined` when nothing is known. */
export function hardwareOf({
  architecture,
  firmware,
}: Pick<Machine, 'architecture' | 'firmware'>): string | undefined {
  const parts = [architecture === 'unknown' ? undefined : architecture, firmwareOf(firmware)]
  return parts.filter((part) => part !== undefined).join(', ') || undefined
}
