import { createServer } from 'node:http'
import { listenHttp } from '../listen-http.ts'

export type StatusPages = {
  /** Why machines cannot be booted now; empty: they can. */
  readonly obstacles: () => readonly string[]
  /** In the text format of Prometheus. */
  readonly metrics: () => string
}

type Page = (pages: StatusPages) => { readonly status: number; readonly type: string; readonly text: string }
const plain = 'text/plain; charset=utf-8'

const pagesByPath: Readonly<Record<string, Page>> = {
  '/healthz': () => ({ status: 200, type: plain, text: 'ok\n' }),
  '/readyz': ({ obstacles }) => {
    const found = obstacles()
    return { status: found.length === 0 ? 200 : 503, type: plain, text: `${found.join('\n') || 'ok'}\n` }
  },
  '/metrics': ({ metrics }) => ({
    status: 200,
    type: 'text/plain; version=0.0.4; charset=utf-8',
    text: metrics(),
  }),
}

/** Health, readiness and metrics for whoever watches this site. @throws {StartRefused} */
export async function listenStatus(
  { address, port }: { readonly address: string; readonly port: number },
  pages: StatusPages,
): Promise<{ readonly port: number; readonly stop: () => Promise<void> }> {
  const server = createServer({ headersTimeout: 5_000, requestTimeout: 5_000 }, (request, response) => {
    const [path = ''] = (request.url ?? '').split('?', 1)
    const { status, type, text } = answerTo(path, pages)
    response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) })
    response.end(request.method === 'HEAD' ? undefined : text)
  })
  server.maxConnections = 64
  return {
    port: await listenHttp(server, { address, port }),
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function answerTo(path: string, pages: StatusPages): ReturnType<Page> {
  const page = Object.hasOwn(pagesByPath, path) ? pagesByPath[path] : undefined
  if (page === undefined) return { status: 404, type: plain, text: 'There is nothing here.\n' }
  try {
    return page(pages)
  } catch {
    return { status: 500, type: plain, text: 'This cannot be told now; the log of the site says more.\n' }
  }
}
