import { harmless } from '../harmless.ts'

/** What is kept of a log. */
export const keptLog = 256 * 1024

/** The end of what a build wrote. Memory: twice what is kept. */
export class BuildLog {
  #text = ''
  #length = 0

  /** Characters that were written. */
  get length(): number {
    return this.#length
  }

  /** The end of it. */
  get text(): string {
    return this.#text.slice(-keptLog)
  }

  append(text: string): void {
    const added = harmless(text)
    this.#length += added.length
    this.#text += added
    if (this.#text.length > 2 * keptLog) this.#text = this.text
  }
}

/** What there is from a character on. `from` is later than asked for where the log has not kept it. */
export function logFrom(text: string, length: number, asked: number) {
  const first = length - text.length
  const from = Math.min(Math.max(asked, first), length)
  return { from, text: text.slice(from - first), next: length }
}
