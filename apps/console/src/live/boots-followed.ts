import { type BootNews, type BootsFollowed, type FollowOptions, followBoots } from '@bootcast/contract'

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
    this.#follow(ending.signal).catch((error: unknown) => {
      if (ending.signal.aborted) return
      this.#ending = undefined
      this.#become({ state: 'refused', error: error instanceof Error ? error : new Error(String(error)) })
    })
  }

  async #follow(signal: AbortSignal): Promise<void> {
    for await (const followed of followBoots({ ...this.#options, signal })) {
      if (signal.aborted) return
      this.#take(followed)
    }
  }

  #take(followed: BootsFollowed): void {
    if (followed.kind === 'lost') {
      const since = this.#connection.state === 'lost' ? this.#connection.since : new Date()
      this.#become({ state: 'lost', since })
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
