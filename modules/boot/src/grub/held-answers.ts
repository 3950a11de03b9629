const heldMs = 10_000
const mostHeld = 1024

/**
 * GRUB over HTTP asks for the size first (HEAD) and reads so many bytes of the GET that follows: both must be the
 * same answer, and a machine must be told once what to boot. Bounded; what nobody came for goes.
 */
export class HeldAnswers {
  readonly #held = new Map<string, { readonly text: string; readonly until: number }>()

  hold(question: string, text: string): void {
    const now = performance.now()
    for (const [known, { until }] of this.#held) {
      if (until > now && this.#held.size < mostHeld) break
      this.#held.delete(known)
    }
    this.#held.delete(question)
    this.#held.set(question, { text, until: now + heldMs })
  }

  /** The answer that was held for this question; once. */
  take(question: string): string | undefined {
    const found = this.#held.get(question)
    this.#held.delete(question)
    return found !== undefined && found.until > performance.now() ? found.text : undefined
  }
}
