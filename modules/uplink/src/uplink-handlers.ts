import type { CallName, CallReply, CallRequest, Calls } from './protocol.ts'
import type { Peer, Visitor } from './server/peer.ts'
import type { SealedSnapshot } from './signed-snapshot.ts'

export type Context = {
  /** Aborted when the answer is wanted now, or not at all: the wait is over, the client left, the server stops. */
  readonly signal: AbortSignal
}

export type PeerOf<N extends CallName> = Calls[N]['who'] extends 'anybody' ? Visitor : Peer

/** What answers the calls. An error with a `code` of `problems.ts`, or with one and a `status`, is told to the site. */
export type UplinkHandlers = {
  readonly [N in CallName]: (
    request: CallRequest<N>,
    peer: PeerOf<N>,
    context: Context,
  ) => Promise<CallReply<N>>
} & {
  /** The snapshot of a site; `undefined`: it is the one with this ETag still, when the signal is aborted. */
  readonly snapshot: (
    asked: { readonly etag: string | undefined },
    peer: Peer,
    context: Context,
  ) => Promise<SealedSnapshot | undefined>
}
