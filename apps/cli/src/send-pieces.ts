import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { text } from 'node:stream/consumers'

type Init = RequestInit & { readonly body: ReadableStream<Uint8Array> }

/**
 * A `fetch` for large bodies. One that streams is sent by `node:http`, which says when the system has the bytes: the
 * next piece is asked for then, and may stand where the last one stood. Node's own `fetch` does not say it, and takes
 * four times the processor for what it allocates. Everything else goes to `fetch`.
 */
export const fetchSendingPieces: typeof fetch = async (where, init) => {
  if (init === undefined || !isStreaming(init)) return await fetch(where, init)
  return await sent(new URL(where instanceof Request ? where.url : where), init)
}

const isStreaming = (init: RequestInit): init is Init => init.body instanceof ReadableStream

async function sent(url: URL, { method = 'POST', headers, body, signal }: Init): Promise<Response> {
  signal?.throwIfAborted()
  const begin = url.protocol === 'https:' ? httpsRequest : httpRequest
  const request = begin(url, { method, headers: Object.fromEntries(new Headers(headers)), agent: false })
  const answered = Promise.withResolvers<IncomingMessage>()
  request.once('response', answered.resolve)
  request.on('error', answered.reject)
  const onAbort = () => {
    answered.reject(signal?.reason)
    request.destroy()
  }
  signal?.addEventListener('abort', onAbort)
  const reader = body.getReader()
  // Not awaited: who refuses answers before all is sent, and that counts.
  writeAll(request, reader).catch(answered.reject)
  try {
    return await responseOf(await answered.promise, url)
  } finally {
    signal?.removeEventListener('abort', onAbort)
    request.destroy()
    await reader.cancel().catch(() => undefined)
  }
}

async function writeAll(
  request: ClientRequest,
  reader: ReadableStreamDefaultReader<Uint8Array>,
): Promise<void> {
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    const written = Promise.withResolvers<void>()
    request.write(next.value, (error) => (error ? written.reject(error) : written.resolve()))
    await written.promise
  }
  request.end()
}

async function responseOf(message: IncomingMessage, url: URL): Promise<Response> {
  const { statusCode: status = 0, statusMessage: statusText = '', headersDistinct } = message
  const body = await text(message)
  const headers = Object.entries(headersDistinct).map(([name, values = []]): [string, string] => [
    name,
    values.join(', '),
  ])
  const response = new Response(body === '' ? undefined : body, { status, statusText, headers })
  return Object.defineProperty(response, 'url', { value: url.href })
}
