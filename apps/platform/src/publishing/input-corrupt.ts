export class InputCorrupt extends Error {
  override readonly name = 'InputCorrupt'
  readonly code = 'blob_corrupt'
  constructor(expected: string, actual: string) {
    super(`The bytes that arrived are ${actual}, announced were ${expected}; nothing was kept`)
  }
}

/** @throws {InputCorrupt} when another digest was announced */
export function checkDigest(expected: string | undefined, actual: string): void {
  if (expected !== undefined && expected !== actual) throw new InputCorrupt(expected, actual)
}
