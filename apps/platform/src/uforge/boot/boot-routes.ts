import type { FileSender, HttpBoot } from '@bootcast/boot'
import { serveFile } from '@bootcast/boot'
import type { Catalogue, Release } from '@bootcast/catalogue'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { problemResponse, Refused } from '../../api/problem-response.ts'
import { Sealed } from '../../api/sealed.ts'
import type { BootRights } from '../../identity/grants.ts'
import { inAnyCase } from '../../identity/in-any-case.ts'
import { numbered, type UforgeNumbers } from '../uforge-numbers.ts'
import type { UforgePeople } from '../uforge-people.ts'
import { uforgeRefusal } from '../uforge-refusal.ts'
import { formScript } from './form-script.ts'
import { refusedScript } from './refused-script.ts'
import { type FileSource, fileOfRelease } from './release-file.ts'

export type UforgeBootOptions = {
  /** Root context of the addresses: `/api`. */
  readonly context: string
  readonly people: Pick<UforgePeople, 'whoAsks'>
  readonly rights: BootRights
  readonly boot: Pick<HttpBoot, 'arrive'>
  readonly numbers: Pick<UforgeNumbers, 'find'>
  readonly catalogue: Pick<Catalogue, 'releasesFor'>
  readonly source: FileSource
  readonly sender: FileSender
  /** Where machines reach this HTTP listener when they came in at `address`; no slash at the end. */
  readonly baseUrl: (address: string) => string
  readonly now?: () => number
}

/** Who a loader was when it showed its credentials; it shows this next, with which machine it is. */
type Ticket = {
  readonly user: string
  readonly how: 'password' | 'api-key'
  readonly from: string
  readonly until: number
}

/** A loader asks at once. */
const ticketMs = 60_000
const formPath = '/resources/ipxe-init'
const reading = ['GET', 'HEAD']

type Parts = UforgeBootOptions & { readonly tickets: Sealed<Ticket>; readonly now: () => number }
type Asking = FastifyRequest<{
  Params: { readonly uid: string; readonly aid: string; readonly itid: string; readonly '*': string }
  Querystring: { readonly ticket?: string | string[] }
}>

/**
 * The three services that answer machines at the addresses where UForge 3.7.7 and later has them:
 * `docs/protocols/uforge-boot.md`. State: none; tickets are sealed with a key of this process and end with it.
 */
export function addUforgeBoot(app: FastifyInstance, options: UforgeBootOptions): void {
  const parts = { now: Date.now, ...options, tickets: new Sealed<Ticket>() }
  const { context } = options
  const routes: Readonly<Record<string, (request: Asking, reply: FastifyReply) => Promise<unknown>>> = {
    [formPath]: (request, reply) => sendForm(parts, request, reply),
    // The guide's example of DHCP names this one.
    '/resources/pxe': (request, reply) => sendForm(parts, request, reply),
    [`${context}/users/:uid/pxe`]: (request, reply) => sendScript(parts, request, reply),
    [`${context}/users/:uid/appliances/:aid/images/:itid/files/*`]: (request, reply) =>
      sendFile(parts, request, reply),
  }
  for (const [url, handler] of Object.entries(routes))
    app.route({
      method: reading,
      url,
      handler: (request, reply) => handler(request as Asking, reply),
      errorHandler: answerError,
      // Somebody may have typed a password in the line of the name.
      config: { loggedPath: url },
    })
}

