import type { IncomingMessage, ServerResponse } from 'node:http'
import type { TLSSocket } from 'node:tls'
import { type FileSender, serveFile } from '@bootcast/boot'
import { uplinkRoot } from '../names.ts'
import { UplinkRefused } from '../problems.ts'
import {
  type CallName,
  callNames,
  callOf,
  mostWaitSeconds,
  partsRequestSchema,
  usualMostBytes,
} from '../protocol.ts'
import type { Context, UplinkHandlers } from '../uplink-handlers.ts'
import { sendJson, sendSnapshot, takesZstd } from './answers.ts'
import type { Connections } from './connections.ts'
import type { JoinRate } from './join-rate.ts'
import { rangesIn, sendParts } from './parts.ts'
import { type Peer, peerOf, visitorOf } from './peer.ts'
import { readJson } from './request-body.ts'
import type { ServedBlob, ServedBlobs } from './served-blobs.ts'

export type Routing = {
  readonly handlers: UplinkHandlers
  readonly blobs: ServedBlobs
  readonly admit?: (peer: Peer) => void | Promise<void>
  readonly connections: Connections
  readonly joins: JoinRate
  readonly sender: FileSender
  readonly bodyMs: number
  readonly now: () => number
}

/** `now`: aborted when the answer is wanted now; `gone`: when it is not wanted any more. */
export type Answer = { readonly now: AbortController; readonly gone: AbortController }

type Exchange = {
  readonly routing: Routing
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly answer: Answer
  readonly url: URL
}

const byPath = new Map(callNames.map((name) => [callOf(name).path, name]))
const bytesPath = new RegExp(`^${uplinkRoot}/(blobs|parts)/([0-9a-f]{64})$`)

/** Answers one request. Rejects with what went wrong, when nothing was sent or not all. */
export async function route(
  routing: Routing,
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
): Promise<void> {
  const url = urlOf(request)
  const exchange = { routing, request, response, answer, url }
  const name = byPath.get(url.pathname)
  if (name !== undefined && callOf(name).who === 'anybody') return await answerAnybody(exchange, name)
  const peer = peerOf(request, socketOf(request), routing.now())
  routing.connections.begin(peer, request, response)
  await routing.admit?.(peer)
  if (name !== undefined) return await answerCall(exchange, name, peer)
  if (url.pathname === `${uplinkRoot}/snapshot`) return await answerSnapshot(exchange, peer)
  const [, what, hex] = bytesPath.exec(url.pathname) ?? []
  if (what === 'blobs') return await answerBlob(exchange, `sha256:${hex}`, peer)
  if (what === 'parts') return await answerParts(exchange, `sha256:${hex}`, peer)
  throw new UplinkRefused('not_found', 'There is no such call')
}

async function answerAnybody(exchange: Exchange, name: CallName): Promise<void> {
  const { routing, request } = exchange
  const visitor = visitorOf(socketOf(request), routing.now())
  if (name === 'join') routing.joins.count(visitor.address)
  await answerCall(exchange, name, visitor)
}

/** The table says that request, peer and reply of a handler belong together; the compiler cannot follow by name. */
type AnyHandler = (request: unknown, peer: object, context: Context) => Promise<unknown>

async function answerCall(exchange: Exchange, name: CallName, peer: object): Promise<void> {
  const { routing, request, response, answer } = exchange
  const { method, request: schema, longPoll, mostBytes = usualMostBytes } = callOf(name)
  demand(request, method)
  const body = schema?.parse(await readJson(request, response, { mostBytes, bodyMs: routing.bodyMs }))
  const handle = routing.handlers[name] as AnyHandler
  const wait = longPoll === true ? waitOf(exchange, 20) : undefined
  sendJson(response, await withinWait(answer, wait, (context) => handle(body, peer, context)))
}

async function answerSnapshot(exchange: Exchange, peer: Peer): Promise<void> {
  const { routing, request, response, answer } = exchange
  demand(request, 'GET')
  const etag = request.headers['if-none-match']
  const found = await withinWait(answer, waitOf(exchange, 0), (context) =>
    routing.handlers.snapshot({ etag }, peer, context),
  )
  if (found !== undefined && found.etag !== etag) return await sendSnapshot(request, response, found)
  response.writeHead(304, etag === undefined ? {} : { etag })
  response.end()
}

async function answerBlob(
  { routing, request, response }: Exchange,
  digest: string,
  peer: Peer,
): Promise<void> {
  demand(request, 'GET', 'HEAD')
  const blob = await opened(routing, digest, peer)
  await serveFile(request, response, { ...blob, digest }, routing.sender)
}

async function answerParts(
  { routing, request, response, answer }: Exchange,
  digest: string,
  peer: Peer,
): Promise<void> {
  demand(request, 'POST')
  const limits = { mostBytes: 128 * 1024, bodyMs: routing.bodyMs }
  const asked = partsRequestSchema.parse(await readJson(request, response, limits))
  const blob = await opened(routing, digest, peer)
  const options = { zstd: takesZstd(request), signal: answer.gone.signal }
  await sendParts(response, blob, rangesIn(asked, blob.size), options)
}

async function opened({ blobs }: Routing, digest: string, peer: Peer): Promise<ServedBlob> {
  const blob = await blobs.open(digest, peer)
  if (blob === undefined) throw new UplinkRefused('blob_missing', `There is no blob ${digest} for this site`)
  return blob
}

/** Runs a handler; one that may wait for news is told when that wait is over. */
async function withinWait<T>(
  { now, gone }: Answer,
  waitSeconds: number | undefined,
  handle: (context: Context) => Promise<T>,
): Promise<T> {
  if (waitSeconds === 0) now.abort()
  const timer = waitSeconds === undefined ? undefined : setTimeout(() => now.abort(), waitSeconds * 1000)
  try {
    return await handle({ signal: now.signal, gone: gone.signal, waitSeconds: waitSeconds ?? 0 })
  } finally {
    clearTimeout(timer)
  }
}

/** `?wait=` in seconds. */
function waitOf({ url }: Exchange, usual: number): number {
  const text = url.searchParams.get('wait')
  if (text === null) return usual
  if (!/^\d{1,3}$/.test(text)) throw new UplinkRefused('invalid_request', 'wait is not a number of seconds')
  return Math.min(Number(text), mostWaitSeconds)
}

function demand({ method = '' }: IncomingMessage, ...allowed: readonly string[]): void {
  if (!allowed.includes(method))
    throw new UplinkRefused('method_not_allowed', `This is asked by ${allowed.join(' or ')}`)
}

const socketOf = (request: IncomingMessage): TLSSocket => request.socket as TLSSocket

function urlOf({ url = '/' }: IncomingMessage): URL {
  const found = URL.parse(url, 'https://uplink')
  if (found === null) throw new UplinkRefused('invalid_request', 'The path is none')
  return found
}
