import { type BootNews, bootNewsSchema } from './boots.ts'
import { ApiError, type ClientOptions, jsonOrUndefined, problemOf, request, Unreachable } from './client.ts'
import { type ServerEvent, serverEvents } from './server-events.ts'

/** What who follows boots gets to know. */
export type BootsFollowed =
  /** What was before is not told: list the boots, then go on. Always the first. */
  | { readonly kind: 'reset' }
  | { readonly kind: 'news'; readonly news: BootNews }
  /** The connection broke; it is tried again by itself, and nothing is lost unless a `reset` comes. */
  | {
      readonly kind: 'lost'
      readonly error: Unreachable
      readonly retryMs: number
      /** For how long nothing had been heard when that was found out. */
      readonly silentMs: number
    }
  /** The connection is there again, also when nothing has happened meanwhile. */
  | { readonly kind: 'found' }

export type FollowOptions = ClientOptions & {
  readonly signal: AbortSignal
  /** Absent: by a timer. */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>
  /** A connection on which nothing came for so long is dead; the platform says something every 15 s. */
  readonly silenceMs?: number
}

const longestWaitMs = 30_000
const usualSilenceMs = 45_000

/**
 * News of boots, for ever, also in browsers: ends when the signal is aborted.
 * @throws {ApiError} when the platform refuses; {Unreachable} when it cannot be reached the first time
 */
export async function* followBoots(options: FollowOptions): AsyncGenerator<BootsFollowed, void> {
  const { signal, wait = byTimer } = options
  const way: Way = { last: undefined, failures: 0, heardAt: performance.now() }
  while (!signal.aborted) {
    const error = yield* untilItBreaks(options, way)
    if (error === undefined) return
    way.failures += 1
    const retryMs = Math.min(longestWaitMs, 500 * 2 ** way.failures)
    yield { kind: 'lost', error, retryMs, silentMs: Math.round(performance.now() - way.heardAt) }
    await wait(retryMs, signal)
  }
}

/** `last`: the id of the last event. `failures`: since the last connection. `heardAt`: by the clock of `performance`. */
type Way = { last: string | undefined; failures: number; heardAt: number }

/** What ended the connection; nothing when that was the signal. */
async function* untilItBreaks(
  options: FollowOptions,
  way: Way,
): AsyncGenerator<BootsFollowed, Unreachable | undefined> {
  try {
    for await (const event of connected(options, way)) {
      if (way.failures > 0) yield { kind: 'found' }
      way.failures = 0
      if (event === 'open') continue
      way.last = event.id ?? way.last
      const followed = followedOf(event)
      if (followed !== undefined) yield followed
    }
    return undefined
  } catch (error) {
    if (options.signal.aborted) return undefined
    if (!(error instanceof Unreachable) || way.last === undefined) throw error
    return error
  }
}

/** What this client does not know is of a newer platform, and left out. */
function followedOf({ event, data }: ServerEvent): BootsFollowed | undefined {
  if (event === 'reset') return { kind: 'reset' }
  const found = event === 'boot' ? bootNewsSchema.safeParse(jsonOrUndefined(data)) : undefined
  return found?.success === true ? { kind: 'news', news: found.data } : undefined
}

/** One connection. @throws {Unreachable} however it ends; {ApiError} */
async function* connected(options: FollowOptions, way: Way): AsyncGenerator<ServerEvent | 'open'> {
  const { last } = way
  const { url, token, fetch: send = fetch, signal, silenceMs = usualSilenceMs } = options
  const silence = new AbortController()
  const aborted = AbortSignal.any([signal, silence.signal])
  const heard = watchdog(() => silence.abort(), silenceMs)
  try {
    const address = new URL(`${url.replace(/\/+$/, '')}/api/v1/boots/events`)
    const headers = {
      accept: 'text/event-stream',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(last !== undefined && { 'last-event-id': last }),
    }
    const response = await request(send, address, { headers, redirect: 'error', signal: aborted })
    if (!response.ok) throw refused(new ApiError(await problemOf(response)), last)
    if (response.body === null || response.headers.get('content-type') !== 'text/event-stream')
      throw new Unreachable(`${address.origin} does not answer as a Bootcast platform does`)
    const hear = () => {
      way.heardAt = performance.now()
      heard.again()
    }
    hear()
    yield 'open'
    yield* serverEvents(response.body, hear)
    throw new Unreachable(`${address.origin} ended the connection`)
  } catch (cause) {
    if (cause instanceof Unreachable || cause instanceof ApiError) throw cause
    throw new Unreachable('the connection broke', { cause })
  } finally {
    heard.stop()
    silence.abort()
  }
}

/** A platform that starts or stops, or has too many listeners for the moment, is worth another try. */
function refused(error: ApiError, last: string | undefined): ApiError | Unreachable {
  const isForNow = error.problem.status === 503 || error.problem.status === 429
  return isForNow && last !== undefined ? new Unreachable(error.message, { cause: error }) : error
}

function watchdog(bark: () => void, ms: number) {
  let timer = setTimeout(bark, ms)
  return {
    again: () => {
      clearTimeout(timer)
      timer = setTimeout(bark, ms)
    },
    stop: () => clearTimeout(timer),
  }
}

function byTimer(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
