import {
  ApiError,
  type BootNews,
  type BootsFollowed,
  type FollowOptions,
  followBoots,
  Unreachable,
} from '@bootcast/contract'

export type Connection =
  | { readonly state: 'connecting' }
  | { readonly state: 'live' }
  /** Nothing that is shown has been true for sure since then. */
  | { readonly state: 'lost'; readonly since: Date }
  /** The platform refuses: for instance a sign-in that is over. */
  | { readonly state: 'refused'; readonly error: Error }

export type BootsListener = {
  /** What was before is not told: list anew. */
  readonly onReset: () => void
  readonly onNews: (news: BootNews) => void
}

/** Before a connection that never was is tried again. */
const retryMs = 3_000

/**
 * The news of boots for all parts of the page by one connection, which is there while somebody listens. A listener
 * that comes later is told to list first.
 */
export class BootsFollowing {
  readonly #options: Omit<FollowOptions, 'signal'>
  readonly #listeners = new Set<BootsListener>()
  readonly #watchers = new Set<() => void>()
  #connection: Connection = { state: 'connecting' }
  #ending: AbortController | undefined

  constructor(options: Omit<FollowOptions, 'signal'>) {
    this.#options = options
  }

  get connection(): Connection {
    return this.#connection
  }

  /** @returns what ends the listening */
  listen(listener: BootsListener): () => void {
    this.#listeners.add(listener)
    if (this.#ending === undefined) this.#begin()
    else listener.onReset()
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size > 0) return
      this.#ending?.abort()
      this.#ending = undefined
      this.#become({ state: 'connecting' })
    }
  }

  /** `onChange`: `connection` is another. @returns what ends it */
  watch(onChange: () => void): () => void {
    this.#watchers.add(onChange)
    return () => this.#watchers.delete(onChange)
  }

  #begin(): void {
    const ending = new AbortController()
    this.#ending = ending
    void this.#follow(ending.signal).catch((error: unknown) => {
      if (ending.signal.aborted) return
      this.#ending = undefined
      this.#become({ state: 'refused', error: error instanceof Error ? error : new Error(String(error)) })
    })
  }

  /** Also when the platform is not there the first time. @throws {ApiError} when it refuses for good */
  async #follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        for await (const followed of followBoots({ ...this.#options, signal })) {
          if (signal.aborted) return
          this.#take(followed)
        }
      } catch (error) {
        if (!isForNow(error)) throw error
        this.#lose(0)
        await this.#wait(retryMs, signal)
      }
    }
  }

  async #wait(ms: number, signal: AbortSignal): Promise<void> {
    const { wait } = this.#options
    if (wait !== undefined) return await wait(ms, signal)
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms)
      signal.addEventListener('abort', () => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  #lose(silentMs: number): void {
    const since = this.#connection.state === 'lost' ? this.#connection.since : new Date(Date.now() - silentMs)
    this.#become({ state: 'lost', since })
  }

  #take(followed: BootsFollowed): void {
    if (followed.kind === 'lost') {
      this.#lose(followed.silentMs)
      return
    }
    if (this.#connection.state !== 'live') this.#become({ state: 'live' })
    for (const listener of this.#listeners) {
      if (followed.kind === 'reset') listener.onReset()
      if (followed.kind === 'news') listener.onNews(followed.news)
    }
  }

  #become(connection: Connection): void {
    this.#connection = connection
    for (const watcher of this.#watchers) watcher()
  }
}

/** Worth another try: nobody answers, too many listen for the moment, or the platform starts or stops. */
function isForNow(error: unknown): boolean {
  if (error instanceof Unreachable) return true
  return error instanceof ApiError && (error.problem.status === 429 || error.problem.status === 503)
}
