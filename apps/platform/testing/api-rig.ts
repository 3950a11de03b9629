import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BlobStore, Fingerprinter, MemoryStore } from '@bootcast/content'
import { type Role, type RouteName, roleSchema, routes } from '@bootcast/contract'
import { type ApiOptions, createApi } from '../src/api/api-server.ts'
import { blobHandlers } from '../src/api/blob-handlers.ts'
import type { Handlers } from '../src/api/handlers.ts'
import { Refused } from '../src/api/problem-response.ts'
import type { AuditNote } from '../src/audit/audit.ts'
import { BootFeed } from '../src/boots/boot-feed.ts'
import { NotSignedIn, type Session } from '../src/identity/sessions.ts'
import { createLog } from '../src/log.ts'
import { UploadStore } from '../src/uploads/upload-store.ts'

export const rigToken = 'bct_of-the-rig'

/** The token of somebody in this role. */
export const rigTokenOf = (role: Role): string => `${rigToken}-${role}`

const rigSession = (role: Role): Session => ({
  ...{ user: 'admin', role, kind: 'sign-in', tokenId: 't', tokenName: undefined },
})

/** The HTTP side alone, on loopback: blobs in memory, one token, other handlers as the test gives them. */
export async function startApiRig(
  changes: Partial<Omit<ApiOptions, 'handlers'>> & { handlers?: Partial<Handlers>; blobs?: BlobStore } = {},
) {
  const logged: string[] = []
  const noted: AuditNote[] = []
  const stopping = new AbortController()
  const blobs = changes.blobs ?? new MemoryStore()
  const folder = await mkdtemp(join(tmpdir(), 'bootcast-rig-'))
  const fingerprinter = new Fingerprinter()
  const limits = { mostBytes: 1_000_000, quotaBytes: 3_000_000 }
  const uploads = await UploadStore.open({ folder, fingerprinter, ...limits })
  const unused = Object.fromEntries(
    (Object.keys(routes) as RouteName[]).map((name) => [
      name,
      () => Promise.reject(new Refused('not_found', `the rig has no ${name}`)),
    ]),
  )
  const app = await createApi({
    sessionOf: async ({ headers: { authorization = '' } }) => {
      const [, token, role = 'administrator'] =
        /^Bearer (bct_of-the-rig)(?:-(\w+))?$/.exec(authorization) ?? []
      if (token === undefined) throw new NotSignedIn('sign in')
      return rigSession(roleSchema.parse(role))
    },
    audit: {
      note: (note) => void noted.push(note),
      noteDurably: async (note) => void noted.push(note),
    },
    health: async () => undefined,
    boot: { handle: () => false },
    uploads: { uploads, mostBytes: 1_000_000 },
    bundleOf: () => Promise.reject(new Refused('not_found', 'the rig has no bundles')),
    feed: new BootFeed({ startedAt: 0 }),
    version: '0.0.0',
    log: createLog({ level: 'debug', format: 'json', write: (line) => logged.push(line) }),
    stopping: stopping.signal,
    timing: { headMs: 600, stallMs: 300, bodyMs: 300, lingerMs: 200 },
    ...changes,
    handlers: {
      ...(unused as unknown as Handlers),
      ...blobHandlers({ blobs, maxUploadBytes: 1_000_000 }),
      ...changes.handlers,
    },
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    blobs,
    uploads,
    logged,
    noted,
    stop: (reason: Error) => stopping.abort(reason),
    cutConnections: () => app.server.closeAllConnections(),
    [Symbol.asyncDispose]: async () => {
      app.server.closeAllConnections()
      await app.close()
      await fingerprinter.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Sends text on a connection of its own, half-closes it when asked to, and gives all that comes back. */
export async function rawExchange(port: number, text: string | Buffer, { end = true } = {}): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  const parts: Buffer[] = []
  socket.on('data', (part) => parts.push(part))
  socket.on('error', () => undefined)
  if (end) socket.end(text)
  else socket.write(text)
  await once(socket, 'close')
  return Buffer.concat(parts).toString('latin1')
}

export const zeroDigest = `sha256:${'0'.repeat(64)}`

/** The problem in an answer; its status and media type must fit. */
export async function refusal(response: Response) {
  assert.equal(response.headers.get('content-type')?.split(';')[0], 'application/problem+json')
  const { code, detail, status } = (await response.json()) as { code: string; detail: string; status: number }
  assert.equal(status, response.status)
  return { code, detail }
}

/** The head of a request as the rig's user. */
export const head = (method: string, path: string, ...lines: string[]) =>
  [
    `${method} ${path} HTTP/1.1`,
    'Host: localhost',
    `Authorization: Bearer ${rigToken}`,
    ...lines,
    '',
    '',
  ].join('\r\n')
