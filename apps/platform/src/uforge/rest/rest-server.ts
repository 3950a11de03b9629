import { Readable } from 'node:stream'
import { announcesBody, cutOffUnlessComplete } from '@bootcast/boot'
import { may, type Permission } from '@bootcast/contract'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { refusalOf } from '../../api/admission.ts'
import { Refused } from '../../api/problem-response.ts'
import type { RequestRate } from '../../api/request-rate.ts'
import { Stopping } from '../../api/upload.ts'
import type { DurableAudit } from '../../audit/audit.ts'
import { inAnyCase } from '../../identity/in-any-case.ts'
import { SignInFailed } from '../../identity/password-gate.ts'
import { Forbidden, NotSignedIn } from '../../identity/sessions.ts'
import { readDocument, UnreadableDocument } from '../documents/read-document.ts'
import type { Asker, UforgePeople } from '../uforge-people.ts'
import { uforgeContentType, uforgeRefusal } from '../uforge-refusal.ts'
import { type Matched, matchResource } from './match.ts'
import type { Answer, Call, Resource } from './resource.ts'

export type UforgeRestOptions = {
  /** `/api`: what all paths begin with. */
  readonly context: string
  readonly resources: readonly Resource[]
  readonly people: Pick<UforgePeople, 'whoAsks'>
  readonly audit: DurableAudit
  /** How often an address may ask that nobody is known from. */
  readonly rate: RequestRate
  /** Hears that something was changed. */
  readonly onChange: () => void
  readonly stopping: AbortSignal
  readonly bodyMs?: number
}

/** What a client of UForge sends for an image with an account embedded has some 3 KiB. */
const bodyLimit = 256 * 1024
const reading = ['GET', 'HEAD', 'OPTIONS']
/** Below the usual root context; our own API stays what it is. */
const ownApi = '/api/v1/'

type Asked = Matched & { readonly asker: Asker | undefined }

/**
 * The REST API of UForge below its root context: whatever is asked for there is answered in its words, also what there
 * is not. Who asks is known before a body is read. For an instance of its own: it takes over parsers and errors.
 */
export function addUforgeRest(app: FastifyInstance, options: UforgeRestOptions): void {
  const { context, stopping, bodyMs = 20_000 } = options
  const asked = new WeakMap<FastifyRequest, Asked>()
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit }, (_request, body, parsed) =>
    parsed(null, body),
  )
  app.setErrorHandler(answerError)
  app.route({
    method: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
    url: `${context}/*`,
    bodyLimit,
    onRequest: async (request, reply) => {
      if (request.url.startsWith(ownApi)) return
      if (stopping.aborted) throw new Stopping()
      if (announcesBody(request.raw)) cutOffUnlessComplete(request.raw, bodyMs)
      refuseOtherSites(request)
      const matched = matchResource(options.resources, request.method, pathOf(request, context))
      if (matched === undefined) throw noSuchResource(request)
      const { who } = matched.resource
      if (who === 'anybody') options.rate.count(request.ip)
      const asker = who === 'anybody' ? undefined : await admit(options, request, matched, who)
      refuseLargeBody(request)
      asked.set(request, { ...matched, asker })
      if (request.headers.expect !== undefined) reply.raw.writeContinue()
    },
    handler: async (request, reply) => {
      const found = asked.get(request)
      if (found === undefined) return reply.callNotFound()
      const answer = await found.resource.answer(callOf(options, request, found))
      if (answer.kind !== 'file' && answer.done !== undefined) {
        await noteChange(options.audit, request, found.asker, answer.done)
        options.onChange()
      }
      return send(reply, answer, request.method === 'HEAD', stopping)
    },
  })
}

/** A browser that remembers a password sends it with the forms of any page as well; clients of UForge say no site. */
function refuseOtherSites({ method, headers }: FastifyRequest): void {
  const site = headers['sec-fetch-site']
  if (!reading.includes(method) && (site === 'cross-site' || site === 'same-site'))
    throw new Forbidden('A page of another site may change nothing here')
}

/**
 * Before the client is told to go on. Fastify would refuse it as well, but ends the connection with its answer, which
 * then is lost on who is still sending.
 */
function refuseLargeBody({ headers }: FastifyRequest): void {
  if (Number(headers['content-length'] ?? 0) > bodyLimit)
    throw new Refused('invalid_request', `A document has at most ${bodyLimit / 1024} KiB here`)
}

/** Raw, without the query. */
const pathOf = ({ url }: FastifyRequest, context: string): string =>
  (url.split('?', 1)[0] ?? '').slice(context.length + 1)

