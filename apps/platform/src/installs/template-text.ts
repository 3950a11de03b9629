import { type FilterName, isFilter } from './filters.ts'
import { mark } from './formats/spot.ts'

/** A text with placeholders, read. */
export type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | Place
  /** What stands between `{{#if name}}` and `{{/if}}`: there when the variable has a value. */
  | (Position & { readonly kind: 'if'; readonly name: string; readonly pieces: readonly Piece[] })

/** In a text, both from 1; columns as JavaScript counts them, in UTF-16 units. */
export type Position = { readonly line: number; readonly column: number }

export type Place = Position & {
  readonly kind: 'place'
  readonly name: string
  readonly filters: readonly FilterName[]
}

export type TextProblem = Position & { readonly message: string }

const token = /\\\{\{|\{\{([^{}\n]*)\}\}|\{\{/g
const placeholder = /^([a-z][a-z0-9-]{0,31})((?::[a-z0-9]+)*)$/
const mostPlaces = 2000

/**
 * Reads the template language: `{{name}}`, `{{name:filter}}`, `{{#if name}}…{{/if}}`; `\{{` is two braces. A line with
 * nothing but `{{#if name}}` or `{{/if}}` leaves no line.
 */
export function readTemplate(text: string): {
  readonly pieces: readonly Piece[]
  readonly problems: readonly TextProblem[]
} {
  const reading = new Reading(text)
  if (text.includes(mark)) reading.complain(text.indexOf(mark), 'the character U+E000 cannot be used')
  for (const found of text.matchAll(token)) reading.take(found)
  return reading.end()
}

type Open = Position & { readonly name: string; readonly pieces: Piece[] }

class Reading {
  readonly #text: string
  readonly #problems: TextProblem[] = []
  readonly #open: Open[] = []
  readonly #top: Piece[] = []
  #at = 0
  #places = 0
  #countedTo = 0
  #line = 1
  #lineStart = 0

  constructor(text: string) {
    this.#text = text
  }

  take({ 0: found, 1: inner, index }: RegExpExecArray): void {
    const end = index + found.length
    const said = inner?.trim() ?? ''
    const condition = /^#if\s+([a-z][a-z0-9-]{0,31})$/.exec(said)?.[1]
    if (found === '\\{{') this.#put({ kind: 'text', text: '{{' }, index, end)
    else if (inner === undefined)
      this.complain(index, 'two opening braces begin a placeholder; write \\{{ for the braces themselves')
    else if (condition !== undefined) this.#begin(condition, index, end)
    else if (said === '/if') this.#close(index, end)
    else this.#place(said, index, end)
  }

  #put(piece: Piece, index: number, end: number): void {
    this.#textUpTo(index)
    this.#now().push(piece)
    this.#at = end
  }

  #place(said: string, index: number, end: number): void {
    const [, name, chain = ''] = placeholder.exec(said) ?? []
    const names = chain.split(':').slice(1)
    const filters = names.filter(isFilter)
    this.#places += 1
    if (name === undefined)
      this.complain(index, `{{${said.slice(0, 40)}}} is no placeholder; write \\{{ for the braces themselves`)
    else if (filters.length < names.length)
      this.complain(index, `there is no filter ${names.find((filter) => !isFilter(filter))}`)
    else if (this.#places > mostPlaces) this.complain(index, `more than ${mostPlaces} placeholders`)
    else this.#put({ kind: 'place', name, filters, ...this.positionOf(index) }, index, end)
  }

  #begin(name: string, index: number, end: number): void {
    if (this.#open.length >= 8) this.complain(index, 'more than eight {{#if}} within each other')
    this.#tag(index, end)
    this.#open.push({ name, ...this.positionOf(index), pieces: [] })
  }

  #close(index: number, end: number): void {
    this.#tag(index, end)
    const open = this.#open.pop()
    if (open === undefined) this.complain(index, '{{/if}} without {{#if name}}')
    else this.#now().push({ kind: 'if', ...open })
  }

  /** Text up to a tag; of a line that has only the tag nothing stays. */
  #tag(index: number, end: number): void {
    const lineStart = this.#text.lastIndexOf('\n', index - 1) + 1
    const rest = /^[ \t]*(?:\r?\n|$)/.exec(this.#text.slice(end))?.[0]
    const isAlone = lineStart >= this.#at && this.#text.slice(lineStart, index).trim() === ''
    const alone = isAlone ? rest : undefined
    this.#textUpTo(alone === undefined ? index : lineStart)
    this.#at = end + (alone?.length ?? 0)
  }

  #textUpTo(index: number): void {
    if (index > this.#at) this.#now().push({ kind: 'text', text: this.#text.slice(this.#at, index) })
    this.#at = Math.max(this.#at, index)
  }

  #now(): Piece[] {
    return this.#open.at(-1)?.pieces ?? this.#top
  }

  complain(index: number, message: string): void {
    if (this.#problems.length < 20) this.#problems.push({ ...this.positionOf(index), message })
  }

  positionOf(index: number): Position {
    for (; this.#countedTo < index; this.#countedTo++)
      if (this.#text[this.#countedTo] === '\n') {
        this.#line += 1
        this.#lineStart = this.#countedTo + 1
      }
    return { line: this.#line, column: index - this.#lineStart + 1 }
  }

  end() {
    this.#textUpTo(this.#text.length)
    for (const { name, line, column } of this.#open)
      this.#problems.push({ line, column, message: `{{#if ${name}}} is never closed by {{/if}}` })
    return { pieces: this.#top, problems: this.#problems }
  }
}

/** Names of all variables in a text, each with the place where it stands first. */
export function namesIn(pieces: readonly Piece[]): ReadonlyMap<string, Position> {
  const names = new Map<string, Position>()
  const note = (name: string, { line, column }: Position) => {
    if (!names.has(name)) names.set(name, { line, column })
  }
  for (const piece of pieces) {
    if (piece.kind === 'text') continue
    note(piece.name, piece)
    if (piece.kind === 'if') for (const [name, position] of namesIn(piece.pieces)) note(name, position)
  }
  return names
}

/** Without conditions: what stands when that holds of a variable. */
export function decided(
  pieces: readonly Piece[],
  isSet: (name: string) => boolean,
): readonly Exclude<Piece, { kind: 'if' }>[] {
  return pieces.flatMap((piece) =>
    piece.kind === 'if' ? (isSet(piece.name) ? decided(piece.pieces, isSet) : []) : [piece],
  )
}
