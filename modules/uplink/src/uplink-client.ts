import type { Agent } from 'node:https'
import { promisify } from 'node:util'
import { zstdDecompress } from 'node:zlib'
import type { TlsCredentials } from './certificates/tls-credentials.ts'
import { Circuit, type UpstreamState } from './client/circuit.ts'
import { exchange, type Received, type Sending } from './client/exchange.ts'
import { PinnedAgent } from './client/pinned-agent.ts'
import { failureOf, isOnlyThisCall, understood } from './client/understand.ts'
import { UpstreamAway } from './client/upstream-errors.ts'
import { onBehalfOfHeader, signatureHeader, uplinkRoot } from './names.ts'
import {
  type CallName,
  type CallReply,
  type CallRequest,
  callOf,
  mostSnapshotBytes,
  mostWaitSeconds,
} from './protocol.ts'
import { etagOf, type SealedSnapshot } from './signed-snapshot.ts'

/** Who asks: a `SiteIdentity` is one. Read anew for every connection. */
export type ClientIdentity = { credentials(): TlsCredentials }

export type UplinkClientSettings = {
  /** Of the upstream: `https://boot.example:8443`. */
  readonly url: string
  readonly identity: ClientIdentity
  /** The name in the upstream's certificate: `identity.serverName`. */
  readonly serverName: string
  /** Longest that a call may take, beside the wait of a long poll. */
  readonly timeoutMs?: number
  /** While the upstream is away it is looked for so often. */
  readonly probeMs?: number
}

export type AskOptions = {
  readonly signal?: AbortSignal | undefined
  /** Ids of the sites for whom this one asks, the nearest first. */
  readonly onBehalfOf?: readonly string[]
  /** Of a long poll. */
  readonly waitSeconds?: number
}

/** A chain of events or a document may be that large. */
const mostReplyBytes = 4 * 1024 * 1024
/** Connections for calls; further calls wait for one. */
const mostCalls = 64
/** Connections for long polls. Further ones are asked without waiting there, a moment later. */
const mostPolls = 96
const fullPollMs = 2_000
/** A snapshot that still comes is waited for so long. */
const snapshotMs = 15 * 60_000

const decompress = promisify(zstdDecompress)

/**
 * Asks the upstream of a site, by one name and a few authorities that were learnt when it joined. While the upstream is
 * away every call is refused at once; see `state` and `onChange`.
 */
export class UplinkClient {
  readonly #settings: Required<UplinkClientSettings>
  readonly #base: string
  readonly #where: string
  readonly #calls: PinnedAgent
  readonly #polls: PinnedAgent
  readonly #bytes: PinnedAgent
  readonly #circuit: Circuit
  #waiting = 0
  #clockSkewMs: number | undefined

