import { widthOf } from './output.ts'
import { columnsOf, fit, plain } from './plain-text.ts'
import { durationText, sizeText } from './quantities.ts'
import type { World } from './world.ts'

export type Stage = 'read' | 'upload' | 'fetch' | 'digest' | 'recognise' | 'verify' | 'publish' | 'boot'

const redrawMilliseconds = 100
const lineMilliseconds = 10_000
const rateWindowMilliseconds = 5_000

/**
 * How far a long step is, on stderr: one redrawn line on a terminal, elsewhere a line now and then. The rate is that
 * of the last seconds. Memory: the samples of these seconds, at most ten a second.
 */
export class Progress {
  readonly #world: World
  readonly #stage: Stage
  readonly #name: string
  readonly #total: number
  readonly #redraws: boolean
  readonly #startedAt: number
  readonly #samples: { readonly at: number; readonly bytes: number }[] = []
  #bytes = 0
  #drawnAt: number

  constructor(world: World, stage: Stage, name: string, totalBytes: number) {
    this.#world = world
    this.#stage = stage
    this.#name = plain(name)
    this.#total = totalBytes
    this.#redraws = world.stderr.isTTY === true && world.mayRedraw
    this.#startedAt = world.now()
    this.#drawnAt = this.#redraws ? 0 : this.#startedAt
    this.at(0)
  }

  /** So many bytes are done, of the whole step. */
  at(bytes: number): void {
    this.#bytes = bytes
    const now = this.#world.now()
    const last = this.#samples.at(-1)
    if (last === undefined || now - last.at >= redrawMilliseconds || bytes < last.bytes) this.#sample(now)
    if (now - this.#drawnAt < (this.#redraws ? redrawMilliseconds : lineMilliseconds)) return
    this.#drawnAt = now
    if (this.#redraws) this.#world.stderr.write(`\r${this.line(this.#width())}\u{1b}[K`)
    else this.#world.stderr.write(`${this.line(Infinity)}\n`)
  }

  /** Bytes may go back to 0 when an upload begins anew: then the rate begins anew too. */
  #sample(now: number): void {
    if (this.#bytes < (this.#samples.at(-1)?.bytes ?? 0)) this.#samples.length = 0
    this.#samples.push({ at: now, bytes: this.#bytes })
    while ((this.#samples[0]?.at ?? now) < now - rateWindowMilliseconds) this.#samples.shift()
  }

  /** Takes the redrawn line away and says in one lasting line how the step ended. */
  end(text: string): void {
    this.clear()
    this.#world.stderr.write(`${fit(plain(text), widthOf(this.#world.stderr) ?? Infinity)}\n`)
  }

  /** Takes the redrawn line away. */
  clear(): void {
    if (this.#redraws) this.#world.stderr.write('\r\u{1b}[K')
  }

  /** Seconds since the start. */
  seconds(): number {
    return (this.#world.now() - this.#startedAt) / 1000
  }

  #width(): number {
    // Three columns stay free: a terminal shows ^C behind the line, and may begin a new one when the last is filled.
    return (widthOf(this.#world.stderr) ?? 80) - 3
  }

  /** The line for so many columns; without a total only what is done. What matters most stays; the byte counts, the bar and then the rate give way. */
  line(columns: number): string {
    if (this.#total === 0) {
      const done = this.#bytes === 0 ? '' : ` ${sizeText(this.#bytes)}`
      return fit(`${this.#stage} ${this.#name} …${done}`, columns)
    }
    const share = Math.min(1, this.#bytes / this.#total)
    const percent = `${Math.floor(share * 100)}%`
    const pace = this.#pace()
    if (columns === Infinity)
      return [`${this.#stage} ${this.#name}: ${percent} of ${sizeText(this.#total)}`, ...pace].join(', ')
    const bytes = `${sizeText(this.#bytes)} of ${sizeText(this.#total)}`
    const ends = [
      [percent.padStart(4), bytes, ...pace].join('  '),
      [percent.padStart(4), ...pace].join('  '),
      [percent, ...pace].join(' '),
      [percent, ...pace].join(' ').replace(' left', ''),
      [percent, ...pace.slice(1)].join(' '),
    ]
    const nameColumns = Math.min(columnsOf(this.#name), leastNameColumns)
    const end = ends.find((text) => this.#stage.length + nameColumns + text.length + 2 <= columns) ?? percent
    const room = columns - this.#stage.length - end.length - 2
    const name = fit(this.#name, Math.min(room, mostNameColumns))
    return `${this.#stage} ${name} ${bar(share, room - columnsOf(name))}${end}`
  }

  #pace(): readonly string[] {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)]
    if (first === undefined || last === undefined || last.at - first.at < 200) return []
    const rate = ((last.bytes - first.bytes) * 1000) / (last.at - first.at)
    if (rate <= 0) return ['stalled']
    return [`${sizeText(rate)}/s`, `${durationText((this.#total - this.#bytes) / rate)} left`]
  }
}

const leastNameColumns = 9
const mostNameColumns = 24
const leastBarColumns = 10
const mostBarColumns = 30

function bar(share: number, room: number): string {
  if (room < leastBarColumns) return ''
  const inside = Math.min(room, mostBarColumns) - 3
  const full = Math.round(share * inside)
  return `[${'#'.repeat(full)}${'.'.repeat(inside - full)}] `
}