const queryOf = ({ url }: FastifyRequest): string =>
  url.includes('?') ? url.slice(url.indexOf('?') + 1) : ''

const noSuchResource = ({ method, url }: FastifyRequest) =>
  new Refused('not_found', `There is nothing at ${method} ${(url.split('?', 1)[0] ?? '').slice(0, 100)}`)

/** Who asks, when they may. @throws {NotSignedIn | Forbidden} and what `UforgePeople.whoAsks` throws */
async function admit(
  { people, rate, audit, context }: UforgeRestOptions,
  request: FastifyRequest,
  { resource, params }: Matched,
  who: 'user' | Permission,
): Promise<Asker> {
  const { authorization } = request.headers
  const path = request.url.slice(context.length + 1)
  const asker = await people.whoAsks({ authorization, path, from: request.ip }).catch((error: unknown) => {
    // Who tries keys is as unwelcome as who tries passwords; those are counted by the gate as well.
    if (error instanceof NotSignedIn || error instanceof SignInFailed) rate.count(request.ip)
    throw error
  })
  request.user = asker.name
  const because = refusal(asker, params['uid'], who)
  if (because === undefined) return asker
  const action = `${resource.method} ${resource.path}`.slice(0, 64)
  audit.note({ who: asker.name, action, about: '', from: request.ip, because, refused: true })
  throw new Forbidden(because)
}

/**
 * A path names the user who asks. Names are compared in any case of their letters, as a directory compares them: what
 * is shown is that of who asks, whatever the path says.
 */
function refusal(asker: Asker, uid: string | undefined, who: 'user' | Permission): string | undefined {
  if (uid !== undefined && inAnyCase(uid) !== inAnyCase(asker.name))
    return `This is of another user; ${asker.name} has users/${asker.name}`
  if (who === 'user' || may(asker.role, who)) return undefined
  return refusalOf(
    { user: asker.name, role: asker.role, kind: asker.by === 'api-key' ? 'api' : 'sign-in' },
    who,
  )
}

function callOf(options: UforgeRestOptions, request: FastifyRequest, asked: Asked): Call {
  return {
    params: asked.params,
    query: new URLSearchParams(queryOf(request)),
    asker: () => {
      if (asked.asker === undefined) throw new NotSignedIn('This needs a user and a password')
      return asked.asker
    },
    admit: (permission) => admit(options, request, asked, permission),
    document: (root, type) => readBody(request.body, (text) => readDocument(root, type, text)),
    isHead: request.method === 'HEAD',
  }
}

function readBody<T>(body: unknown, read: (text: string) => T): T {
  if (!Buffer.isBuffer(body)) throw new Refused('invalid_request', 'A document must come with this')
  try {
    return read(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch (error) {
    if (error instanceof UnreadableDocument || error instanceof TypeError)
      throw new Refused('invalid_request', `The document cannot be read: ${error.message}`)
    throw error
  }
}

async function noteChange(
  audit: DurableAudit,
  { ip: from }: FastifyRequest,
  asker: Asker | undefined,
  done: NonNullable<Exclude<Answer, { kind: 'file' }>['done']>,
): Promise<void> {
  const because = asker?.by === 'api-key' ? 'UForge, by an API key' : 'UForge'
  await audit.noteDurably({ who: asker?.name ?? '', ...done, from, because })
}

function send(reply: FastifyReply, answer: Answer, isHead: boolean, signal: AbortSignal) {
  if (answer.kind === 'nothing') return reply.code(204).send()
  if (answer.kind === 'file') {
    const head = reply.headers({
      'content-type': 'application/x-tar',
      'content-length': String(answer.size),
      'content-disposition': `attachment; filename="${answer.name}"`,
    })
    return isHead ? head.send() : head.send(Readable.from(answer.bytes(), { objectMode: false, signal }))
  }
  return sendXml(reply.code(answer.status), Buffer.from(answer.text), isHead)
}

/** As bytes: Fastify writes a charset behind the type of a text. */
function sendXml(reply: FastifyReply, body: Buffer, isHead: boolean) {
  reply.headers({ 'content-type': uforgeContentType, 'content-length': String(body.length) })
  return isHead ? reply.send() : reply.send(body)
}

function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply) {
  const { method, url, id: incident } = request
  const { status, headers, body } = uforgeRefusal(error, { method, url, incident })
  if (status >= 500) request.log.error({ err: error, incident }, 'a client of UForge was not answered')
  return sendXml(reply.code(status).headers(headers), Buffer.from(body), method === 'HEAD')
}
