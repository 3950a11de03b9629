import { quotedScalar, quotedSpots } from './json.ts'
import { linesOf, mark, marksIn, none, oneLine, part, type Spot, whole } from './spot.ts'

/*
 * Values are double-quoted scalars: `key: {{name}}` and `- {{name}}` get their quotes, within quotes values are escaped.
 * A block (`|`, `>`) is a text of its own, of which only its author knows the language. The places are found line by
 * line; anything that is not plainly one of these is refused when the template is set.
 */
type State = {
  /** The scalar that a line before began and did not end. */
  quote: '"' | "'" | undefined
  blockIndent: number | undefined
}

const longestLine = 4096

export function yamlSpots(skeleton: string): readonly Spot[] {
  const state: State = { quote: undefined, blockIndent: undefined }
  return linesOf(skeleton).flatMap((line) => {
    if (isInBlock(state, line)) return marksIn(line).map(() => part(oneLine))
    state.blockIndent = undefined
    if (line.length > longestLine)
      return marksIn(line).map(() => none(`its line is longer than ${longestLine} characters`))
    const { spots, plain } = spotsOf(line, state)
    if (state.quote === undefined && /(?:^|\s)[|>](?:[+-]?[1-9]?|[1-9][+-])\s*$/.test(plain))
      state.blockIndent = indentOf(line)
    return spots
  })
}

function isInBlock({ blockIndent }: State, line: string): boolean {
  if (blockIndent === undefined) return false
  return line.trim() === '' || line.length - line.trimStart().length > blockIndent
}

/** Where the key stands, or the dash of an item without one: what belongs to it is further to the right. */
function indentOf(line: string): number {
  const [dashes = ''] = /^\s*(?:-\s+)*/.exec(line) ?? []
  const isItem = /^[|>]/.test(line.slice(dashes.length))
  return isItem && dashes.trim() !== '' ? dashes.trimEnd().length - 1 : dashes.length
}

type Token = { readonly kind: 'quoted' | 'comment' | 'mark' | 'plain'; readonly text: string }

/** `plain`: the line without what is quoted or a comment. */
function spotsOf(line: string, state: State): { readonly spots: readonly Spot[]; readonly plain: string } {
  const spots: Spot[] = []
  let plain = ''
  for (let at = 0; at < line.length; ) {
    const { kind, text } = tokenAt(line.slice(at), plain, state.quote)
    at += text.length
    if (kind === 'mark') spots.push(bareSpot(plain, line.slice(at)))
    if (kind === 'comment') spots.push(...marksIn(text).map(() => part(oneLine)))
    if (kind === 'quoted') spots.push(...withinQuotes(text, state))
    else if (kind !== 'comment') plain += text
  }
  return { spots, plain }
}

const endings = { '"': /^(?:[^"\\]|\\.)*("?)/, "'": /^(?:[^']|'')*('?)/ } as const

function tokenAt(rest: string, plain: string, quote: State['quote']): Token {
  if (quote !== undefined) return { kind: 'quoted', text: endings[quote].exec(rest)?.[0] || rest }
  const first = rest[0]
  if (first === mark) return { kind: 'mark', text: mark }
  if (first === '#' && /(?:^|\s)$/.test(plain)) return { kind: 'comment', text: rest }
  if ((first === '"' || first === "'") && beginsScalar(plain))
    return { kind: 'quoted', text: first + (endings[first].exec(rest.slice(1))?.[0] ?? '') }
  return { kind: 'plain', text: /^[^"'#\uE000]+/.exec(rest)?.[0] ?? first ?? rest }
}

function withinQuotes(text: string, state: State): readonly Spot[] {
  const before = state.quote
  const by = before ?? (text.startsWith('"') ? '"' : "'")
  const content = before === undefined ? text.slice(1) : text
  state.quote = (endings[by].exec(content)?.[1] ?? '') === '' ? by : undefined
  return by === '"'
    ? quotedSpots(before === undefined ? text : ` ${text}`)
    : marksIn(text).map(() => none('within single quotes nothing can be filled in: use double quotes'))
}

const key = /[^:#{}[\],]*:\s+/.source
/** What may stand before a scalar: dashes, a key; or the same within brackets that were opened on this line. */
const beforeScalar = new RegExp(
  `^\\s*(?:-\\s+)*(?:${key})?$|^\\s*(?:-\\s+)*(?:${key})?[[{](?:.*[[{,])?\\s*(?:[^:,[\\]{}]*:\\s+)?$`,
)

const beginsScalar = (plain: string) => beforeScalar.test(plain)

function bareSpot(before: string, after: string): Spot {
  const stands = before.trim() !== '' && beginsScalar(before) && /^\s*(?:$|[,\]}]|\s#)/.test(after)
  return stands
    ? whole(quotedScalar)
    : none('write it as a value of its own (key: {{name}}), or within double quotes')
}
