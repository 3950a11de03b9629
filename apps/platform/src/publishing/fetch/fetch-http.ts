import { type AddressCheck, type Answer, bytesOf, exchange } from '@bootcast/image'
import { AddressRefused, type Fetched, FetchFailed, nameIn } from './fetched.ts'

const mostRedirects = 5

/** A file of the web, over a few redirects. @throws {AddressRefused | FetchFailed | HostFailed} */
export async function fetchHttp(
  text: string,
  checkAddress: AddressCheck | undefined,
  signal: AbortSignal,
): Promise<Fetched> {
  let url = parsed(text)
  for (let hop = 0; hop <= mostRedirects; hop++) {
    const answer = await exchange({ url, method: 'GET', headers, checkAddress, signal })
    if (answer.status === 200)
      return { bytes: bytesOf(answer), size: sizeOf(answer), name: nameIn(url.pathname) }
    answer.body.destroy()
    const { location } = answer.headers
    if (![301, 302, 303, 307, 308].includes(answer.status) || location === undefined)
      throw new FetchFailed(`${url.host} answers with status ${answer.status} for ${url.pathname}.`)
    url = parsed(URL.parse(location, url)?.href ?? location)
  }
  throw new FetchFailed(`${text} leads from one address to the next without end.`)
}

const headers = { 'user-agent': 'bootcast', 'accept-encoding': 'identity' }

function parsed(text: string): URL {
  const url = URL.parse(text)
  if (url === null || !['http:', 'https:'].includes(url.protocol) || url.username !== '')
    throw new AddressRefused(`“${text.slice(0, 200)}” is no web address of a file without a user in it.`)
  return url
}

function sizeOf({ headers: { 'content-length': text } }: Answer): number | undefined {
  return text !== undefined && /^[0-9]{1,15}$/.test(text) ? Number(text) : undefined
}
