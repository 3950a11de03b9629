import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

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

/** Health, readiness and metrics for whoever watches this site. */
export async function listenStatus(
  { address, port }: { readonly address: string; readonly port: number },
  pages: StatusPages,
): Promise<{ readonly port: number; readonly stop: () => Promise<void> }> {
  const server = createServer({ headersTimeout: 5_000, requestTimeout: 5_000 }, (request, response) => {
    const [path = ''] = (request.url ?? '').split('?', 1)
    const page = Object.hasOwn(pagesByPath, path) ? pagesByPath[path] : undefined
    const { status, type, text } = page?.(pages) ?? {
      status: 404,
      type: plain,
      text: 'There is nothing here.\n',
    }
    response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) })
    response.end(request.method === 'HEAD' ? undefined : text)
  })
  server.maxConnections = 64
  await listening(server, address, port)
  return {
    port: (server.address() as AddressInfo).port,
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function listening(server: Server, address: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, address, resolve)
  })
}
