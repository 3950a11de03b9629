import { oneLine } from '../harmless.ts'

export type Progress = { readonly percent: number; readonly note: string | undefined }

const mostLine = 1000
const mostNote = 200
const pattern = /^bootcast-progress:\s{0,9}(\d{1,3})(?:\.\d{1,9})?%?(?:\s+(.*))?$/

/** What one line says; `undefined`: it is no line of progress. */
function progressIn(line: string): Progress | undefined {
  const [, digits, note = ''] = pattern.exec(line.trimEnd()) ?? []
  const percent = Number(digits)
  if (digits === undefined || percent > 100) return undefined
  return { percent, note: noteOf(note) }
}

/** One line of bounded length, or nothing. */
export function noteOf(text: string): string | undefined {
  return oneLine(text, mostNote) || undefined
}

/** Finds lines of progress in pieces of text. Memory: the start of one line. */
export class ProgressLines {
  readonly #onProgress: (progress: Progress) => void
  #line = ''

  constructor(onProgress: (progress: Progress) => void) {
    this.#onProgress = onProgress
  }

  take(piece: string): void {
    const lines = piece.split('\n')
    for (const [at, line] of lines.entries()) {
      this.#line = (this.#line + line.slice(0, mostLine)).slice(0, mostLine)
      if (at < lines.length - 1) this.#end()
    }
  }

  /** What was begun is a line. */
  #end(): void {
    const progress = progressIn(this.#line)
    this.#line = ''
    if (progress !== undefined) this.#onProgress(progress)
  }
}
