import type { ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'
import type { BootFeed, News } from '../boots/boot-feed.ts'
import type { Admission } from './admission.ts'
import { shownNews } from './boot-handlers.ts'
import { Refused } from './problem-response.ts'
import { Stopping } from './upload.ts'

export type BootStreamOptions = {
  readonly feed: Pick<BootFeed, 'listen' | 'listeners'>
  readonly admission: Admission
  readonly stopping: AbortSignal
  readonly heartbeatMs?: number
}

const mostListeners = 32
/** What a listener may leave waiting, bytes; who is slower is let go, and has to list anew. */
const mostWaiting = 4 * 2 ** 20
/** For the last word to somebody who does not read. */
const lastWordMs = 2_000

/**
 * `GET /api/v1/boots/events`, docs/protocols/boot-events.md: news of boots as server-sent events. Not in the table of
 * the contract: its answer is no JSON, and has no end.
 */
export function addBootStream(app: FastifyInstance, options: BootStreamOptions): void {
  const { feed, admission, stopping } = options
  app.get('/api/v1/boots/events', async (request, reply) => {
    if (stopping.aborted) throw new Stopping()
    const admitted = () => admission.admit(request, 'boots.read', 'followBoots')
    request.user = (await admitted()).user
    if (feed.listeners >= mostListeners)
      throw new Refused('too_many_listeners', `${mostListeners} listen already; try again when one has gone`)
    reply.hijack()
    const headers = { ...reply.getHeaders(), 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' }
    reply.raw.writeHead(200, headers as Record<string, string>)
    const after = request.headers['last-event-id']
    stream(reply.raw, typeof after === 'string' ? after : undefined, { ...options, isStillAllowed: admitted })
  })
}

type Streaming = BootStreamOptions & { readonly isStillAllowed: () => Promise<unknown> }

function stream(response: ServerResponse, after: string | undefined, options: Streaming): void {
  const { feed, stopping, isStillAllowed, heartbeatMs = 15_000 } = options
  const write = (text: string) => {
    if (response.writableLength > mostWaiting) end('slow')
    else response.write(text)
  }
  const listening = feed.listen({ onNews: (news) => write(news.map(messageOf).join('')) }, after)
  const heartbeat = setInterval(() => {
    write(': \n\n')
    isStillAllowed().catch(() => end('signed-out'))
  }, heartbeatMs)
  const stop = () => end('stopping')
  stopping.addEventListener('abort', stop, { once: true })
  response.once('close', quit)
  write(
    listening.since === 'reset'
      ? resetMessage(listening.last)
      : listening.since.map(messageOf).join('') || ': \n\n',
  )

  function quit(): void {
    listening.stop()
    clearInterval(heartbeat)
    stopping.removeEventListener('abort', stop)
  }
  function end(reason: 'slow' | 'signed-out' | 'stopping'): void {
    quit()
    response.end(`event: end\ndata: ${JSON.stringify({ reason })}\n\n`)
    setTimeout(() => response.destroy(), lastWordMs).unref()
  }
}

/** The beginning, or a gap: what is there has to be listed. */
const resetMessage = (last: string): string => `id: ${last}\nevent: reset\ndata: {}\n\n`

/** Made once for all listeners. */
const messages = new WeakMap<News, string>()

function messageOf(news: News): string {
  const known = messages.get(news)
  if (known !== undefined) return known
  const message = `id: ${news.id}\nevent: boot\ndata: ${JSON.stringify(shownNews(news.boot, news.line))}\n\n`
  messages.set(news, message)
  return message
}
