import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto'
import { z } from 'zod'
import { annotations, type Descriptor, mediaTypes } from './documents.ts'

/** What is signed: which bytes are which release. */
const statementSchema = z.strictObject({
  image: z.string(),
  number: z.int().min(1),
  index: z.string().regex(/^sha256:[0-9a-f]{64}$/),
})
export type Statement = z.infer<typeof statementSchema>

const base64 = z.string().regex(/^[A-Za-z0-9+/]*={0,2}$/)
const envelopeSchema = z.object({
  payloadType: z.literal(mediaTypes.release),
  payload: base64.max(8192),
  signatures: z
    .array(z.object({ keyid: z.string().max(128).optional(), sig: base64.max(200) }))
    .min(1)
    .max(16),
})

export type PublicKey = { readonly id: string; readonly key: KeyObject }

/** A new Ed25519 key as PEM texts: PKCS #8 and SPKI (RFC 8410). */
export function newKeyPair(): { readonly privateKey: string; readonly publicKey: string } {
  return generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
}

/** @throws {Error} for what is no Ed25519 public key */
export function readPublicKey(pem: string): PublicKey {
  const key = createPublicKey(pem)
  if (key.asymmetricKeyType !== 'ed25519') throw new Error('it is no Ed25519 key')
  return { id: keyId(key), key }
}

/** sha256 of the key as SPKI, in hexadecimal. */
const keyId = (key: KeyObject) =>
  createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex')

/** DSSE's pre-authentication encoding (https://github.com/secure-systems-lab/dsse, protocol.md). */
function encoded(payload: Buffer): Buffer {
  const type = mediaTypes.release
  return Buffer.concat([Buffer.from(`DSSEv1 ${Buffer.byteLength(type)} ${type} ${payload.length} `), payload])
}

/** A DSSE envelope over the statement. @throws {Error} for what is no Ed25519 private key */
export function signStatement(statement: Statement, privateKeyPem: string): Buffer {
  const key = createPrivateKey(privateKeyPem)
  if (key.asymmetricKeyType !== 'ed25519') throw new Error('it is no Ed25519 key')
  const payload = Buffer.from(JSON.stringify(statementSchema.parse(statement)))
  const sig = sign(null, encoded(payload), key).toString('base64')
  const signatures = [{ keyid: keyId(createPublicKey(key)), sig }]
  return Buffer.from(
    JSON.stringify({ payloadType: mediaTypes.release, payload: payload.toString('base64'), signatures }),
  )
}

/** Which of these keys signed exactly this statement; `undefined`: none did. Never throws for a forged envelope. */
export function signerOf<Key extends PublicKey>(
  envelopes: readonly Buffer[],
  statement: Statement,
  trusted: readonly Key[],
): Key | undefined {
  for (const bytes of envelopes) {
    const envelope = envelopeSchema.safeParse(jsonIn(bytes))
    if (!envelope.success) continue
    const payload = Buffer.from(envelope.data.payload, 'base64')
    const said = statementSchema.safeParse(jsonIn(payload))
    const isThis =
      said.success &&
      said.data.index === statement.index &&
      said.data.number === statement.number &&
      said.data.image === statement.image
    if (!isThis) continue
    for (const { sig } of envelope.data.signatures) {
      const signer = trusted.find(({ key }) =>
        verify(null, encoded(payload), key, Buffer.from(sig, 'base64')),
      )
      if (signer !== undefined) return signer
    }
  }
  return undefined
}

function jsonIn(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return undefined
  }
}

/** The manifest that carries an envelope: it names the index as its subject (OCI image-spec 1.1, manifest.md). */
export function signatureManifest(envelope: Descriptor, subject: Descriptor): Buffer {
  const empty = { mediaType: mediaTypes.empty, digest: emptyDigest, size: 2 }
  const { mediaType, digest, size } = subject
  return Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      artifactType: mediaTypes.signature,
      config: empty,
      layers: [{ ...envelope, annotations: { [annotations.title]: 'signature.json' } }],
      subject: { mediaType, digest, size },
    }),
  )
}

/** sha256 of `{}`: the empty descriptor of OCI. */
export const emptyDocument: Buffer = Buffer.from('{}')
const emptyDigest = `sha256:${createHash('sha256').update(emptyDocument).digest('hex')}`
