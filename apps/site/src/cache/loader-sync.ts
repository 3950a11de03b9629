import type { BootLog, LoaderShelf } from '@bootcast/boot'

export type ToldLoader = { readonly name: string; readonly digest: string; readonly size: number }

export type LoaderSyncSettings = {
  readonly shelf: LoaderShelf
  /** The bytes of a loader of the upstream. */
  readonly bytesOf: (loader: ToldLoader) => AsyncIterable<Uint8Array>
  readonly log: BootLog
  /** What could not be had is tried again after so long. */
  readonly retryMs?: number
}

const usualRetryMs = 15_000

/** Keeps the loaders of this site those of its upstream: one that cannot be fetched now leaves what is there. */
export class LoaderSync {
  readonly #settings: LoaderSyncSettings
  #turn: Promise<unknown> = Promise.resolve()
  #wanted: readonly ToldLoader[] = []
  #retry: NodeJS.Timeout | undefined
  #isStopped = false

  constructor(settings: LoaderSyncSettings) {
    this.#settings = settings
  }

  /** One after another; fulfilled when all are here or could not be fetched. True: all are here. Never rejects. */
  follow(loaders: readonly ToldLoader[]): Promise<boolean> {
    this.#wanted = loaders
    return this.#inTurn()
  }

  /** Nothing is tried again. */
  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#retry)
  }

  #inTurn(): Promise<boolean> {
    const done = this.#turn.then(() => this.#once())
    this.#turn = done
    return done
  }

  async #once(): Promise<boolean> {
    clearTimeout(this.#retry)
    const isWhole = await this.#follow(this.#wanted).catch((error: unknown) => {
      this.#settings.log('error', 'the boot loaders cannot be kept', { reason: String(error) })
      return false
    })
    if (!isWhole && !this.#isStopped)
      this.#retry = setTimeout(() => void this.#inTurn(), this.#settings.retryMs ?? usualRetryMs).unref()
    return isWhole
  }

  async #follow(loaders: readonly ToldLoader[]): Promise<boolean> {
    const { shelf, log } = this.#settings
    let isWhole = true
    for (const loader of loaders) {
      if (shelf.find(loader.name)?.digest === loader.digest) continue
      try {
        await this.#bring(loader)
        log('info', 'a boot loader came from the upstream', { name: loader.name, digest: loader.digest })
      } catch (error) {
        isWhole = false
        log('warn', 'a boot loader could not be fetched', { name: loader.name, reason: String(error) })
      }
    }
    // Also when some are missing: what the upstream took away may be dangerous.
    const wanted = new Set(loaders.map(({ name }) => name))
    for (const { name } of shelf.list()) if (!wanted.has(name)) await shelf.remove(name)
    return isWhole
  }

  async #bring(loader: ToldLoader): Promise<void> {
    const { shelf, bytesOf } = this.#settings
    await shelf.import(loader.name, bytesOf(loader), loader.digest)
  }
}
