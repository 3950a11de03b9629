import type { AddressInfo } from 'node:net'
import { type Endpoint, whyNotListening } from '@bootcast/options'
import type { FastifyInstance } from 'fastify'

/** Opens the HTTP listener; its port, which differs from the wanted one when that was 0. @throws {StartRefused} */
export async function listenHttp(app: FastifyInstance, endpoint: Endpoint): Promise<number> {
  try {
    await app.listen({ host: endpoint.address, port: endpoint.port })
  } catch (cause) {
    throw whyNotListening(cause, endpoint)
  }
  return (app.server.address() as AddressInfo).port
}
