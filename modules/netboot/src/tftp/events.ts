import type { Peer } from './transfer-socket.ts'

/** What happened, for the boot log. `path` has no control characters and at most 400 bytes. */
export type TftpEvent =
  | (About & { readonly kind: 'request' })
  | (About & { readonly kind: 'oack'; readonly options: Readonly<Record<string, string>> })
  | (About & Sent & { readonly kind: 'done' })
  /** `reason` begins with `client:` when the client ended it, as EDK2 and iPXE do after they asked for the size. */
  | (About & Sent & { readonly kind: 'aborted'; readonly reason: string })
  | (About & { readonly kind: 'refused'; readonly code: number; readonly reason: string })
  /** Not answered, so that the client asks again. Told at most once in a second; `counters` has them all. */
  | (About & { readonly kind: 'busy'; readonly reason: string })
  /** A socket that has a problem and goes on. */
  | { readonly kind: 'trouble'; readonly reason: string }

type About = { readonly client: Peer; readonly path: string }
type Sent = {
  /** Those that the client has acknowledged. */
  readonly bytes: number
  /** Of the whole file, in bytes. */
  readonly size: number
  readonly milliseconds: number
  /** Packets that were sent once more. */
  readonly retransmissions: number
  /** In bytes. */
  readonly blockSize: number
  /** In blocks. */
  readonly windowSize: number
}

export type TftpCounters = {
  readonly requests: number
  readonly done: number
  readonly aborted: number
  readonly refused: number
  /** Requests that found no room. */
  readonly busy: number
  readonly malformed: number
  /** Packets that belong to no transfer. */
  readonly stray: number
  readonly bytes: number
  readonly retransmissions: number
  /** Transfers now. */
  readonly active: number
}
