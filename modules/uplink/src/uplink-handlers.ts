import type { CallName, CallReply, CallRequest, Calls } from './protocol.ts'
import type { Peer, Visitor } from './server/peer.ts'
import type { SealedSnapshot } from './signed-snapshot.ts'

export type Context = {
  /** Aborted when the answer is wanted now: the wait is over, or the server stops; also when nobody wants it. */
  readonly signal: AbortSignal
  /** Aborted when nobody wants the answer any more. */
  readonly gone: AbortSignal
  /** How long a call that waits for news may; 0 for others, and where no wait is wished. */
  readonly waitSeconds: number
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
  /**
   * The snapshot of a site. One with another ETag at once; else when there is one, or `undefined` when the signal is
   * aborted. Without a wait the signal is aborted from the beginning, and without an ETag there is always an answer.
   */
  readonly snapshot: (
    asked: { readonly etag: string | undefined },
    peer: Peer,
    context: Context,
  ) => Promise<SealedSnapshot | undefined>
}
