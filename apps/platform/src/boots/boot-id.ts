/** Ids made at a time would sort from here on: UUIDv7 begins with its milliseconds (RFC 9562 §5.7). */
export function firstIdAt(ms: number): string {
  const hex = Math.max(0, Math.floor(ms)).toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7`
}

/** When the boot of this id began, milliseconds since 1970. */
export function beganAt(id: string): number {
  return Number.parseInt(id.slice(0, 13).replace('-', ''), 16)
}
