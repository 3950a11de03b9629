import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import type { Endpoint } from './config/value-schemas.ts'
import { StartRefused } from './start-refused.ts'

const advice: Readonly<Record<string, (where: string) => string>> = {
  EADDRINUSE: (where) =>
    `another program listens on ${where}. Stop it ("ss -ltnp" shows which), or take another port: --listen ADDRESS:PORT`,
  EACCES: (where) =>
    `this process may not listen on ${where}. Take a port from 1024 on: --listen ADDRESS:PORT`,
  EADDRNOTAVAIL: (where) => `this computer has no such address: ${where}. "ip address" shows which it has`,
}

/** Opens the HTTP listener; its port, which differs from the wanted one when that was 0. @throws {StartRefused} */
export async function listenHttp(app: FastifyInstance, { address, port }: Endpoint): Promise<number> {
  try {
    await app.listen({ host: address, port })
  } catch (cause) {
    const where = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
    const known = advice[(cause as NodeJS.ErrnoException).code ?? '']
    throw known === undefined ? cause : new StartRefused(known(where), { cause })
  }
  return (app.server.address() as AddressInfo).port
}
