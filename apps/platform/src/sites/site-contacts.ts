import type { SiteContact, SiteStore } from './site-store.ts'

export type SiteContactsOptions = {
  readonly store: Pick<SiteStore, 'saveContacts'>
  /** What could not be kept, now and then; it is tried again. */
  readonly onError: (error: unknown) => void
  /** How long a contact may stay in memory. */
  readonly delayMs?: number
}

/** When each site was last heard, and what it told, on its way to the store. Growth: one for each site. */
export class SiteContacts {
  readonly #options: Required<SiteContactsOptions>
  readonly #waiting = new Map<string, SiteContact>()
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> = Promise.resolve()

  constructor(options: SiteContactsOptions) {
    this.#options = { delayMs: 2_000, ...options }
  }

  /** Returns at once and never throws. `id` is that of a site whose certificate was checked. */
  note(id: string, at: number, report?: SiteContact['report']): void {
    this.#keep({ id, at, report })
    this.#timer ??= setTimeout(() => void this.written(), this.#options.delayMs)
  }

  /** Fulfilled when all that was noted until now is in the store, or was told to `onError`. */
  written(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#writing = this.#writing.then(() => this.#write())
    return this.#writing
  }

  async stop(): Promise<void> {
    await this.written()
    clearTimeout(this.#timer)
  }

  #keep({ id, at, report }: SiteContact): void {
    const before = this.#waiting.get(id)
    const isOlder = before !== undefined && before.at > at
    this.#waiting.set(id, {
      id,
      at: isOlder ? before.at : at,
      report: isOlder ? (before.report ?? report) : (report ?? before?.report),
    })
  }

  async #write(): Promise<void> {
    const contacts = [...this.#waiting.values()]
    if (contacts.length === 0) return
    this.#waiting.clear()
    try {
      await this.#options.store.saveContacts(contacts)
    } catch (error) {
      this.#options.onError(error)
      for (const contact of contacts) this.#keep(contact)
      this.#timer ??= setTimeout(() => void this.written(), retryMs)
    }
  }
}

/** After the database refused. */
const retryMs = 5_000