  constructor(settings: UplinkClientSettings) {
    this.#settings = { timeoutMs: 10_000, probeMs: 2_000, ...settings }
    const url = new URL(settings.url)
    this.#where = url.host
    this.#base = url.origin
    const { identity, serverName } = settings
    const pinned = () => ({ ...identity.credentials(), serverName })
    this.#calls = new PinnedAgent(pinned, { maxSockets: mostCalls })
    this.#polls = new PinnedAgent(pinned, { maxSockets: mostPolls })
    this.#bytes = new PinnedAgent(pinned)
    const probe = async () =>
      void (await this.#ask('authority', undefined, {}, probeTimeoutMs(this.#settings)))
    this.#circuit = new Circuit({ probe, probeMs: this.#settings.probeMs })
  }

  /** @throws {UpstreamAway}; {UpstreamRefused | SiteRevoked}; the signal's reason when that is aborted */
  async call<N extends CallName>(
    name: N,
    input: CallRequest<N>,
    options: AskOptions = {},
  ): Promise<CallReply<N>> {
    this.#circuit.check()
    const reply = await this.#watched(() =>
      callOf(name).longPoll === true
        ? this.#poll(
            (held) => this.#ask(name, input, { ...options, ...held }, this.#settings.timeoutMs),
            options,
          )
        : this.#ask(name, input, options, this.#settings.timeoutMs),
    )
    // `calls` says that this schema is of this name.
    return reply as CallReply<N>
  }

  /**
   * The newest snapshot with its signature, neither of them looked at; `openSnapshot` does. `undefined`: it is the one
   * with this ETag still, after `waitSeconds`. Throws as `call` does.
   */
  async snapshot(
    asked: AskOptions & { readonly etag?: string | undefined } = {},
  ): Promise<SealedSnapshot | undefined> {
    this.#circuit.check()
    const { etag, waitSeconds = 0 } = asked
    return await this.#watched(async () => {
      const received = await this.#send({
        ...this.#urlOf(`${uplinkRoot}/snapshot`, waitSeconds),
        agent: waitSeconds > 0 ? this.#polls : this.#calls,
        method: 'GET',
        headers: {
          'accept-encoding': 'zstd',
          ...(etag !== undefined && { 'if-none-match': etag }),
          ...behalf(asked),
        },
        mostBytes: mostSnapshotBytes,
        totalMs: snapshotMs,
        silenceMs: this.#settings.timeoutMs + waitSeconds * 1000,
        signal: asked.signal,
      })
      if (received.status === 304) return undefined
      if (received.status !== 200) throw failureOf(received, this.#where)
      return await this.#sealed(received)
    })
  }

  /** Whether the upstream has this blob for the site, or for whom it asks. Throws as `call` does. */
  async hasBlob(digest: string, onBehalfOf: readonly string[] = []): Promise<boolean> {
    this.#circuit.check()
    return await this.#watched(async () => {
      const received = await this.#send({
        ...{ agent: this.#calls, url: this.blobUrl(digest), method: 'HEAD' },
        headers: behalf({ onBehalfOf }),
        ...{ mostBytes: 0, totalMs: this.#settings.timeoutMs },
      })
      if (received.status === 404) return false
      if (received.status !== 200) throw failureOf(received, this.#where)
      return true
    })
  }

  get state(): UpstreamState {
    return this.#circuit.state
  }

  /** Why it is away, for people. */
  get why(): string | undefined {
    return this.#circuit.why?.message
  }

  /** Until the returned function is called. */
  onChange(listener: (state: UpstreamState) => void): () => void {
    return this.#circuit.onChange(listener)
  }

  /** How far the upstream's clock is ahead of ours, to about a second; `undefined` until it has answered. */
  get clockSkewMs(): number | undefined {
    return this.#clockSkewMs
  }

  /** For fetching bytes: the same trust, connections of their own. */
  get agent(): Agent {
    return this.#bytes
  }

  /** `digest`: `sha256:…` */
  blobUrl(digest: string): URL {
    return new URL(`${this.#base}${uplinkRoot}/blobs/${hexOf(digest)}`)
  }

  partsUrl(digest: string): URL {
    return new URL(`${this.#base}${uplinkRoot}/parts/${hexOf(digest)}`)
  }

  /** Bytes could not be fetched: look whether the upstream is there at all. */
  reportAway(why: UpstreamAway): void {
    this.#wentAway(why)
  }

  /** The identity has another certificate or believes others: new connections from now on. */
  reload(): void {
    for (const agent of this.#agents) agent.renew()
  }

  close(): void {
    this.#circuit.close()
    for (const agent of this.#agents) agent.destroy()
  }

  get #agents(): readonly PinnedAgent[] {
    return [this.#calls, this.#polls, this.#bytes]
  }

  async #ask(name: CallName, input: unknown, options: AskOptions, timeoutMs: number): Promise<unknown> {
    const { method, path, longPoll, reply, request } = callOf(name)
    const waitSeconds = longPoll === true ? (options.waitSeconds ?? 20) : undefined
    const received = await this.#send({
      ...this.#urlOf(path, waitSeconds),
      agent: waitSeconds === undefined || waitSeconds === 0 ? this.#calls : this.#polls,
      method,
      headers: behalf(options),
      ...(request !== undefined && { body: JSON.stringify(input) }),
      mostBytes: mostReplyBytes,
      totalMs: timeoutMs + (waitSeconds ?? 0) * 1000,
      signal: options.signal,
    })
    return understood(received, reply, this.#where)
  }

  /** Holds a connection while there is one to hold; else asks without a wait, after a moment. */
  async #poll<T>(
    ask: (held: AskOptions) => Promise<T>,
    { waitSeconds = 20, signal }: AskOptions,
  ): Promise<T> {
    if (this.#waiting >= mostPolls) {
      await moment(fullPollMs, signal)
      return await ask({ waitSeconds: 0 })
    }
    this.#waiting++
    try {
      return await ask({ waitSeconds: Math.min(waitSeconds, mostWaitSeconds) })
    } finally {
      this.#waiting--
    }
  }

  async #send(sending: Sending): Promise<Received> {
    const received = await exchange(sending)
    const date = Date.parse(String(received.headers.date))
    if (!Number.isNaN(date)) this.#clockSkewMs = date - Date.now()
    return received
  }

  async #sealed({ headers, body }: Received): Promise<SealedSnapshot> {
    const isCompressed = headers['content-encoding'] === 'zstd'
    const bytes = isCompressed ? await unpacked(body, this.#where) : body
    const signature = String(headers[signatureHeader] ?? '')
    return { bytes, signature, etag: headers.etag ?? etagOf(bytes) }
  }

  async #watched<T>(ask: () => Promise<T>): Promise<T> {
    try {
      const answer = await ask()
      this.#circuit.succeeded()
      return answer
    } catch (error) {
      if (error instanceof UpstreamAway && !isOnlyThisCall(error)) this.#wentAway(error)
      else if (error instanceof Error && 'status' in error) this.#circuit.succeeded()
      throw error
    }
  }

  #wentAway(why: UpstreamAway): void {
    for (const agent of this.#agents) agent.dropIdle()
    this.#circuit.failed(why)
  }

  #urlOf(path: string, waitSeconds: number | undefined): { readonly url: URL } {
    const url = new URL(this.#base + path)
    if (waitSeconds !== undefined) url.searchParams.set('wait', String(waitSeconds))
    return { url }
  }
}

const behalf = ({ onBehalfOf = [] }: AskOptions): Record<string, string> =>
  onBehalfOf.length === 0 ? {} : { [onBehalfOfHeader]: onBehalfOf.join(',') }

const hexOf = (digest: string): string => digest.slice('sha256:'.length)

/** A probe that hangs is given up early: after a cut its packets would be repeated ever more seldom. */
const probeTimeoutMs = ({ timeoutMs, probeMs }: Required<UplinkClientSettings>): number =>
  Math.min(timeoutMs, 2 * probeMs)

async function unpacked(body: Buffer, where: string): Promise<Buffer> {
  try {
    return await decompress(body, { maxOutputLength: mostSnapshotBytes })
  } catch (cause) {
    throw new UpstreamAway(`${where} sent a snapshot that cannot be unpacked`, { cause })
  }
}

function moment(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort)
      resolve()
    }, ms)
    if (signal?.aborted === true) abort()
    else signal?.addEventListener('abort', abort, { once: true })
  })
}
