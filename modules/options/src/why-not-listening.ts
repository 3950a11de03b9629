import { StartRefused } from './start-refused.ts'
import type { Endpoint } from './value-schemas.ts'

const advice: Readonly<Record<string, (where: string) => string>> = {
  EADDRINUSE: (where) =>
    `another program listens on ${where}. Stop it ("ss -ltnp" shows which), or take another port: --listen ADDRESS:PORT`,
  EACCES: (where) =>
    `this process may not listen on ${where}. Take a port from 1024 on: --listen ADDRESS:PORT`,
  EADDRNOTAVAIL: (where) => `this computer has no such address: ${where}. "ip address" shows which it has`,
}

/** Why the HTTP listener of `--listen` could not be opened, and what to do where that is known. */
export function whyNotListening(cause: unknown, { address, port }: Endpoint): unknown {
  const where = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
  const known = advice[(cause as NodeJS.ErrnoException).code ?? '']
  return known === undefined ? cause : new StartRefused(known(where), { cause })
}
