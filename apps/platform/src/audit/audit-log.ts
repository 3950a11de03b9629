import type { AuditNote, DurableAudit } from './audit.ts'
import type { AuditLimits, AuditStore, DatedNote } from './audit-store.ts'

export type AuditLogOptions = {
  readonly store: AuditStore
  /** Called when entries could not be written; those that nobody waits for are tried again. */
  readonly onError: (error: unknown) => void
  readonly limits?: AuditLimits
  readonly now?: () => number
  /** Notes held while the database does not take them; further ones are counted and lost. */
  readonly mostWaiting?: number
  /** How long a note that nobody waits for may stay in memory. */
  readonly delayMs?: number
  readonly pruneEvery?: number
}

export const auditLimits: AuditLimits = { happened: 100_000, refused: 20_000 }

type Waiting = { readonly note: DatedNote; readonly settle: PromiseWithResolvers<void> | undefined }

/** What fits; names and reasons come from outside. */
const mostCharacters = { who: 256, action: 64, about: 500, from: 64, because: 300 } as const

/** Writes notes in batches: whoever waits for one carries all that came before it. Grows to its limits, not beyond. */
export class AuditLog implements DurableAudit {
  readonly #options: Required<AuditLogOptions>
  #waiting: Waiting[] = []
  #lost = 0
  #sincePrune = 0
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> | undefined

  constructor(options: AuditLogOptions) {
    const usual = { limits: auditLimits, now: Date.now, mostWaiting: 10_000, delayMs: 200, pruneEvery: 1_000 }
    this.#options = { ...usual, ...options }
  }

  note(note: AuditNote): void {
    if (this.#waiting.length >= this.#options.mostWaiting) {
      this.#lost += 1
      return
    }
    this.#waiting.push({ note: this.#dated(note), settle: undefined })
    this.#timer ??= setTimeout(() => this.#write(), this.#options.delayMs)
  }

  async noteDurably(note: AuditNote): Promise<void> {
    const settle = Promise.withResolvers<void>()
    this.#waiting.push({ note: this.#dated(note), settle })
    this.#write()
    await settle.promise
  }

  /** Writes what is left. */
  async stop(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing
    this.#write()
    await this.#writing
    clearTimeout(this.#timer)
  }

  #dated(note: AuditNote): DatedNote {
    const cut = Object.entries(mostCharacters).flatMap(([key, most]) => {
      const text = note[key as keyof typeof mostCharacters]
      return text === undefined ? [] : [[key, text.slice(0, most).replaceAll('\0', '')]]
    })
    return { ...note, ...Object.fromEntries(cut), at: this.#options.now() }
  }

  #write(): void {
    if (this.#writing !== undefined || this.#waiting.length === 0) return
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#writing = this.#writeAll().then((delayMs) => {
      this.#writing = undefined
      if (this.#waiting.some(({ settle }) => settle !== undefined)) this.#write()
      else if (this.#waiting.length > 0) this.#timer ??= setTimeout(() => this.#write(), delayMs)
    })
  }

  /** How long what came meanwhile may wait. Never rejects. */
  async #writeAll(): Promise<number> {
    const { store, onError, delayMs } = this.#options
    const batch = this.#waiting
    this.#waiting = []
    const lost = this.#lost
    try {
      const notes = batch.map(({ note }) => note)
      await store.add(lost === 0 ? notes : [...notes, this.#dated(lostNote(lost))])
    } catch (error) {
      onError(error)
      for (const { settle } of batch) settle?.reject(error)
      this.#waiting = [...batch.filter(({ settle }) => settle === undefined), ...this.#waiting]
      return retryMs
    }
    this.#lost -= lost
    for (const { settle } of batch) settle?.resolve()
    await this.#prune(batch.length).catch(onError)
    return delayMs
  }

  async #prune(written: number): Promise<void> {
    this.#sincePrune += written
    if (this.#sincePrune < this.#options.pruneEvery) return
    this.#sincePrune = 0
    await this.#options.store.prune(this.#options.limits)
  }
}

/** After the database refused. */
const retryMs = 5_000

const lostNote = (count: number): AuditNote => ({
  who: '',
  action: 'audit',
  about: `${count} entries lost`,
  because: 'the database did not take them in time',
})
