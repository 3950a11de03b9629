/** Milliseconds. */
const shortest = 200
const first = 1000
const longest = 8000

/**
 * How long to wait for an acknowledgement: RFC 6298 with a lower bound of 200 ms, doubled by each retransmission up
 * to 8 s. A client that negotiated `timeout` (RFC 2349) gets what it asked for, without backoff.
 */
export class RetransmissionClock {
  readonly #fixed: number | undefined
  #smoothed: number | undefined
  #variation = 0
  #backoff = 1

  constructor(timeoutSeconds: number | undefined) {
    this.#fixed = timeoutSeconds === undefined ? undefined : timeoutSeconds * 1000
  }

  get milliseconds(): number {
    if (this.#fixed !== undefined) return this.#fixed
    const base =
      this.#smoothed === undefined ? first : Math.max(shortest, this.#smoothed + 4 * this.#variation)
    return Math.min(longest, base * this.#backoff)
  }

  /** Takes only round trips of what was sent once: Karn's rule, RFC 6298 §3. */
  measured(roundTrip: number): void {
    const smoothed = this.#smoothed
    this.#variation =
      smoothed === undefined ? roundTrip / 2 : 0.75 * this.#variation + 0.25 * Math.abs(smoothed - roundTrip)
    this.#smoothed = smoothed === undefined ? roundTrip : 0.875 * smoothed + 0.125 * roundTrip
  }

  progressed(): void {
    this.#backoff = 1
  }

  expired(): void {
    this.#backoff *= 2
  }
}
