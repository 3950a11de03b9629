import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import proxyaddr from '@fastify/proxy-addr'

/** Some proxies say ADDRESS:PORT, with an IPv6 address in brackets. */
const withPort = /^(?:\[([^\]]+)\]|(\d+(?:\.\d+){3}))(?::\d{1,5})?$/

export type Proxies = {
  /**
   * From where a request comes: the other end of its connection or, while that is a proxy of ours, the one before it
   * in X-Forwarded-For, read from its end, where what the sender made up does not reach. What is no address counts as
   * the proxy itself.
   */
  readonly clientAddress: (request: IncomingMessage) => string
}

/** `trusted`: addresses and subnets; with none of them there are no proxies. */
export function proxiesOf(trusted: readonly string[]): Proxies | undefined {
  if (trusted.length === 0) return undefined
  const isProxy = proxyaddr.compile([...trusted])
  const clientAddress = (request: IncomingMessage) => {
    const address = proxyaddr(request, isProxy).replace(withPort, '$1$2')
    return isIP(address) === 0 ? (request.socket.remoteAddress ?? '') : address
  }
  return { clientAddress }
}
