import { closeSync, openSync, readSync } from 'node:fs'
import { stripVTControlCharacters } from 'node:util'

const lookEveryMs = 100
const chunkBytes = 65_536
const escapeCharacter = '\u001b'

/**
 * What a machine wrote to its serial port, read from the file that QEMU writes. A file, because QEMU throws
 * characters away when a pipe is full for a moment.
 */
export class SerialConsole {
  readonly #file: string
  #raw = ''
  #read = 0
  #seen = 0
  #ended: string | undefined

  constructor(file: string) {
    this.#file = file
  }

  /** The machine is off: nothing more will come. */
  end(why: string): void {
    this.#ended = why
  }

  /** What a person would read: without colours, cursor movements, and the many empty lines of firmware. */
  get text(): string {
    this.#readNew()
    // SeaBIOS and EDK2 send private modes that stripVTControlCharacters does not know.
    const lines = stripVTControlCharacters(this.#raw.replaceAll(`${escapeCharacter}[=3h`, ''))
      .replaceAll('\r', '')
      .replaceAll('\0', '')
      .split('\n')
    const last = lines.pop() ?? ''
    return [...lines.filter((line) => line.trim() !== ''), last].join('\n')
  }

  last(lines: number): string {
    return this.text.trimEnd().split('\n').slice(-lines).join('\n')
  }

  /**
   * Waits for words after those that the last call found; looks less often when that may take long.
   * @throws {Error} when they do not come in time, or cannot come any more
   */
  async expect(pattern: RegExp, seconds: number): Promise<RegExpExecArray> {
    const deadline = Date.now() + seconds * 1000
    for (;;) {
      const ended = this.#ended
      const found = pattern.exec(this.text.slice(this.#seen))
      if (found !== null) {
        this.#seen += found.index + found[0].length
        return found
      }
      if (ended !== undefined) throw new Error(`no ${pattern} on the console, and ${ended}`)
      if (Date.now() >= deadline) throw new Error(`no ${pattern} on the console within ${seconds} s`)
      await new Promise((resolve) => setTimeout(resolve, Math.max(lookEveryMs, seconds)))
    }
  }

  #readNew(): void {
    const file = openSync(this.#file, 'r')
    const chunk = Buffer.alloc(chunkBytes)
    for (let got = -1; got !== 0; ) {
      got = readSync(file, chunk, 0, chunkBytes, this.#read)
      this.#read += got
      this.#raw += chunk.toString('latin1', 0, got)
    }
    closeSync(file)
  }
}
