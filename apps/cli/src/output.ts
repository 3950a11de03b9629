import { styleText } from 'node:util'
import { type Failure, failureOf } from './failure.ts'
import { plain, plainLines, safeJson, wrap } from './plain-text.ts'
import { type Column, type Fact, factLines, textTable } from './text-table.ts'
import type { Screen, World } from './world.ts'

const leastColumns = 40

/** What a command says: results to stdout, everything else to stderr. Every value is made harmless here. */
export class Output {
  readonly json: boolean
  readonly #world: World
  readonly #width: number | undefined

  constructor(world: World, format: 'json' | 'text') {
    this.#world = world
    this.json = format === 'json'
    this.#width = widthOf(world.stdout)
  }

  /** The result of the command: the value itself with --json, else the text. */
  result(value: unknown, text: () => string): void {
    this.#world.stdout.write(`${this.json ? safeJson(value, 2) : text()}\n`)
  }

  /** One of many results that come with time: the value as a line of JSON, or lines of text. */
  lines(value: unknown, text: () => readonly string[]): void {
    for (const line of this.json ? [safeJson(value)] : text()) this.#world.stdout.write(`${line}\n`)
  }

  table<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
    const safe = columns.map((column) => ({ ...column, text: (row: Row) => plain(column.text(row)) || '-' }))
    return textTable(safe, rows, { width: this.#width, bold: (text) => this.bold(text) })
  }

  facts(facts: readonly Fact[]): string {
    const safe = facts.map(([name, text, ...below]): Fact => [name, plainLines(text), ...below])
    return factLines(safe, { width: this.#width, bold: (text) => this.bold(text) })
  }

  /** A sentence, wrapped to the terminal. */
  sentence(text: string, indent = ''): string {
    return wrap(plainLines(text), this.#width ?? Infinity, indent)
  }

  /** Something to know beside the result; not said with --json. */
  note(text: string): void {
    if (!this.json)
      this.#world.stderr.write(`${wrap(plainLines(text), widthOf(this.#world.stderr) ?? Infinity)}\n`)
  }

  /** What the user has to do meanwhile: on stderr, so that the result stays alone; with --json as a line of JSON. */
  prompt(value: unknown, text: string): void {
    this.#world.stderr.write(`${this.json ? safeJson(value) : plain(text)}\n`)
  }

  bold(text: string): string {
    return colours(this.#world, this.#world.stdout)
      ? styleText('bold', text, { validateStream: false })
      : text
  }
}

/** Says on stderr what went wrong, why, and what to do. */
export function reportFailure(world: World, format: 'json' | 'text', error: unknown): Failure {
  const failure = failureOf(error)
  world.stderr.write(format === 'json' ? `${failureJson(failure)}\n` : failureText(world, failure))
  return failure
}

function failureJson({ code, exitCode, message, why, todo }: Failure): string {
  return safeJson({ error: { code, exitCode, message, why, todo } })
}

function failureText(world: World, failure: Failure): string {
  const width = widthOf(world.stderr) ?? Infinity
  const label = colours(world, world.stderr)
    ? styleText(['bold', 'red'], 'Error:', { validateStream: false })
    : 'Error:'
  const lines = [wrap(`${label} ${plainLines(failure.message)}`, width, '  ')]
  if (failure.why !== undefined) lines.push(`  ${wrap(plainLines(failure.why), width, '  ')}`)
  if (failure.todo !== undefined) lines.push(`  ${wrap(`To do: ${plainLines(failure.todo)}`, width, '  ')}`)
  return `${lines.join('\n')}\n`
}

/** Columns of a terminal, 40 at least; undefined when it is none: then nothing is wrapped or cut. */
export function widthOf(screen: Screen): number | undefined {
  return screen.isTTY === true ? Math.max(leastColumns, screen.columns ?? 80) : undefined
}

function colours(world: World, screen: Screen): boolean {
  return screen.isTTY === true && world.mayColour
}
