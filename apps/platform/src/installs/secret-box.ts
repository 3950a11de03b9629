import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'

const algorithm = 'aes-256-gcm'
const version = 'v1'
const [ivBytes, tagBytes] = [12, 16]

/** Encrypts texts for the database: AES-256-GCM with a random nonce each (NIST SP 800-38D). */
export class SecretBox {
  readonly #key: Buffer

  /** @param key 32 random bytes */
  constructor(key: Buffer) {
    this.#key = createHash('sha256').update('bootcast values v1\0').update(key).digest()
  }

  /** `about` says what it is: sealed for one thing, it does not open as another. */
  seal(text: string, about: string): string {
    const iv = randomBytes(ivBytes)
    const cipher = createCipheriv(algorithm, this.#key, iv).setAAD(Buffer.from(about))
    const sealed = Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
    return `${version}.${sealed.toString('base64url')}`
  }

  /** `undefined`: it was sealed with another key, for another thing, or was changed. */
  open(sealed: string, about: string): string | undefined {
    const [found, text = ''] = sealed.split('.')
    const bytes = Buffer.from(text, 'base64url')
    if (found !== version || bytes.length < ivBytes + tagBytes) return undefined
    const end = bytes.length - tagBytes
    const decipher = createDecipheriv(algorithm, this.#key, bytes.subarray(0, ivBytes), {
      authTagLength: tagBytes,
    })
    try {
      decipher.setAAD(Buffer.from(about)).setAuthTag(bytes.subarray(end))
      return Buffer.concat([decipher.update(bytes.subarray(ivBytes, end)), decipher.final()]).toString('utf8')
    } catch {
      return undefined
    }
  }
}
