import { createHmac, timingSafeEqual } from 'node:crypto'

/** How a request says who it is from. */
export type Credentials =
  | { readonly kind: 'password'; readonly user: string; readonly password: string }
  /** To be checked with `isSignedBy` and the secret of the key. */
  | {
      readonly kind: 'api-key'
      readonly publicKey: string
      readonly signature: Buffer
      readonly signed: string
    }

/** Longer ones are of nobody; Node limits the header as a whole to 16 KiB. */
const longest = { user: 256, password: 1024, publicKey: 256 }

/**
 * Who a request says it is from, by its header or its address; `undefined` when it says nothing that can be read.
 * An address that is signed goes before a header.
 *
 * @param path the raw path and query as they came, below the root context and without its slash: what was signed
 *   (`users/guest/images?apiKey=…&signature=…`)
 */
export function credentialsOf(authorization: string | undefined, path: string): Credentials | undefined {
  return signedAddress(path) ?? basic(authorization)
}

/**
 * Basic as RFC 7617 has it (base64), and as the published samples of UForge write it: `Basic user:password`, as it is.
 * A colon is no character of base64, so the two cannot be mistaken.
 */
function basic(authorization = ''): Credentials | undefined {
  const [, value = ''] = /^Basic +(.+)$/i.exec(authorization.trim()) ?? []
  const text = value.includes(':') ? value : decoded(value)
  const colon = text?.indexOf(':') ?? -1
  if (text === undefined || colon < 1) return undefined
  const [user, password] = [text.slice(0, colon), text.slice(colon + 1)]
  if (user.length > longest.user || password.length > longest.password) return undefined
  return { kind: 'password', user, password }
}

const decoded = (value: string): string | undefined =>
  /^[A-Za-z0-9+/]+={0,2}$/.test(value) ? Buffer.from(value, 'base64').toString('utf8') : undefined

/**
 * `…?apiKey=PUBLIC&signature=BASE64`, where the signature is HMAC-SHA1 with the secret key over all before
 * `&signature=`, as it came: parameters stand in any order and are never written anew. There is no time in it: who has
 * such an address may repeat it, as with UForge.
 */
function signedAddress(path: string): Credentials | undefined {
  const [, signed = '', encoded = ''] = /^(.*)&signature=([^&]{1,200})$/.exec(path) ?? []
  const query = new URLSearchParams(signed.slice(signed.indexOf('?') + 1))
  const [publicKey, ...more] = query.getAll('apiKey')
  if (!publicKey || more.length > 0 || publicKey.length > longest.publicKey) return undefined
  const text = percentDecoded(encoded)
  if (text === undefined || !/^[A-Za-z0-9+/]{27}=$/.test(text)) return undefined
  return { kind: 'api-key', publicKey, signature: Buffer.from(text, 'base64'), signed }
}

/** A plus stays a plus: some clients leave it unescaped in the signature. */
function percentDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** Whether the secret key of the pair made the signature; takes as long for a wrong one. */
export const isSignedBy = (
  secretKey: string,
  { signed, signature }: Extract<Credentials, { readonly kind: 'api-key' }>,
): boolean => timingSafeEqual(signatureOf(secretKey, signed), signature)

/** 20 bytes. @param path as in `credentialsOf`, without the signature */
export const signatureOf = (secretKey: string, path: string): Buffer =>
  createHmac('sha1', secretKey).update(path).digest()

/** A path as a client of UForge signs it with its key. */
export function signedPath(path: string, { publicKey, secretKey }: ApiKey): string {
  const asked = `${path}${path.includes('?') ? '&' : '?'}apiKey=${encodeURIComponent(publicKey)}`
  const signature = signatureOf(secretKey, asked).toString('base64')
  return `${asked}&signature=${encodeURIComponent(signature)}`
}

export type ApiKey = { readonly publicKey: string; readonly secretKey: string }
