import { createHash, verify, X509Certificate } from 'node:crypto'
import { mostSnapshotBytes } from './protocol.ts'
import { type Snapshot, snapshotSchema } from './schemas/snapshot.ts'

/** The bytes of a snapshot as they are signed, kept and passed on. */
export type SealedSnapshot = {
  readonly bytes: Buffer
  /** ECDSA P-256 with SHA-256 by the authority of the platform: DER, base64. */
  readonly signature: string
  /** Names the bytes, with its quotes. */
  readonly etag: string
}

/** The snapshot of a site as JSON text, signed. Memory: the text; a thousand machines are about 300 KB. */
export async function sealSnapshot(
  snapshot: Snapshot,
  authority: { sign(bytes: Uint8Array): Promise<string> },
): Promise<SealedSnapshot> {
  // Begins with `{`, and what is signed of a certificate with an ASN.1 SEQUENCE: never one taken for the other.
  const bytes = Buffer.from(JSON.stringify(snapshot))
  if (bytes.length > mostSnapshotBytes) throw new SnapshotRefused('too large')
  return { bytes, signature: await authority.sign(bytes), etag: etagOf(bytes) }
}

export const etagOf = (bytes: Uint8Array): string =>
  `"${createHash('sha256').update(bytes).digest('base64url')}"`

export type Expected = {
  /** The id of the site that it must be for. */
  readonly site?: string
  /** It must not be older: when the one was issued that is known already. */
  readonly issuedFrom?: number
}

/**
 * What a snapshot says. The signature is checked before anything is read, against each of the authorities (PEM),
 * whether or not their time is over: a site's clock may be wrong. Whether the snapshot still counts, `expiresAt` says.
 * @throws {SnapshotRefused}
 */
export function openSnapshot(
  bytes: Uint8Array,
  signature: string,
  authorities: readonly string[],
  { site, issuedFrom = 0 }: Expected = {},
): Snapshot {
  if (bytes.length > mostSnapshotBytes) throw new SnapshotRefused('too large')
  const given = Buffer.from(signature.slice(0, 256), 'base64')
  const isSigned = authorities.some((pem) =>
    verify('sha256', bytes, new X509Certificate(pem).publicKey, given),
  )
  if (!isSigned) throw new SnapshotRefused('not signed by an authority that is believed')
  const snapshot = read(bytes)
  if (site !== undefined && snapshot.site.id !== site) throw new SnapshotRefused('for another site')
  if (snapshot.issuedAt < issuedFrom) throw new SnapshotRefused('older than the one before')
  return snapshot
}

function read(bytes: Uint8Array): Snapshot {
  try {
    return snapshotSchema.parse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)))
  } catch (cause) {
    throw new SnapshotRefused('of another form than this version reads', { cause })
  }
}

/** A snapshot that nothing is decided by. */
export class SnapshotRefused extends Error {
  override readonly name = 'SnapshotRefused'
  readonly code = 'snapshot_refused'
  readonly why: string

  constructor(why: string, options?: ErrorOptions) {
    super(`The snapshot is ${why}`, options)
    this.why = why
  }
}
