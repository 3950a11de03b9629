import type { z } from 'zod'
import { type Problem, type ProblemCode, problemSchema, problems } from './problems.ts'
import type { Route } from './route.ts'
import { type RouteName, type Routes, routes } from './routes.ts'

type Part<R, K extends string> = R extends { readonly [P in K]: infer S }
  ? S extends z.ZodType
    ? { [P in K]: z.input<S> }
    : unknown
  : unknown
type BytesPart<R> = R extends { readonly body: 'bytes' } ? { body: BodyInit; length: number } : unknown

/** What a call takes: the parts its route has. */
export type CallInput<N extends RouteName> = Part<Routes[N], 'params'> &
  Part<Routes[N], 'query'> &
  Part<Routes[N], 'body'> &
  BytesPart<Routes[N]> & { signal?: AbortSignal }
/** What a call gives. */
export type CallOutput<N extends RouteName> = Routes[N] extends { readonly reply: infer S extends z.ZodType }
  ? z.output<S>
  : Routes[N] extends { readonly reply: 'png' }
    ? Uint8Array<ArrayBuffer>
    : undefined

export type Client = {
  /** @throws {ApiError} when the platform refuses; {Unreachable} when it does not answer as a platform does */
  call<N extends RouteName>(name: N, input: CallInput<N>): Promise<CallOutput<N>>
}

/** The platform answered that it will not. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly code: string
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.detail)
    this.code = problem.code
    this.problem = problem
  }
}

/** No platform answers at this address, or something that is none. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable'
  readonly code = 'unreachable'
}

export type ClientOptions = {
  /** For instance `http://boot.example:8080`. */
  readonly url: string
  readonly token?: string
  readonly fetch?: typeof fetch
}

type AnyInput = {
  params?: Record<string, unknown>
  query?: Record<string, unknown>
  body?: unknown
  length?: number
  signal?: AbortSignal
}

export function createClient(options: ClientOptions): Client {
  const send = options.fetch ?? fetch
  return {
    async call(name, input) {
      const route: Route = routes[name]
      const parts = input as AnyInput
      const response = await request(
        send,
        address(options.url, route, parts),
        init(route, parts, options.token),
      )
      if (!response.ok) throw new ApiError(await problemOf(response))
      if (route.reply === undefined || response.status === 204) return undefined as never
      return (await (route.reply === 'png' ? picture(response) : parsed(route.reply, response))) as never
    },
  }
}

/** @throws {Unreachable} when nobody answers; the signal's reason when that is aborted */
export async function request(send: typeof fetch, url: URL, init: RequestInit): Promise<Response> {
  try {
    return await send(url, init)
  } catch (cause) {
    if (init.signal?.aborted === true) throw cause
    throw new Unreachable(`${url.origin} does not answer`, { cause })
  }
}

/** Where a call is, for what browsers fetch by themselves. */
export function addressOf<N extends RouteName>(name: N, url: string, parts: Part<Routes[N], 'params'>): URL {
  return address(url, routes[name], parts as AnyInput)
}

function address(base: string, route: Route, { params = {}, query = {} }: AnyInput): URL {
  const path = route.path.replace(/:(\w+)/g, (_, key: string) => encodeURIComponent(String(params[key])))
  const url = new URL(base.replace(/\/+$/, '') + path)
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(key, String(value))
  }
  return url
}

function init(route: Route, { body, length, signal }: AnyInput, token: string | undefined): RequestInit {
  const headers: Record<string, string> = {}
  if (token !== undefined) headers['authorization'] = `Bearer ${token}`
  const common = { method: route.method, headers, redirect: 'error' as const, ...(signal && { signal }) }
  if (route.body === undefined) return common
  if (route.body === 'bytes') {
    headers['content-type'] = 'application/octet-stream'
    headers['content-length'] = String(length)
    return { ...common, body: body as BodyInit, duplex: 'half' } as RequestInit
  }
  headers['content-type'] = 'application/json'
  return { ...common, body: JSON.stringify(body) }
}

/** An answer to HEAD has no body (RFC 9110 §9.3.2): its status alone says what it was. */
const codesWithoutBody: Readonly<Record<number, ProblemCode>> = {
  401: 'not_signed_in',
  403: 'forbidden',
  404: 'not_found',
  429: 'too_many_attempts',
  500: 'internal',
}

/** What an answer that is no success says. @throws {Unreachable} when no platform wrote it */
export async function problemOf(response: Response): Promise<Problem> {
  const text = await response.text().catch(() => '')
  const found = problemSchema.safeParse(jsonOrUndefined(text))
  if (found.success) return found.data
  const code = text === '' ? codesWithoutBody[response.status] : undefined
  if (code === undefined)
    throw new Unreachable(`${response.url} answered ${response.status}, but not as a Bootcast platform does`)
  const { title } = problems[code]
  return { type: `urn:bootcast:problem:${code}`, title, status: response.status, code, detail: `${title}.` }
}

async function parsed(schema: z.ZodType, response: Response): Promise<unknown> {
  const found = schema.safeParse(jsonOrUndefined(await response.text()))
  if (found.success) return found.data
  throw new Unreachable(`${response.url} does not answer as a Bootcast platform does`, { cause: found.error })
}

async function picture(response: Response): Promise<Uint8Array<ArrayBuffer>> {
  if (response.headers.get('content-type') === 'image/png')
    return new Uint8Array(await response.arrayBuffer())
  throw new Unreachable(`${response.url} does not answer as a Bootcast platform does`)
}

export function jsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
