import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type ProblemCode, problems, type Route, type RouteName, routes } from '@bootcast/contract'

export type Call = {
  readonly route: RouteName
  readonly params: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, unknown>>
  readonly body: unknown
  readonly bytes: Buffer
  readonly token: string | undefined
}
export type Refusal = { readonly refuse: ProblemCode; readonly detail?: string }
export type Answers = Partial<Record<RouteName, (call: Call) => unknown>>

export type FakePlatform = AsyncDisposable & {
  readonly url: string
  /** Every call that arrived whole and of the right form. */
  readonly calls: Call[]
  readonly blobs: Map<string, Buffer>
  /** This many uploads are cut off half way. */
  cutUploads: number
}

export const fakeToken = 'bct_0123456789'

/**
 * Answers as the contract says: what comes in and what goes out is checked by its schemas. `answers` replaces what a
 * route does; a route without an answer here keeps what is kept below (blobs, who is signed in).
 */
export async function startFakePlatform(answers: Answers = {}): Promise<FakePlatform> {
  const calls: Call[] = []
  const blobs = new Map<string, Buffer>()
  const server = createServer((request, response) => {
    void answer(request, response).catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const platform: FakePlatform = {
    url: `http://127.0.0.1:${port}`,
    calls,
    blobs,
    cutUploads: 0,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }

  const kept: Answers = {
    me: () => ({ user: 'admin', role: 'administrator' }),
    signIn: () => ({ token: fakeToken, user: 'admin', expiresAt: '2030-01-01T00:00:00Z' }),
    findBlob: ({ params }) => (blobs.has(params['digest'] ?? '') ? undefined : { refuse: 'blob_missing' }),
    putBlob: ({ params, bytes }) => {
      const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
      if (digest !== params['digest']) return { refuse: 'blob_corrupt' }
      blobs.set(digest, bytes)
      return { digest, size: bytes.length }
    },
    signOut: () => undefined,
    removeImage: () => undefined,
    removeRelease: () => undefined,
    removeChannel: () => undefined,
    removeMachine: () => undefined,
    removeLoader: () => undefined,
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', platform.url)
    const [name, found] = matched(request.method ?? '', url.pathname)
    const route: Route = routes[name]
    const token = request.headers.authorization?.replace(/^Bearer /, '')
    if (name === 'putBlob' && platform.cutUploads > 0) {
      platform.cutUploads -= 1
      await once(request, 'data')
      request.socket.destroy()
      return
    }
    const bytes = await bodyOf(request)
    if (route.who !== 'anybody' && token !== fakeToken)
      return say(response, { refuse: 'not_signed_in' }, route)
    const call: Call = {
      route: name,
      token,
      bytes,
      params: (route.params?.parse(found) ?? {}) as Record<string, string>,
      query: (route.query?.parse(Object.fromEntries(url.searchParams)) ?? {}) as Record<string, unknown>,
      body: typeof route.body === 'object' ? route.body.parse(JSON.parse(bytes.toString())) : undefined,
    }
    calls.push(call)
    say(response, (answers[name] ?? kept[name] ?? (() => ({ refuse: 'internal' })))(call), route)
  }
  return platform
}

function matched(method: string, path: string): readonly [RouteName, Record<string, string>] {
  for (const [name, route] of Object.entries(routes) as [RouteName, Route][]) {
    const pattern = new RegExp(`^${route.path.replace(/:(\w+)/g, '(?<$1>[^/]+)')}$`)
    const groups = pattern.exec(path)
    if (groups === null || route.method !== method) continue
    const params = Object.entries(groups.groups ?? {}).map(([key, value]) => [key, decodeURIComponent(value)])
    return [name, Object.fromEntries(params)]
  }
  throw new Error(`no route ${method} ${path}`)
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const bytes = Buffer.concat(chunks)
  const announced = request.headers['content-length']
  if (announced !== undefined && Number(announced) !== bytes.length)
    throw new Error('announced another length')
  return bytes
}

function say(response: ServerResponse, answer: unknown, route: Route): void {
  if (isRefusal(answer)) {
    const { status, title } = problems[answer.refuse]
    const body = {
      type: `urn:bootcast:problem:${answer.refuse}`,
      title,
      status,
      code: answer.refuse,
      detail: answer.detail ?? title,
    }
    response.writeHead(status, { 'content-type': 'application/problem+json' })
    response.end(route.method === 'HEAD' ? undefined : JSON.stringify(body))
  } else if (route.reply === undefined) response.writeHead(204).end()
  else if (route.reply === 'png') response.writeHead(200, { 'content-type': 'image/png' }).end(answer)
  else {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(route.reply.parse(answer)))
  }
}

function isRefusal(answer: unknown): answer is Refusal {
  return typeof answer === 'object' && answer !== null && 'refuse' in answer
}
