const mostCharacters = 1024

/**
 * The path, when it leads to this platform and nowhere else. Browsers take `//host`, `/\host` and paths with tabs or
 * line ends in them for other hosts, also when they become such by `/..` (URL standard).
 */
export function ownPath(wanted: string | undefined): string | undefined {
  if (wanted === undefined || !isPath(wanted)) return undefined
  const url = URL.parse(wanted, 'http://here.invalid')
  const path = url?.origin === 'http://here.invalid' ? url.pathname + url.search : ''
  return isPath(path) ? path : undefined
}

const isPath = (text: string): boolean =>
  text.length <= mostCharacters && /^\/(?!\/)[\x21-\x5b\x5d-\x7e]*$/.test(text)

/** Where to go after a sign-in: where the caller came from, when that is a page of ours. */
export const returnPath = (wanted: string | undefined): string => ownPath(wanted) ?? '/'
