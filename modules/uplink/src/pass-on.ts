import { type CallName, callNames } from './protocol.ts'
import type { Peer, Visitor } from './server/peer.ts'
import type { UplinkClient } from './uplink-client.ts'
import type { Context, UplinkHandlers } from './uplink-handlers.ts'

/** The upstream's wait ends so much before ours, so that its answer is passed on and not lost. */
const marginSeconds = 2

/**
 * Handlers of a site that is the upstream of others: every call goes on to its own upstream, in the name of who asked.
 * Snapshot and signature go through unchanged, so that nobody on the way can change what is signed. What the upstream
 * refuses is refused with the same code; while it is away the answer is `upstream_away`.
 */
export function passOn(client: Pick<UplinkClient, 'call' | 'snapshot'>): UplinkHandlers {
  const entries = callNames.map((name) => [name, passing(client, name)])
  // One for each row of the table, and each takes and gives what its row says.
  const calls = Object.fromEntries(entries) as Omit<UplinkHandlers, 'snapshot'>
  return {
    ...calls,
    codeWait: (request, peer, context) =>
      orWhenAsked(context, { state: 'waiting' }, client.call('codeWait', request, askOf(peer, context))),
    snapshot: ({ etag }, peer, context) =>
      orWhenAsked(context, undefined, client.snapshot({ etag, ...askOf(peer, context) })),
  }
}

function passing(client: Pick<UplinkClient, 'call'>, name: CallName) {
  return (request: never, peer: Peer | Visitor, context: Context) =>
    client.call(name, request, askOf(peer, context))
}

const askOf = (peer: Peer | Visitor, { gone, waitSeconds }: Context) => ({
  onBehalfOf: peer.site === undefined ? [] : [peer.site, ...peer.chain],
  waitSeconds: Math.max(0, waitSeconds - marginSeconds),
  signal: gone,
})

/** Who waits for news is told that there are none when this server stops. A question without a wait has its answer. */
async function orWhenAsked<T>({ signal, waitSeconds }: Context, none: T, asking: Promise<T>): Promise<T> {
  if (waitSeconds === 0) return await asking
  const { promise, resolve } = Promise.withResolvers<T>()
  const stop = () => resolve(none)
  signal.addEventListener('abort', stop)
  try {
    return await Promise.race([asking, promise])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
