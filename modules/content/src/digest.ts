import { createHash } from 'node:crypto'

/** `sha256:` and 64 lower-case hexadecimal digits: the name of some bytes (OCI image-spec, "Digests"). */
export type Digest = `sha256:${string}`

const pattern = /^sha256:[0-9a-f]{64}$/

/** The digest written in `text`, or `undefined` when it is none. Safe as part of a path afterwards. */
export function parseDigest(text: string): Digest | undefined {
  return pattern.test(text) ? (text as Digest) : undefined
}

/** The 64 hexadecimal digits of a digest. */
export function digestHex(digest: Digest): string {
  return digest.slice('sha256:'.length)
}

export function digestOf(bytes: Uint8Array): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}
