import type { PartialFile, Progress } from './partial-file.ts'

/** It is also saved when so much time has passed, with the next bytes that come. */
const saveEveryMs = 5_000

/** Saves now and then what has arrived, beside the work. */
export class ProgressSaver {
  readonly #file: PartialFile
  readonly #progress: () => Progress
  readonly #everyBytes: number
  #unsaved = 0
  #savedAt = Date.now()
  #saving: Promise<void> | undefined

  constructor(file: PartialFile, progress: () => Progress, everyBytes: number) {
    this.#file = file
    this.#progress = progress
    this.#everyBytes = everyBytes
  }

  grown(bytes: number): void {
    this.#unsaved += bytes
    const isTime = this.#unsaved >= this.#everyBytes || Date.now() - this.#savedAt >= saveEveryMs
    if (isTime && this.#saving === undefined) void this.#save()
  }

  /** What is here now, after what is being saved. Never rejected: a fetch that cannot note where it is goes on. */
  async save(): Promise<void> {
    await this.idle()
    await this.#save()
  }

  async idle(): Promise<void> {
    await this.#saving
  }

  #save(): Promise<void> {
    this.#unsaved = 0
    this.#savedAt = Date.now()
    // Said before the data is synced: what is written later is not claimed.
    this.#saving = this.#file
      .saveProgress(this.#progress())
      // A full disk: the next fetch finds an older note, and checks that one too.
      .catch(() => undefined)
      .finally(() => {
        this.#saving = undefined
      })
    return this.#saving
  }
}
