/** DISCOVERs that wait; more are dropped, and their clients ask again (RFC 2131 §4.1). */
const mostWaiting = 512
/** Answered in one turn of the event loop, in which at most 32 messages are received. */
const perTurn = 16

/**
 * Passes messages on, DISCOVERs only after all else that is there. When more machines start than can be answered, those
 * that have an offer finish, instead of all being offered addresses that time out.
 */
export class RequestsFirst<From> {
  readonly #onPacket: (bytes: Uint8Array, from: From) => void
  #waiting: { readonly bytes: Uint8Array; readonly from: From }[] = []
  #scheduled = false

  constructor(onPacket: (bytes: Uint8Array, from: From) => void) {
    this.#onPacket = onPacket
  }

  /** False when the message was dropped. */
  add(bytes: Uint8Array, from: From): boolean {
    if (!isDiscover(bytes)) {
      this.#onPacket(bytes, from)
      return true
    }
    if (this.#waiting.length >= mostWaiting) return false
    this.#waiting.push({ bytes, from })
    this.#schedule()
    return true
  }

  /** Forgets those that wait. */
  clear(): void {
    this.#waiting = []
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      for (const { bytes, from } of this.#waiting.splice(0, perTurn)) this.#onPacket(bytes, from)
      if (this.#waiting.length > 0) this.#schedule()
    })
  }
}

/** All clients put option 53 first. One that does not is never wrong, only not behind. */
function isDiscover(bytes: Uint8Array): boolean {
  return bytes[240] === 53 && bytes[241] === 1 && bytes[242] === 1
}
