import type { Line, Told } from './boot.ts'

/** `new`: it was not there. `went-on`: it came to its end, or further. `repeated`: the same once more. */
export type Change = { readonly line: Line; readonly how: 'new' | 'went-on' | 'repeated' }

/** Lines of one boot; what finds no room is counted. */
const mostLines = 120

/**
 * The lines of one boot, by what they are about. What repeats itself stays one line with a count, whatever comes
 * between: a machine that waits for days asks the same six things every ten seconds.
 */
export class Lines {
  readonly #byKey = new Map<string, Line>()
  /** Transfer → the key of its line. */
  readonly #running = new Map<string, string>()
  /** How many there are. */
  count: number
  /** How many found no room. */
  dropped: number
  /** How many lines for people came from the system. */
  words = 0

  constructor({ lines, dropped }: { readonly lines: number; readonly dropped: number }) {
    this.count = lines
    this.dropped = dropped
  }

  /** Whether bytes are on their way. */
  get isSending(): boolean {
    return this.#running.size > 0
  }

  of(key: string): Line | undefined {
    return this.#byKey.get(key)
  }

  /** A line of its own. `undefined`: no room. */
  begin(key: string, told: Told, at: number): Change | undefined {
    if (this.count >= mostLines) {
      this.dropped += 1
      return undefined
    }
    this.count += 1
    return this.replace(key, { n: this.count, at, ...told }, 'new')
  }

  /** The line of this key, new or once more; what it says last counts. */
  put(key: string, told: Told, at: number, how: 'went-on' | 'repeated'): Change | undefined {
    const known = this.#byKey.get(key)
    if (known === undefined) return this.begin(key, told, at)
    return this.replace(key, { ...known, ...told, until: at, times: (known.times ?? 1) + 1 } as Line, how)
  }

  replace(key: string, line: Line, how: Change['how']): Change {
    this.#byKey.set(key, line)
    return { line, how }
  }

  runs(transfer: string, key: string): void {
    this.#running.set(transfer, key)
  }

  /** The key of the line of a transfer that ends now. */
  ends(transfer: string): string | undefined {
    const key = this.#running.get(transfer)
    this.#running.delete(transfer)
    return key
  }

  isRunning(key: string): boolean {
    for (const running of this.#running.values()) if (running === key) return true
    return false
  }

  /** Lets go of what was said: a repetition begins a line of its own. */
  forget(): void {
    this.#byKey.clear()
    this.#running.clear()
  }
}
