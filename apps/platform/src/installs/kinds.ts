/**
 * What a variable may hold. Named kinds rather than expressions of template authors: those would run in this process, on
 * values of others, and people can read these.
 */
export const kinds = {
  line: { about: 'one line of text', fits: /^[^\p{Cc}\p{Zl}\p{Zp}]*$/u },
  text: { about: 'text of any number of lines', fits: /^[^\0]*$/u },
  word: { about: 'letters, digits and _ . : / @ + = , - only', fits: /^[\w.:/@+=,-]*$/ },
  user: { about: 'a user name of Linux', fits: /^[a-z_][a-z0-9_-]{0,31}$/ },
  hostname: {
    about: 'a host name: letters, digits, hyphens, at most 63 between dots',
    fits: /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/i,
  },
  number: { about: 'a whole number', fits: /^\d{1,15}$/ },
  address: {
    about: 'an IPv4 address',
    fits: /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)$/,
  },
  url: { about: 'an http or https address', fits: /^https?:\/\/[\w.:/@+=,~%?&#[\]-]+$/ },
  path: { about: 'an absolute path', fits: /^\/[\w.:/@+=,-]*$/ },
  hash: { about: 'a password hash such as $6$…', fits: /^[\w$./=,-]{1,256}$/ },
} as const satisfies Record<string, { readonly about: string; readonly fits: RegExp }>

export type KindName = keyof typeof kinds
export const kindNames = Object.keys(kinds) as readonly KindName[]

/** 16 KiB: a key, a certificate chain, a script. */
export const longestValue = 16 * 1024

/** Why no template can have this value; `undefined`: some can. */
export function whyNoValue(value: string): string | undefined {
  if (value.length > longestValue) return `it is longer than ${longestValue} characters`
  if (value.includes('\0')) return 'it has a NUL'
  if (/\p{Surrogate}/u.test(value)) return 'it has half of a character'
  return undefined
}

/** Why a variable cannot have this value; an empty one is none. */
export function whyUnfit(
  { kind, choices }: { readonly kind: KindName; readonly choices: readonly string[] },
  value: string,
): string | undefined {
  if (value === '') return undefined
  const never = whyNoValue(value)
  if (never !== undefined) return never
  if (choices.length > 0 && !choices.includes(value)) return `it must be one of ${choices.join(', ')}`
  return kinds[kind].fits.test(value) ? undefined : `it must be ${kinds[kind].about}`
}
