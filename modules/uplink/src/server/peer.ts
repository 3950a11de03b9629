import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'
import { onBehalfOfHeader, siteIdPattern, siteServerName } from '../names.ts'
import { UplinkRefused } from '../problems.ts'

/** Who asks. */
export type Peer = {
  /** The id in the certificate of the connection. */
  readonly site: string
  /** For whom that site asks: a site below it. Whether it may is the handlers' matter. */
  readonly onBehalfOf?: string
  /** The sites between the two, the nearest first, and the last one `onBehalfOf`; empty when it asks for itself. */
  readonly chain: readonly string[]
  /** Where the connection comes from. */
  readonly address: string
}

/** Who asks without having to be a site. `site`: it is one all the same. */
export type Visitor = Omit<Peer, 'site'> & { readonly site: string | undefined }

const mostChain = 8

/** @throws {UplinkRefused} not_a_site: nobody we know; invalid_request: a chain that is none */
export function peerOf(request: IncomingMessage, socket: TLSSocket, now: number): Peer {
  const found = siteOf(socket, now)
  if ('why' in found) throw new UplinkRefused('not_a_site', found.why)
  const chain = chainOf(request)
  const onBehalfOf = chain.at(-1)
  const address = addressOf(socket)
  return { site: found.site, chain, address, ...(onBehalfOf !== undefined && { onBehalfOf }) }
}

export function visitorOf(socket: TLSSocket, now: number): Visitor {
  const found = siteOf(socket, now)
  return { site: 'site' in found ? found.site : undefined, chain: [], address: addressOf(socket) }
}

/** An IPv4 address, also where the listener takes both. */
const addressOf = (socket: TLSSocket): string => (socket.remoteAddress ?? '').replace(/^::ffff:/, '')

/** What TLS found out when the connection began; it may have ended since. */
export function siteOf(socket: TLSSocket, now: number): { readonly site: string } | { readonly why: string } {
  const certificate = socket.getPeerX509Certificate()
  if (certificate === undefined) return { why: 'This needs the certificate of a site, and none was shown' }
  if (!socket.authorized) return { why: `The certificate is not believed: ${socket.authorizationError}` }
  const { validFromDate, validToDate } = certificate
  if (now < validFromDate.getTime() || now >= validToDate.getTime())
    return { why: 'The certificate does not count at this time; the site has to join again' }
  const [, site = ''] = /^CN=(.+)$/m.exec(certificate.subject) ?? []
  const isOne = siteIdPattern.test(site) && certificate.checkHost(siteServerName(site)) !== undefined
  return isOne ? { site } : { why: 'The certificate is not that of a site' }
}

function chainOf({ headers }: IncomingMessage): readonly string[] {
  const value = headers[onBehalfOfHeader]
  if (value === undefined) return []
  const ids = String(value)
    .split(',')
    .map((id) => id.trim())
  if (ids.length > mostChain || !ids.every((id) => siteIdPattern.test(id)))
    throw new UplinkRefused('invalid_request', `${onBehalfOfHeader} is not a list of up to ${mostChain} ids`)
  return ids
}
