import { columnsOf, fit, wrap } from './plain-text.ts'

export type Column<Row> = {
  readonly title: string
  readonly text: (row: Row) => string
  /** May be cut down to so many columns of the terminal when there is not enough room; absent: never cut. */
  readonly shrinksTo?: number
  readonly align?: 'right'
}

export type TableStyle = {
  /** Columns of the terminal; undefined: no limit, nothing is cut. */
  readonly width: number | undefined
  readonly bold: (text: string) => string
}

const gap = 2

/**
 * A table with a line for each row. Where the terminal is too narrow even for shrunk columns, each row becomes a
 * block of lines instead: nothing is left out.
 */
export function textTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  style: TableStyle,
): string {
  const cells = rows.map((row) => columns.map((column) => column.text(row)))
  const natural = columns.map(({ title }, at) =>
    Math.max(columnsOf(title), ...cells.map((line) => columnsOf(line[at] ?? ''))),
  )
  const widths = fitted(columns, natural, style.width)
  if (widths === undefined) return blocks(columns, cells, style)
  const line = (texts: readonly string[]) =>
    texts
      .map((text, at) => padded(fit(text, widths[at] ?? 0), widths[at] ?? 0, columns[at]?.align))
      .join(' '.repeat(gap))
      .trimEnd()
  return [style.bold(line(columns.map(({ title }) => title))), ...cells.map(line)].join('\n')
}

/** Widths that fit: of the columns that may shrink the last gives first; undefined when nothing helps. */
function fitted(
  columns: readonly Pick<Column<never>, 'shrinksTo'>[],
  natural: readonly number[],
  limit: number | undefined,
): readonly number[] | undefined {
  const widths = [...natural]
  const excess = () =>
    widths.reduce((sum, width) => sum + width, gap * (widths.length - 1)) - (limit ?? Infinity)
  for (let at = columns.length - 1; at >= 0 && excess() > 0; at -= 1) {
    const width = widths[at] ?? 0
    const least = Math.min(width, columns[at]?.shrinksTo ?? width)
    widths[at] = Math.max(least, width - excess())
  }
  if (excess() > 0) return undefined
  return widths
}

function padded(text: string, width: number, align: 'right' | undefined): string {
  const space = ' '.repeat(Math.max(0, width - columnsOf(text)))
  return align === 'right' ? space + text : text + space
}

function blocks<Row>(
  columns: readonly Column<Row>[],
  cells: readonly (readonly string[])[],
  style: TableStyle,
): string {
  return cells
    .map((line) => {
      const [head = '', ...rest] = line
      const facts = rest.map((text, at) => [(columns[at + 1]?.title ?? '').toLowerCase(), text] as const)
      const kept = facts.filter(([, text]) => text !== '-')
      const body = factLines(kept, style)
      return [style.bold(head), ...(body === '' ? [] : [body.replace(/^/gm, '  ')])].join('\n')
    })
    .join('\n')
}

/** A name, what it is, and a long word that belongs to it and stands on a line of its own. */
export type Fact = readonly [name: string, text: string, below?: string]

/** Names and values below each other, the values in one column and wrapped to the terminal. */
export function factLines(facts: readonly Fact[], style: TableStyle): string {
  const indent = Math.max(0, ...facts.map(([name]) => columnsOf(name))) + gap
  const room = style.width === undefined ? Infinity : Math.max(10, style.width - gap)
  return facts
    .map(([name, text, below]) => {
      const label = padded(name, indent, undefined)
      const line = (label + wrap(text, room, ' '.repeat(indent))).trimEnd()
      return below === undefined ? line : `${line}\n  ${below}`
    })
    .join('\n')
}
