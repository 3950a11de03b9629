import type { RequestListener, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Endpoint, whyNotListening } from '@bootcast/options'

/** Opens the HTTP listener; its port, which differs from the wanted one when that was 0. @throws {StartRefused} */
export async function listenHttp(server: Server, endpoint: Endpoint): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject)
  server.listen(endpoint.port, endpoint.address, resolve)
  try {
    await promise
  } catch (cause) {
    throw whyNotListening(cause, endpoint)
  }
  server.off('error', reject)
  // Such as a connection that finds no file descriptor: the next one may.
  server.on('error', () => undefined)
  return (server.address() as AddressInfo).port
}

/** What a site answers beside the paths of boot. */
export const nothingElse: RequestListener = (_, response) => {
  const text = 'This is a Bootcast site: machines boot from it. People are at home at its platform.\n'
  response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8', 'content-length': text.length })
  response.end(text)
}

/** What is no HTTP: RFC 9457. */
export const brokenText = (detail: string): string =>
  JSON.stringify({ type: 'about:blank', title: 'Bad Request', status: 400, detail })
