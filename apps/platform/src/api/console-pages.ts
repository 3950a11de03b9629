import { randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/** Where the pages of the console are, besides `/`. What lies below belongs to it, too. */
const places = [
  'boots',
  'images',
  'machines',
  'openings',
  'sites',
  'templates',
  'network',
  'people',
  'audit',
  'account',
  'start',
  'reference',
] as const

const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** Stands in the built index.html where the nonce of each answer goes; as in apps/console/nonce-mark.ts. */
const nonceMark = '{{bootcast-nonce}}'

/** Small enough to be kept in memory: a megabyte or two, whatever the number of requests. */
export type ConsoleFiles = {
  readonly index: string
  /** By name. */
  readonly assets: ReadonlyMap<string, Asset>
}
type Asset = { readonly type: string; readonly bytes: Buffer; readonly zipped: Buffer }

/** The console as it was built; `undefined`: it was not. */
export async function readConsole(folder: string): Promise<ConsoleFiles | undefined> {
  const index = await readFile(join(folder, 'index.html'), 'utf8').catch(() => undefined)
  if (index === undefined) return undefined
  const assets = new Map<string, Asset>()
  for (const name of await readdir(join(folder, 'assets'))) {
    const type = types[extname(name)]
    if (type === undefined) continue
    const bytes = await readFile(join(folder, 'assets', name))
    assets.set(name, { type, bytes, zipped: gzipSync(bytes, { level: 9 }) })
  }
  return { index, assets }
}

/** The console: one page for all its addresses, and what that loads. Nothing comes from elsewhere. */
export function addConsolePages(app: FastifyInstance, files: ConsoleFiles): void {
  const page = async (request: FastifyRequest, reply: FastifyReply) =>
    wantsHtml(request) ? sendConsole(reply, files) : reply.callNotFound()
  for (const place of places) {
    app.get(`/${place}`, page)
    app.get(`/${place}/*`, page)
  }
  app.get<{ Params: { name: string } }>('/assets/:name', (request, reply) => {
    const asset = files.assets.get(request.params.name)
    if (asset === undefined) return reply.callNotFound()
    const isZipped = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '')
    // The name has the hash of the bytes: they never change.
    reply.headers({ 'cache-control': 'public, max-age=31536000, immutable', vary: 'accept-encoding' })
    if (isZipped) reply.header('content-encoding', 'gzip')
    return reply.type(asset.type).send(isZipped ? asset.zipped : asset.bytes)
  })
}

export function sendConsole(reply: FastifyReply, { index }: ConsoleFiles): FastifyReply {
  const nonce = randomBytes(16).toString('base64')
  return reply
    .headers({ 'content-security-policy': policyWith(nonce), 'referrer-policy': 'same-origin' })
    .type('text/html; charset=utf-8')
    .send(index.replaceAll(nonceMark, nonce))
}

/** Somebody with a browser, rather than a program that mistook the address. */
export const wantsHtml = ({ headers }: FastifyRequest): boolean => /\btext\/html\b/.test(headers.accept ?? '')

/** Scripts of ours alone; styles that React and Mantine make have the nonce; nobody may frame it. */
const policyWith = (nonce: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