async function sendForm({ context, baseUrl }: Parts, { raw }: Asking, reply: FastifyReply) {
  const asked = /^(?:[a-z0-9][a-z0-9.-]{0,252}|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?$/i
  const { host = '' } = raw.headers
  // As the loader wrote it: behind a proxy, and in a certificate, another name than ours is the right one.
  const address = asked.test(host) ? host : baseOf(baseUrl, raw).replace(/^https?:\/\//, '')
  return script(reply).send(formScript({ address, context }).toString())
}

/** IPv4 in its own form. */
const baseOf = (baseUrl: Parts['baseUrl'], { socket }: FastifyRequest['raw']): string =>
  baseUrl(socket.localAddress?.replace(/^::ffff:/, '') ?? '127.0.0.1')

const script = (reply: FastifyReply) => reply.type('text/plain; charset=us-ascii')

async function sendScript(parts: Parts, request: Asking, reply: FastifyReply): Promise<void> {
  const { tickets, boot, now, context, baseUrl } = parts
  const { user, how } = ticketOf(parts, request) ?? (await whoAsks(parts, request))
  const ticket = tickets.seal({ user, how, from: request.ip, until: now() + ticketMs })
  reply.hijack()
  await boot.arrive(request.raw, reply.raw, {
    ...{ user, how },
    // Not relative: iPXE of 2019 takes all before a colon for a protocol (src/core/uri.c), and there are some in a MAC.
    again: `${baseOf(baseUrl, request.raw)}${context}/users/${encodeURIComponent(user)}/pxe?ticket=${ticket}&`,
    otherwise: formPath,
  })
}

/** A ticket opens only what its user may ask for, from where they showed who they are. */
function ticketOf({ tickets, now }: Parts, { query, params, ip }: Asking): Ticket | undefined {
  const ticket = typeof query.ticket === 'string' ? tickets.open(query.ticket) : undefined
  const isGood =
    ticket !== undefined &&
    ticket.from === ip &&
    now() < ticket.until &&
    inAnyCase(ticket.user) === inAnyCase(params.uid)
  return isGood ? ticket : undefined
}

async function whoAsks({ people, context }: Parts, { raw, params, ip }: Asking) {
  const { authorization } = raw.headers
  // As it came: what was signed.
  const path = raw.url?.slice(context.length + 1) ?? ''
  const { name, by } = await people.whoAsks({ authorization, path, from: ip })
  if (inAnyCase(params.uid) !== inAnyCase(name))
    throw new Refused('forbidden', 'That belongs to another user than the one who signed in')
  return { user: name, how: by }
}

async function sendFile(parts: Parts, request: Asking, reply: FastifyReply): Promise<void> {
  const { user } = await whoAsks(parts, request)
  const { aid, itid, '*': path } = request.params
  const release = await releaseFor(parts, user, aid, itid)
  const file = release && (await fileOfRelease(release, path, parts.source))
  if (file === undefined) throw new Refused('not_found', 'There is no such file of an image of yours')
  reply.hijack()
  reply.raw.setHeader('x-content-type-options', 'nosniff')
  // For who was let in, and for nobody whom a cache would give it to.
  const cacheControl = 'private, max-age=31536000, immutable'
  const sent = await serveFile(request.raw, reply.raw, file, parts.sender, { cacheControl })
  const { status, bytes, ms, end, error } = sent
  const told = { user, status, bytes, ms: Math.round(ms), end, err: error }
  request.log[sent.completed ? 'debug' : 'warn'](told, 'a file of a release was sent to a user')
}

/** What a user may not boot is for them as if it were not there. */
async function releaseFor(parts: Parts, user: string, aid: string, itid: string) {
  const release = await releaseOf(parts, aid, itid)
  const allowed = await parts.rights.allowedImages(user)
  return release !== undefined && (allowed === 'all' || allowed.has(release.image)) ? release : undefined
}

/** The release behind the numbers of an appliance and an image of it. */
async function releaseOf(
  { numbers, catalogue }: Parts,
  ...ids: readonly [aid: string, itid: string]
): Promise<Release | undefined> {
  const [image, release] = await Promise.all(ids.map((id) => numbered(numbers, id)))
  if (image?.kind !== 'image' || release?.kind !== 'release') return undefined
  const found = (await catalogue.releasesFor([release.name])).get(release.name)
  return found?.image === image.name ? found : undefined
}

/**
 * A uforgeError. A loader that has shown who it is gets a script instead: it shows no more of an answer than its
 * status, and whoever stands in front of it has to read what was wrong.
 */
function answerError(error: Error, request: FastifyRequest, reply: FastifyReply) {
  const { raw, id } = request
  const { method = '', url = '', headers } = raw
  const answer = uforgeRefusal(error, { method, url, incident: id })
  if (answer.status >= 500) request.log.error({ err: error, incident: id }, 'a call at an address of UForge')
  const isLoader = /^iPXE\//.test(headers['user-agent'] ?? '') && /\/pxe(?:\?|$)/.test(url)
  if (isLoader && headers.authorization !== undefined) {
    const why = problemResponse(error, id).problem.detail
    const seconds = Number(answer.headers['retry-after'] ?? 2)
    return script(reply.code(200)).send(refusedScript(why, seconds, formPath).toString())
  }
  return reply.code(answer.status).headers(answer.headers).send(answer.body)
}
