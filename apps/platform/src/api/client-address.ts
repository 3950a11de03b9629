import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import proxyaddr from '@fastify/proxy-addr'

/** Whether an address is that of a proxy whose X-Forwarded-For counts. */
export type IsProxy = (address: string, hop: number) => boolean

export type Proxies = {
  readonly isProxy: IsProxy
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
    const address = proxyaddr(request, isProxy)
    return isIP(address) === 0 ? (request.socket.remoteAddress ?? '') : address
  }
  return { isProxy, clientAddress }
}
