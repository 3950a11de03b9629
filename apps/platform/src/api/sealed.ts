import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

const nonceBytes = 12
const tagBytes = 16

/** Values that go to a browser and come back, unread and unchanged (AES-256-GCM). Good until this process ends. */
export class Sealed<T> {
  readonly #key = randomBytes(32)

  /** Letters, digits, `-` and `_`. */
  seal(value: T): string {
    const nonce = randomBytes(nonceBytes)
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce)
    const text = Buffer.concat([cipher.update(JSON.stringify(value)), cipher.final()])
    return Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64url')
  }

  /** `undefined`: nothing that was sealed here. */
  open(text: string): T | undefined {
    const bytes = Buffer.from(text, 'base64url')
    if (bytes.length < nonceBytes + tagBytes) return undefined
    const decipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(0, nonceBytes), {
      authTagLength: tagBytes,
    })
    decipher.setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes))
    try {
      const read = decipher.update(bytes.subarray(nonceBytes + tagBytes))
      return JSON.parse(Buffer.concat([read, decipher.final()]).toString('utf8'))
    } catch {
      return undefined
    }
  }
}
