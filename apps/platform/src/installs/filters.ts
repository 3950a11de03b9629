import { sha512Crypt } from './sha-crypt.ts'

/** What may stand after a name in a placeholder, and what it makes of a value. */
const filters = {
  /** The author vouches for the place: any text may stand there. */
  text: (value: string) => value,
  /** One word of a POSIX shell (XCU §2.2.2), for a place of its own. */
  shell: (value: string) => (/^[\w.:/@+=,-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`),
  /** A part of a URL (RFC 3986 §2.3: only unreserved characters stay). */
  url: (value: string) =>
    encodeURIComponent(value).replace(
      /[!'()*]/g,
      (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
    ),
  base64: (value: string) => Buffer.from(value, 'utf8').toString('base64'),
  /** The hash of a password for /etc/shadow: $6$. */
  crypt: (value: string) => (value === '' ? '' : sha512Crypt(value)),
} as const

export type FilterName = keyof typeof filters

/** What a hash looks like, where none is needed. */
const likeHash = `$6$${'.'.repeat(16)}$${'.'.repeat(86)}`
const longestPassword = 256

/** Why a filter cannot take it. */
export function whyUnfiltered(value: string, names: readonly FilterName[]): string | undefined {
  return names.includes('crypt') && Buffer.byteLength(value) > longestPassword
    ? `a password of more than ${longestPassword} bytes is not hashed`
    : undefined
}

export const isFilter = (name: string): name is FilterName => Object.hasOwn(filters, name)

/** One after the other. `isTrial`: nobody gets the text, so nothing that takes time is done. */
export function filtered(
  value: string,
  names: readonly FilterName[],
  { isTrial }: { readonly isTrial: boolean },
): string {
  return names.reduce(
    (text, name) => (name === 'crypt' && isTrial && text !== '' ? likeHash : filters[name](text)),
    value,
  )
}
