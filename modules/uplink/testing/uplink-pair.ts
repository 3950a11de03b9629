import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { Authority } from '../src/authority.ts'
import type { TlsCredentials } from '../src/certificates/tls-credentials.ts'
import { SiteIdentity } from '../src/site-identity.ts'
import { UplinkClient, type UplinkClientSettings } from '../src/uplink-client.ts'
import type { UplinkHandlers } from '../src/uplink-handlers.ts'
import { createUplinkServer, type UplinkServer, type UplinkServerSettings } from '../src/uplink-server.ts'
import { plainHandlers } from './handlers.ts'
import { MemoryAuthorityStore } from './memory-authority-store.ts'

export type UplinkPair = {
  readonly authority: Authority
  readonly server: UplinkServer
  readonly url: string
  readonly port: number
  /** What went wrong at the server, and was no refusal. */
  readonly errors: unknown[]
  /** Somebody who has joined. */
  identity(id: string): Promise<SiteIdentity>
  client(id: string, settings?: Partial<UplinkClientSettings>): Promise<UplinkClient>
}

export type PairOptions = Partial<Omit<UplinkServerSettings, 'handlers'>> & {
  readonly handlers?: Partial<UplinkHandlers>
  readonly authority?: Authority
  readonly port?: number
}

/** A real server on loopback and whoever joins it; all ends with the test. */
export async function uplinkPair(t: TestContext, options: PairOptions = {}): Promise<UplinkPair> {
  const { handlers, port: wanted = 0, authority = await newAuthority(), ...settings } = options
  const errors: unknown[] = []
  const server = await createUplinkServer({
    credentials: () => authority.credentials(),
    blobs: { open: async () => undefined },
    onError: (error) => errors.push(error),
    log: () => undefined,
    ...settings,
    handlers: plainHandlers({
      authority: async () => ({ authorities: [...authority.certificates] }),
      ...handlers,
    }),
  })
  const { port } = await server.listen(wanted, '127.0.0.1')
  t.after(() => server.stop())
  const url = `https://127.0.0.1:${port}`
  const identity = (id: string) => newIdentity(authority, id, url)
  return {
    authority,
    server,
    url,
    port,
    errors,
    identity,
    client: async (id, more = {}) => clientOf(t, await identity(id), more),
  }
}

export const newAuthority = (now?: () => number): Promise<Authority> =>
  Authority.open({ store: new MemoryAuthorityStore(), ...(now && { now }) })

export async function newIdentity(
  authority: Authority,
  id: string,
  url: string,
  via?: string,
): Promise<SiteIdentity> {
  const { key, csr } = await SiteIdentity.make()
  const certificate = await authority.issueSite(csr, { id, name: id })
  const kept = { id, name: id, url, certificate, authorities: [...authority.certificates] }
  const folder = await mkdtemp(join(tmpdir(), 'uplink-'))
  return await SiteIdentity.keep(folder, { ...kept, ...(via !== undefined && { via }) }, key)
}

export function clientOf(
  t: TestContext,
  identity: SiteIdentity,
  settings: Partial<UplinkClientSettings> = {},
): UplinkClient {
  const { url, serverName } = identity
  const client = new UplinkClient({ url, serverName, identity, probeMs: 100, ...settings })
  t.after(() => client.close())
  return client
}

/** Credentials with other parts put in. */
export const withParts = (identity: SiteIdentity, parts: Partial<TlsCredentials>) => ({
  credentials: () => ({ ...identity.credentials(), ...parts }),
})
